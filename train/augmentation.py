"""Augmentation as Keras layers: what a live camera does to a face, done to the training images.

The layers keep to `keras.*` and so run on every backend. They take and give pixels of 0 to 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

Tensor = Any
"""A tensor of whichever backend Keras runs on."""


@dataclass(frozen=True)
class Augmentation:
    """How strongly to augment; 0 turns a part off.

    Attributes:
        flip: mirror every second image.
        rotation: at most this many degrees either way.
        zoom: scaled by a factor between 1/(1+zoom) and 1+zoom.
        shift: moved by at most this share of the side, across and down.
        brightness: at most this share of the full range is added or taken.
        contrast: scaled about the image's mean by 1-contrast to 1+contrast.
        erasing: share of images with a rectangle (2-20 % of the area) filled with noise.
        mixup: parameter alpha of MixUp (Zhang et al. 2018), labels mixed alike.
    """

    flip: bool = True
    rotation: float = 15.0
    zoom: float = 0.15
    shift: float = 0.08
    brightness: float = 0.15
    contrast: float = 0.3
    erasing: float = 0.25
    mixup: float = 0.0

    @classmethod
    def none(cls) -> Augmentation:
        """The images as they are."""
        return cls(False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def layer(self, seed: int) -> keras.Layer:
        """The image part (all but MixUp, which needs the labels) as one Keras layer."""
        exact = keras.DTypePolicy("float32")
        parts: list[layers.Layer] = []
        if self.flip:
            parts.append(layers.RandomFlip("horizontal", seed=seed, dtype=exact))
        if self.rotation or self.zoom or self.shift:
            parts.append(RandomAffine(self.rotation, self.zoom, self.shift, seed=seed + 1, dtype=exact))
        if self.brightness or self.contrast:
            parts.append(RandomLight(self.brightness, self.contrast, seed=seed + 2, dtype=exact))
        if self.erasing:
            parts.append(
                layers.RandomErasing(
                    factor=self.erasing, scale=(0.02, 0.2), value_range=(0, 255), seed=seed + 3, dtype=exact
                )
            )
        return keras.Sequential(parts or [layers.Identity()], name="augmentation")


class RandomAffine(layers.Layer):
    """Turn, scale and shift in one resampling (three Keras layers would blur the image three times).

    Beyond the border the nearest pixel is repeated, as in `vision.alignment.crop_face`.
    """

    def __init__(self, rotation: float, zoom: float, shift: float, seed: int, **kwargs: Any):
        """Take the limits in degrees and as shares, as `Augmentation` has them."""
        super().__init__(**kwargs)
        self.rotation, self.zoom, self.shift, self.seed = rotation, zoom, shift, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Change each of (N, side, side, C) pixels in training; leave them otherwise."""
        if not training:
            return images
        count, side = ops.shape(images)[0], images.shape[1]
        turn = self._uniform(count, self.rotation * np.pi / 180)
        scale = ops.exp(self._uniform(count, np.log1p(self.zoom)))
        across, down = self._uniform(count, self.shift * side), self._uniform(count, self.shift * side)
        # The output-to-input matrix [a b c; d e f], about the middle of the image.
        middle = (side - 1) / 2
        cosine, sine = ops.cos(turn) * scale, ops.sin(turn) * scale
        nought = ops.zeros_like(turn)
        transforms = ops.stack(
            [
                cosine, -sine, middle + across - cosine * middle + sine * middle,
                sine, cosine, middle + down - sine * middle - cosine * middle,
                nought, nought,
            ],
            axis=1,
        )  # fmt: skip
        return ops.image.affine_transform(
            images, transforms, interpolation="bilinear", fill_mode="nearest", data_format="channels_last"
        )

    def _uniform(self, count: Tensor, limit: float) -> Tensor:
        return keras.random.uniform((count,), -limit, limit, seed=self.generator)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        own = {"rotation": self.rotation, "zoom": self.zoom, "shift": self.shift, "seed": self.seed}
        return super().get_config() | own


class RandomLight(layers.Layer):
    """Brightness and contrast of each image by itself, cut off at 0 and 255 as a camera does."""

    def __init__(self, brightness: float, contrast: float, seed: int, **kwargs: Any):
        """Take the limits as shares, as `Augmentation` has them."""
        super().__init__(**kwargs)
        self.brightness, self.contrast, self.seed = brightness, contrast, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Change each of (N, side, side, C) pixels in training; leave them otherwise."""
        if not training:
            return images
        shape = (ops.shape(images)[0], 1, 1, 1)
        added = keras.random.uniform(shape, -self.brightness, self.brightness, seed=self.generator) * 255
        factor = keras.random.uniform(shape, 1 - self.contrast, 1 + self.contrast, seed=self.generator)
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return ops.clip((images - mean) * factor + mean + added, 0, 255)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        return super().get_config() | {"brightness": self.brightness, "contrast": self.contrast, "seed": self.seed}


def mix_up(
    images: np.ndarray, targets: dict[str, np.ndarray], alpha: float, generator: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """MixUp of a batch with itself in another order, images and soft labels alike (Zhang et al. 2018)."""
    share = generator.beta(alpha, alpha, len(images)).astype("float32")
    share = np.maximum(share, 1 - share)  # the image itself stays the stronger one
    other = generator.permutation(len(images))
    in_images = share[:, None, None, None]
    mixed = images * in_images + images[other] * (1 - in_images)
    in_targets = share[:, None]
    return mixed, {name: target * in_targets + target[other] * (1 - in_targets) for name, target in targets.items()}
