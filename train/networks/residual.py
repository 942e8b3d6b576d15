"""The CNNs: a small residual network sized for int8, and the paper's plain CNN.

Pure Keras 3 (`keras.*` alone), so the same code trains on the TensorFlow, JAX and torch backends.
Every network takes raw pixels, 0 to 255, and gives logits; both ends of it are thereby the same in
training, in the SavedModel and in the int8 file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from train.networks.fused import normalization_class
from train.networks.symmetric import PairedNormalization, PairMean, SymmetricConv2D
from vision.classifiers import softmax

Tensor = Any
"""A symbolic Keras tensor."""


@dataclass(frozen=True)
class Style:
    """How the layers of a residual network are made.

    Attributes:
        even: where the picture is halved, kernels have 4x4 and 2x2 pixels in place of 3x3 and 1x1, so that a mirror
            image is halved alike.
        symmetric: half of the filters are the other half's mirror images (`train.networks.symmetric`).
    """

    even: bool = False
    symmetric: bool = False


def residual_network(
    size: int,
    channels: int,
    widths: Sequence[int],
    outputs: Mapping[str, int],
    blocks: int = 2,
    dropout: float = 0.2,
    prune: float | Sequence[float] = 0.0,
    fine: int = 0,
    style: Style = Style(),
) -> keras.Model:
    """A residual network (He et al. 2016) that halves the picture at once, or after one convolution at full size.

    Args:
        size: side of the square input, in pixels.
        channels: 1 for grey, 3 for RGB.
        widths: channels of each stage; every stage but the first halves the picture.
        outputs: name and number of logits of each head.
        blocks: residual blocks a stage.
        dropout: share of the pooled features dropped in training.
        prune: share of each block's inner channels that are left out, one for all stages or one for each; see
            `channels_kept`.
        fine: channels of a first convolution that sees every pixel, before the one that halves the picture (a part
            of ResNet-D's stem, He et al. 2019, "Bag of tricks"); 0 for none.
        style: how the layers are made.

    Returns:
        A model from (N, size, size, channels) pixels, 0 to 255, to a dict of logits (N, outputs[name]).
    """
    pixels = keras.Input((size, size, channels), name="pixels")
    features = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(pixels)
    if fine:
        features = _convolve(features, fine, 1, style, name="fine", of_pixels=True)
    features = _convolve(features, widths[0], 2, style, name="stem", of_pixels=not fine)
    for stage, (width, share) in enumerate(zip(widths, shares_of_stages(prune, len(widths)), strict=True), start=1):
        for block in range(1, blocks + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            features = _residual_block(features, width, stride, share, style, name=f"stage{stage}_block{block}")
    return with_heads(pixels, features, outputs, dropout, style)


def shares_of_stages(prune: float | Sequence[float], stages: int) -> tuple[float, ...]:
    """The share of channels that each stage's blocks lack, given as one for all stages or one for each."""
    return tuple(prune) if isinstance(prune, Sequence) else (prune,) * stages


def channels_kept(width: int, prune: float) -> int:
    """How many of a block's inner channels stay when a share of them is removed: at least one."""
    return width - min(int(prune * width), width - 1)


def plain_network(size: int, channels: int, outputs: Mapping[str, int]) -> keras.Model:
    """A plain CNN as the paper describes: stacked convolutions and poolings, then one dense layer.

    Args and returns as of `residual_network`.
    """
    pixels = keras.Input((size, size, channels), name="pixels")
    features = layers.Rescaling(1 / 255.0, name="rescale")(pixels)
    for number, width in enumerate((32, 64, 128), start=1):
        features = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv{number}")(features)
        features = layers.MaxPooling2D(name=f"pool{number}")(features)
    features = layers.Flatten(name="flatten")(features)
    features = layers.Dense(128, activation="relu", name="dense")(features)
    features = layers.Dropout(0.5, name="dropout")(features)
    return keras.Model(pixels, _heads(features, outputs))


def single_output(network: keras.Model, name: str) -> keras.Model:
    """The same network with one of its heads alone, as a model with a single output: what ships."""
    return keras.Model(network.input, network.get_layer(name).output, name=name)


def keras_scores(network: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores (N, outputs) float32, rows sum to 1, of a single-headed network; arguments as of `keras_logits`."""
    return softmax(keras_logits(network, images))


def keras_logits(
    network: keras.Model, images: NDArray[np.uint8], head: str | None = None, batch_size: int = 256
) -> NDArray[np.float32]:
    """Logits of one output of a network, in batches.

    Args:
        network: from pixels, 0 to 255, to logits, or to a dict of logits.
        images: (N, size, size, channels) uint8.
        head: which of the dict's logits; None for a network with a single output.
        batch_size: images at a time.

    Returns:
        (N, outputs) float32.
    """
    batches = (images[start : start + batch_size] for start in range(0, len(images), batch_size))
    outputs = (network(batch.astype("float32"), training=False) for batch in batches)
    return np.concatenate([keras.ops.convert_to_numpy(one if head is None else one[head]) for one in outputs])


@contextlib.contextmanager
def in_float32() -> Iterator[None]:
    """Networks made meanwhile compute in float32, whatever the policy."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def take_weights(network: keras.Model, start: keras.Model) -> list[str]:
    """Copy the weights of every layer that both have, by its name and its weights' shapes.

    Returns:
        The names of the layers that stay as they were: heads of other tasks, as a rule.

    Raises:
        ValueError: no layer fits.
    """
    lenders = {layer.name: layer for layer in start.layers}
    borrowers = [layer for layer in network.layers if layer.weights]
    left = []
    for layer in borrowers:
        lent = lenders[layer.name].get_weights() if layer.name in lenders else []
        if [weight.shape for weight in lent] == [tuple(weight.shape) for weight in layer.weights]:
            layer.set_weights(lent)
        else:
            left.append(layer.name)
    if len(left) == len(borrowers):
        raise ValueError("the network to start from has no layer in common with this recipe's")
    return left


def _convolve(
    features: Tensor,
    width: int,
    stride: int,
    style: Style,
    name: str,
    activate: bool = True,
    kernel: int = 3,
    of_pixels: bool = False,
) -> Tensor:
    if style.even and stride > 1:
        kernel += 1
    if style.symmetric:
        features = SymmetricConv2D(width, kernel, stride, of_pixels, name=f"{name}_conv")(features)
    else:
        features = layers.Conv2D(
            width, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv"
        )(features)
    normalization = PairedNormalization if style.symmetric else normalization_class()
    features = normalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(features)
    return layers.ReLU(name=f"{name}_relu")(features) if activate else features


def _residual_block(features: Tensor, width: int, stride: int, prune: float, style: Style, name: str) -> Tensor:
    shortcut = features
    if stride > 1 or features.shape[-1] != width:
        shortcut = _convolve(features, width, stride, style, f"{name}_shortcut", activate=False, kernel=1)
    features = _convolve(features, channels_kept(width, prune), stride, style, f"{name}_a")
    features = _convolve(features, width, 1, style, f"{name}_b", activate=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([features, shortcut]))


def with_heads(
    pixels: Tensor, features: Tensor, outputs: Mapping[str, int], dropout: float, style: Style = Style()
) -> keras.Model:
    """A model from `pixels` (N, size, size, C), 0 to 255, over features (N, h, w, channels), pooled, to a dense head for each output."""
    features = layers.GlobalAveragePooling2D(name="pool")(features)
    if style.symmetric:
        features = PairMean(name="pairs")(features)
    features = layers.Dropout(dropout, name="dropout")(features)
    return keras.Model(pixels, _heads(features, outputs))


def _heads(features: Tensor, outputs: Mapping[str, int]) -> dict[str, Tensor]:
    # Logits stay float32 whatever the policy: the loss needs their precision.
    return {name: layers.Dense(units, dtype="float32", name=name)(features) for name, units in outputs.items()}
