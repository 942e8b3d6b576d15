"""Structured magnitude pruning: whole channels go, so that what is left is a smaller network of the usual kind.

A residual block's inner channels (what its first convolution gives and its second one takes) can go one by
one; what the blocks add to each other stays as wide as it is. The weakest go first: those whose filter, with
batch normalization folded into it, has the smallest L1 norm (Li et al. 2017, "Pruning filters for efficient
ConvNets").

    strongest_channels -> silence -> train.fit.training.train -> shrink

A silenced channel is zero from its kernel to its ReLU, so no gradient reaches it and it stays zero in training: the
network can be fine-tuned at its full size and shrunk afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import keras
import numpy as np
from numpy.typing import NDArray

from train.networks.residual import channels_kept, shares_of_stages
from train.networks.symmetric import in_pairs

Kept = Mapping[str, NDArray[np.bool_]]
"""Block -> (channels,) bool, true for the inner channels that stay."""

_INNER = "_a_conv"
"""How `train.networks.residual` names a block's first convolution; `_a_norm` and `_b_conv` follow it."""

Share = float | Sequence[float]
"""Of each block's inner channels, 0 to less than 1: one for all stages, or one for each."""


def prune(network: keras.Model, share: Share) -> keras.Model:
    """Take the weakest inner channels out of every residual block.

    Args:
        network: made by `train.networks.residual.residual_network`, with all its heads or one alone.
        share: of each block's inner channels to take; at least one channel stays.

    Returns:
        A smaller network with the weights that are left. With a share of 0 it gives the same outputs.

    Raises:
        ValueError: the share is out of its range, or the network has no residual blocks.
    """
    return shrink(network, strongest_channels(network, share))


def strongest_channels(network: keras.Model, share: Share) -> dict[str, NDArray[np.bool_]]:
    """Which inner channels stay when a share of them goes: block -> (channels,) bool. Arguments and errors as of `prune`.

    Of a symmetric network, a channel and its mirror image stay or go together, so that it stays one.
    """
    kept = {}
    for block, going in _blocks(network, share).items():
        strength = channel_strength(network, block)
        kept[block] = _strongest_pairs(strength, going // 2) if in_pairs(network) else _strongest(strength, going)
    return kept


def _blocks(network: keras.Model, share: Share) -> dict[str, int]:
    """How many inner channels go of each residual block."""
    filters = {layer.name: layer.filters for layer in network.layers if layer.name.endswith(_INNER)}
    if not filters:
        raise ValueError(f"the network {network.name!r} has no residual blocks: there is nothing to prune")
    stages = {name: int(re.sub(r"stage(\d+)_block.*", r"\1", name)) for name in filters}
    shares = shares_of_stages(share, max(stages.values()))
    for one in shares:
        if not 0 <= one < 1:
            raise ValueError(f"the share to prune must be at least 0 and less than 1, not {one:g}")
    return {
        name.removesuffix(_INNER): width - channels_kept(width, shares[stages[name] - 1])
        for name, width in filters.items()
    }


def _strongest(strength: NDArray[np.float64], going: int) -> NDArray[np.bool_]:
    """(channels,) true for all but the weakest."""
    gone = np.argsort(strength, kind="stable")[:going]
    return ~np.isin(np.arange(len(strength)), gone)


def _strongest_pairs(strength: NDArray[np.float64], going: int) -> NDArray[np.bool_]:
    """The same where a channel and its mirror image go together (`train.networks.symmetric`), so many pairs of them."""
    return np.tile(_strongest(strength.reshape(2, -1).sum(axis=0), going), 2)


def channel_strength(network: keras.Model, block: str) -> NDArray[np.float64]:
    """L1 norm (channels,) float64 of each filter of a block's first convolution, batch normalization folded into it."""
    (kernel,) = network.get_layer(f"{block}_a_conv").get_weights()
    norm = network.get_layer(f"{block}_a_norm")
    gamma, _, _, variance = norm.get_weights()
    factor = np.abs(gamma) / np.sqrt(variance + norm.epsilon)
    return np.abs(kernel).sum(axis=(0, 1, 2), dtype=np.float64) * factor


def silence(network: keras.Model, kept: Kept) -> keras.Model:
    """A copy of a network, of the same size, in which every channel that does not stay is zero, kernel to ReLU."""
    silenced = keras.models.clone_model(network)
    silenced.set_weights(network.get_weights())
    for block, stays in kept.items():
        for layer in (silenced.get_layer(f"{block}_a_conv"), silenced.get_layer(f"{block}_a_norm")):
            # A kernel's last axis is the channel, and so is the only axis of gamma, beta, mean and variance.
            layer.set_weights([weight * stays for weight in layer.get_weights()])
    return silenced


def shrink(network: keras.Model, kept: Kept) -> keras.Model:
    """The network without the channels that do not stay: fewer filters, and the weights that are left."""
    filters = {f"{block}_a_conv": int(stays.sum()) for block, stays in kept.items()}
    smaller = keras.models.clone_model(network, clone_function=lambda layer: _clone(layer, filters))
    cuts = _cuts(kept)
    for layer in smaller.layers:
        weights = network.get_layer(layer.name).get_weights()
        cut = cuts.get(layer.name)
        layer.set_weights(weights if cut is None else [cut(weight) for weight in weights])
    return smaller


def _clone(layer: keras.Layer, filters: Mapping[str, int]) -> keras.Layer:
    config = layer.get_config()
    if layer.name in filters:
        config["filters"] = filters[layer.name]
    return layer.__class__.from_config(config)


def _cuts(kept: Kept) -> dict[str, Callable[[NDArray], NDArray]]:
    """Layer -> how to cut each of its weights."""
    cuts: dict[str, Callable[[NDArray], NDArray]] = {}
    for block, stays in kept.items():
        cuts[f"{block}_a_conv"] = cuts[f"{block}_a_norm"] = partial(_only_outputs, stays)
        cuts[f"{block}_b_conv"] = partial(_only_inputs, stays)
    return cuts


def _only_outputs(stays: NDArray[np.bool_], weight: NDArray) -> NDArray:
    """Of a kernel (height, width, channels in, channels out), or of batch normalization's (channels,)."""
    return weight[..., stays]


def _only_inputs(stays: NDArray[np.bool_], kernel: NDArray) -> NDArray:
    return kernel[:, :, stays]
