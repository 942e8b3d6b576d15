"""An ordinary network's knowledge as the start of a mirrored one (`train.mirrored`), which has half as many filters to learn.

Trained on faces and their mirror images, a network comes to hold many channels twice, once for each side. Of every
layer the channels are kept that, with their mirror images, tell most of what all of them tell; what the others
told is put into the weights that follow, by least squares over training images (as ThiNet does after pruning,
Luo et al. 2017). Far fewer epochs lead from there to where random weights would come to.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from train.mirrored import MirroredConv2D

Array = NDArray[np.float64]

IMAGES = 600
"""How many training images tell what channels have in common."""

SETTLING = 40
"""Batches of training images that batch normalization takes its statistics from anew."""

_RIDGE = 1e-4


def symmetrize(network: keras.Model, mirrored: keras.Model, images: NDArray[np.uint8], task: str, seed: int) -> None:
    """Give a mirrored network what an ordinary one knows, as far as it has room.

    Args:
        network: made by `train.networks.residual_network` in its plain style, without `fine` channels.
        mirrored: made in the mirrored style, with as many stages, none wider; its weights are replaced.
        images: (N, size, size, channels) uint8 training images.
        task: the head that is taken over; others keep the weights that they have.
        seed: of the choice of images.

    Raises:
        ValueError: the picture does not fit through the `fine` channels.
    """
    generator = np.random.default_rng(seed)
    chosen = images[generator.permutation(len(images))[:IMAGES]].astype("float32")
    _Transfer(network, mirrored, moments(network, chosen)).run(task)
    for _ in range(SETTLING):
        batch = generator.choice(len(images), min(128, len(images)), replace=False)
        mirrored(images[batch].astype("float32"), training=True)


def moments(network: keras.Model, images: NDArray[np.float32]) -> dict[str, Array]:
    """Second moments of every ReLU's channels and of their mirror images.

    A channel's mirror image is what it gives for the mirrored picture, mirrored back.

    Returns:
        ReLU's name -> (2 channels, 2 channels): the channels, then their mirror images.
    """
    names = [layer.name for layer in network.layers if layer.name.endswith("_relu")]
    watched = keras.Model(network.input, {name: network.get_layer(name).output for name in names})
    sums: dict[str, Array] = {}
    for start in range(0, len(images), 50):
        batch = images[start : start + 50]
        straight, turned = (watched.predict(view, verbose=0) for view in (batch, batch[:, :, ::-1]))
        for name in names:
            channels = straight[name].shape[-1]
            both = [straight[name].reshape(-1, channels), turned[name][:, :, ::-1].reshape(-1, channels)]
            features = np.concatenate(both, axis=1).astype("float64")
            sums[name] = sums.get(name, 0) + features.T @ features / len(features)
    return sums


def telling_channels(seen: Sequence[Array], count: int, weight: Array) -> list[int]:
    """The channels that, with their mirror images, tell most of what all channels tell: chosen greedily.

    Args:
        seen: second moments as of `moments`, of one or more layers with the same channels.
        count: how many to choose.
        weight: (channels,) how much each matters to what follows.

    Returns:
        Their numbers, in rising order.
    """
    channels = len(weight)
    left = [moment / np.diag(moment)[:channels].mean() for moment in seen]
    chosen: list[int] = []
    for _ in range(count):
        gains = np.sum([_gains(residual, weight) for residual in left], axis=0)
        gains[chosen] = -1
        best = int(gains.argmax())
        chosen.append(best)
        left = [_without(residual, [best, best + channels]) for residual in left]
    return sorted(chosen)


def _gains(residual: Array, weight: Array) -> Array:
    """What each channel and its mirror image would explain of what is not explained yet."""
    channels = len(weight)
    straight, turned = residual[:channels, :channels], residual[:channels, channels:]
    small = 1e-6 * (residual.trace() / len(residual) + 1e-9)
    own, partner = np.diag(residual)[:channels] + small, np.diag(residual)[channels:] + small
    both = np.diag(turned)
    # The 2x2 systems of all channels at once, by Cramer's rule.
    explained = straight**2 * partner - 2 * straight * turned * both + turned**2 * own
    return weight @ (explained / (own * partner - both**2))


def _without(residual: Array, pair: list[int]) -> Array:
    """Second moments of what is left when a channel and its mirror image are known."""
    shared = residual[:, pair]
    return residual - shared @ np.linalg.inv(residual[np.ix_(pair, pair)] + 1e-9 * np.eye(2)) @ shared.T


def told_by(moment: Array, kept: Sequence[int]) -> Array:
    """Every channel as a sum of the kept ones and their mirror images, by least squares.

    Args:
        moment: second moments as of `moments`.
        kept: the numbers of the channels that are kept.

    Returns:
        (channels, 2 kept): kept channels first, then their mirror images. A kept channel is itself.
    """
    channels, count = len(moment) // 2, len(kept)
    known = [*kept, *(channel + channels for channel in kept)]
    among = moment[np.ix_(known, known)]
    steady = among + _RIDGE * among.trace() / len(among) * np.eye(len(among))
    sums = np.linalg.solve(steady, moment[known, :channels]).T
    sums[kept] = np.eye(count, 2 * count)
    return sums


def weight_of(kernels: Sequence[NDArray]) -> Array:
    """(channels,) how much layers that take the same channels make of each, by their kernels (..., channels, filters)."""
    return np.sum([(np.moveaxis(kernel, -2, 0) ** 2).reshape(kernel.shape[-2], -1).sum(1) for kernel in kernels], 0)


class _Transfer:
    """One network's weights into another, layer by layer."""

    def __init__(self, network: keras.Model, mirrored: keras.Model, seen: dict[str, Array]) -> None:
        self.network, self.mirrored, self.seen = network, mirrored, seen
        self.stages = sum(layer.name.endswith("_block1_relu") for layer in network.layers)
        self.blocks = sum(layer.name.startswith("stage1") and layer.name.endswith("_add") for layer in network.layers)

    def run(self, task: str) -> None:
        """Choose the channels and carry the weights over."""
        kept = self._choose_trunk(1, task)
        self._put("stem", self._first_convolution(), kept)
        before = "stem_relu"
        for stage in range(1, self.stages + 1):
            known = kept
            if stage > 1:
                kept = self._choose_trunk(stage, task)
            for block in range(1, self.blocks + 1):
                name = f"stage{stage}_block{block}"
                told = told_by(self.seen[before], known)
                inner = self._choose_inner(name)
                self._put(f"{name}_a", told, inner)
                if any(layer.name == f"{name}_shortcut_conv" for layer in self.network.layers):
                    self._put(f"{name}_shortcut", told, kept)
                self._put(f"{name}_b", told_by(self.seen[f"{name}_a_relu"], inner), kept)
                before, known = f"{name}_relu", kept
        self._put_head(task, told_by(self.seen[before], kept))

    def _choose_trunk(self, stage: int, task: str) -> list[int]:
        """Of a stage's channels, which its blocks add to each other: the same ones throughout."""
        blocks = range(1, self.blocks + 1)
        given = [f"stage{stage}_block{block}_relu" for block in blocks] + (["stem_relu"] if stage == 1 else [])
        taken = [f"stage{stage}_block{block}_a_conv" for block in blocks if stage == 1 or block > 1]
        following = [f"stage{stage + 1}_block1_a_conv", f"stage{stage + 1}_block1_shortcut_conv"]
        taken += following if stage < self.stages else [task]
        count = self._filters(f"stage{stage}_block1_b_conv")
        return telling_channels([self.seen[name] for name in given], count, self._weight_of(taken))

    def _choose_inner(self, block: str) -> list[int]:
        count, weight = self._filters(f"{block}_a_conv"), self._weight_of([f"{block}_b_conv"])
        return telling_channels([self.seen[f"{block}_a_relu"]], count, weight)

    def _weight_of(self, layers: Sequence[str]) -> Array:
        """(channels,) how much the layers that take the channels make of each."""
        return weight_of([self.network.get_layer(name).get_weights()[0] for name in layers])

    def _filters(self, name: str) -> int:
        return self.mirrored.get_layer(name).kernel.shape[3]

    def _first_convolution(self) -> Array | None:
        """Make the `fine` convolution, if there is one, let the picture through: as its positive and its negative part.

        Returns:
            The picture's channels as sums of what it gives; None without one.
        """
        if not any(layer.name == "fine_conv" for layer in self.mirrored.layers):
            return None
        fine, norm = self.mirrored.get_layer("fine_conv"), self.mirrored.get_layer("fine_norm")
        kernel = fine.get_weights()[0] / 2
        middle, channels, half = kernel.shape[0] // 2, kernel.shape[2], kernel.shape[3]
        if half < 2 * channels:
            raise ValueError(
                f"a picture's two parts take {4 * channels} channels at full size at the least, not {2 * half}"
            )
        told = np.zeros((channels, 2 * half))
        for channel in range(channels):
            for place, sign in ((2 * channel, 1), (2 * channel + 1, -1)):
                kernel[..., place] = 0
                kernel[middle, middle, channel, place] = sign
                told[channel, [place, half + place]] = sign / 2
        fine.set_weights([kernel])
        norm.set_weights([np.ones(half), np.zeros(half), np.zeros(half), np.ones(half) - norm.epsilon])
        return told

    def _put(self, name: str, told: Array | None, kept: Sequence[int]) -> None:
        """A convolution and its normalization: its input as it is told, its output's channels as they are kept."""
        layer: MirroredConv2D = self.mirrored.get_layer(f"{name}_conv")
        kernel = self.network.get_layer(f"{name}_conv").get_weights()[0][..., kept]
        if told is not None:
            kernel = np.einsum("yxco,ct->yxto", kernel, told)
        if layer.kernel_size > len(kernel):  # where the 3x3 and 1x1 of a stride of 2 lie within 4x4 and 2x2
            margin = (1, 0) if len(kernel) > 1 else (0, 1)
            kernel = np.pad(kernel, (margin, margin, (0, 0), (0, 0)))
        layer.set_weights([kernel.astype("float32")])
        norm = self.network.get_layer(f"{name}_norm").get_weights()
        self.mirrored.get_layer(f"{name}_norm").set_weights([weight[kept] for weight in norm])

    def _put_head(self, task: str, told: Array) -> None:
        """Averaged over a picture and its mirror image, a channel and its partner are alike."""
        kernel, bias = self.network.get_layer(task).get_weights()
        half = told.shape[1] // 2
        self.mirrored.get_layer(task).set_weights([((told[:, :half] + told[:, half:]).T @ kernel), bias])
