"""A residual network that learnt to tell three million photographs of 7,485 people apart: dlib's for face recognition, as a trunk.

What tells people apart are also the marks of their gender and age, so it begins far nearer to these tasks than ImageNet's networks do. dlib's
author gave its weights to the public domain (King 2017, "High quality face recognition with deep metric learning"). They come here
as face-api.js keeps them, a byte each, in a package of npm: `@vladmandic/face-api`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

Tensor = Any
"""A symbolic Keras tensor."""

_MEAN_RGB = (122.782, 117.001, 104.298)
_STEM = "conv32_down"
_BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3"),
    *("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2"),
    *("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)

_DAMAGED = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading something else, or a part of a file, ends in."""


def face_resnet(pixels: Tensor) -> Tensor:
    """The trunk's layers, with random weights; the 128 numbers that stand for a person are left out.

    Args:
        pixels: (N, h, w, 3), 0 to 255. It learnt at 150 pixels.

    Returns:
        Features (N, h', w', 256), 2x2 for 150 pixels.
    """
    features = layers.Rescaling(1 / 256, offset=[-mean / 256 for mean in _MEAN_RGB], name="normalize")(pixels)
    features = _convolve(features, 32, 7, 2, _STEM)
    features = layers.MaxPooling2D(3, 2, name="stem_pool")(features)
    for name in _BLOCKS:
        features = _block(features, _width(name), name)
    return features


def load_face_weights(trunk: keras.Model, state: Mapping[str, NDArray]) -> None:
    """Take the weights of the same network as face-api.js keeps them; its last layer is left out.

    Behind each of its convolutions a scale and a shift for each channel stand in for batch normalization. They are worked into kernel and bias.

    Args:
        trunk: a model of `face_resnet`'s layers.
        state: names -> arrays, of `read_face_weights`.

    Raises:
        KeyError: the state lacks a weight.
        ValueError: one has another shape.
    """
    for ours, theirs in _counterparts():
        scale, shift = state[f"{theirs}/scale/weights"], state[f"{theirs}/scale/biases"]
        kernel, bias = state[f"{theirs}/conv/filters"] * scale, state[f"{theirs}/conv/bias"] * scale + shift
        trunk.get_layer(ours).set_weights([kernel, bias])


def read_face_weights(path: str | Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of a network of face-api.js, by name.

    Args:
        path: a `…-weights_manifest.json`; the file of bytes that it names lies beside it.

    Raises:
        ValueError: it is no such file, or what it names is not there, or is shorter or longer than it says.
        OSError: it cannot be read.
    """
    try:
        (group,) = json.loads(Path(path).read_bytes())
        content = b"".join(Path(path).with_name(name).read_bytes() for name in group["paths"])
        return _arrays(group["weights"], content)
    except FileNotFoundError as error:
        raise ValueError(f"{path} names {Path(error.filename).name}, which is not there") from error
    except _DAMAGED as error:
        raise ValueError(f"{path} is not a manifest of face-api.js's weights: {error}") from error


def _arrays(entries: list[dict[str, Any]], content: bytes) -> dict[str, NDArray[np.float32]]:
    arrays: dict[str, NDArray[np.float32]] = {}
    begin = 0
    for entry in entries:
        coded = entry.get("quantization")
        kind = np.dtype(coded["dtype"] if coded else entry["dtype"])
        values = np.frombuffer(content, kind, int(np.prod(entry["shape"])), begin).astype(np.float32)
        begin += values.size * kind.itemsize
        if coded:
            values = values * np.float32(coded["scale"]) + np.float32(coded["min"])
        arrays[entry["name"]] = values.reshape(entry["shape"])
    if begin != len(content):
        raise ValueError(f"it speaks of {begin:,} bytes, and there are {len(content):,}")
    return arrays


def _counterparts() -> Iterator[tuple[str, str]]:
    """Our layers' names and face-api.js's prefixes."""
    yield f"{_STEM}_conv", _STEM
    for name in _BLOCKS:
        for part in ("conv1", "conv2"):
            yield f"{name}_{part}", f"{name}/{part}"


def _width(name: str) -> int:
    return int(name.removeprefix("conv").partition("_")[0])


def _block(entering: Tensor, width: int, name: str) -> Tensor:
    """Two convolutions and what came in. Where they halve the picture, its averages, with empty channels up to the new width."""
    halves = "_down" in name
    features = _convolve(entering, width, 3, 2 if halves else 1, f"{name}_conv1", padding="valid" if halves else "same")
    features = _convolve(features, width, 3, 1, f"{name}_conv2", activate=False, padding="same")
    if halves:
        entering = layers.AveragePooling2D(2, name=f"{name}_pool")(entering)
        largest = tuple(max(sides) for sides in zip(entering.shape[1:], features.shape[1:], strict=True))
        entering, features = (
            PadTo(largest, name=f"{name}_pad_{part}")(one)
            for part, one in (("shortcut", entering), ("conv2", features))
        )
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([features, entering]))


@keras.saving.register_keras_serializable("raut")
class PadTo(layers.Layer):
    """Adds zeros below, to the right and as further channels."""

    def __init__(self, shape: tuple[int, int, int], **kwargs: Any):
        """Take the height, width and number of channels that come out."""
        super().__init__(**kwargs)
        self.shape = tuple(shape)

    def call(self, features: Tensor) -> Tensor:
        """(N, h, w, channels) -> (N, *shape)."""
        missing = [(0, wanted - there) for wanted, there in zip(self.shape, features.shape[1:], strict=True)]
        return ops.pad(features, [(0, 0), *missing]) if any(after for _, after in missing) else features

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        return super().get_config() | {"shape": self.shape}


def _convolve(
    features: Tensor, width: int, kernel: int, stride: int, name: str, activate: bool = True, padding: str = "valid"
) -> Tensor:
    name = name if name.endswith(("conv1", "conv2")) else f"{name}_conv"
    return layers.Conv2D(width, kernel, stride, padding=padding, activation="relu" if activate else None, name=name)(
        features
    )
