"""Square images turned, scaled and shifted; on torch by its own kernel, as Keras's operations there take twenty times as long on a CPU."""

from __future__ import annotations

import importlib
from typing import Any

import keras
from keras import ops

Tensor = Any
"""A tensor of whichever backend Keras runs on."""


def resampled(images: Tensor, transforms: Tensor) -> Tensor:
    """Each image by its own transform, bilinear; beyond the border the nearest pixel is repeated.

    Args:
        images: (N, side, side, C) float32.
        transforms: (N, 8) float32, from a place in the result to one in the image, as of `keras.ops.image.affine_transform`; the last two are 0.
    """
    if keras.backend.backend() == "torch":
        return _by_torch(images, transforms)
    return ops.image.affine_transform(
        images, transforms, interpolation="bilinear", fill_mode="nearest", data_format="channels_last"
    )


def _by_torch(images: Tensor, transforms: Tensor) -> Tensor:
    # torch counts places from -1, the middle of the first pixel, to 1, the middle of the last.
    side = images.shape[1]
    place = ops.cast(ops.arange(side), "float32")
    across, down = place[None, None, :], place[None, :, None]
    a, b, c, d, e, f = (transforms[:, number, None, None] for number in range(6))
    places = ops.stack([a * across + b * down + c, d * across + e * down + f], axis=-1)
    places = places * (2 / (side - 1)) - 1
    functional = importlib.import_module("torch.nn.functional")
    seen = functional.grid_sample(images.movedim(-1, 1), places, "bilinear", "border", align_corners=True)
    return seen.movedim(1, -1)
