"""Augmentation as Keras layers: what a live camera does to a face, done to the training images.

The layers keep to `keras.*` and so run on every backend. They take and give pixels of 0 to 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from train.data.colour import RandomColour
from train.data.resampling import resampled

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
        blur: Gaussian blur with a standard deviation of at most this share of the side; see `RandomFocus`.
        coarseness: seen at a resolution lower by at most this share, and enlarged again; see `RandomFocus`.
        noise: Gaussian noise with a standard deviation of at most this share of the full range, on every second image.
        erasing: share of images with a rectangle (2-20 % of the area) filled with noise.
        grey: share of images that lose their colour; see `train.data.colour`.
        colour: hue turned by at most this share of a half turn, saturation scaled by 1-2·colour to 1+2·colour.
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
    blur: float = 0.0
    coarseness: float = 0.0
    noise: float = 0.0
    grey: float = 0.0
    colour: float = 0.0

    @classmethod
    def none(cls) -> Augmentation:
        """The images as they are."""
        return cls(False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

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
        if self.grey or self.colour:
            parts.append(RandomColour(self.grey, self.colour, seed=seed + 6, dtype=exact))
        if self.blur or self.coarseness:
            parts.append(RandomFocus(self.blur, self.coarseness, seed=seed + 4, dtype=exact))
        if self.noise:
            parts.append(RandomNoise(self.noise, seed=seed + 5, dtype=exact))
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
        """Change each of (N, side, side, C) float32 pixels, 0 to 255, in training; leave them otherwise."""
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
        return resampled(images, transforms)

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
        """Change each of (N, side, side, C) float32 pixels, 0 to 255, in training; leave them otherwise."""
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


class RandomFocus(layers.Layer):
    """A lens out of focus, or a face far off: half of the images stay sharp, each other is blurred or made coarse.

    Both are linear along the rows and likewise along the columns, so that each image takes two products with a
    (side, side) matrix, drawn for it from a table: Gaussian blurs of growing width, then ever lower resolutions
    (averaged down and enlarged bilinearly, as `train.studies.robustness.corruptions.resolution` does). Pixels beyond the border
    repeat the nearest one.
    """

    LEVELS = 8
    """Steps of each kind between nothing and its limit."""

    def __init__(self, blur: float, coarseness: float, seed: int, **kwargs: Any):
        """Take the limits as shares, as `Augmentation` has them; a limit of 0 leaves its kind out."""
        super().__init__(**kwargs)
        self.blur, self.coarseness, self.seed = blur, coarseness, seed
        self.generator = keras.random.SeedGenerator(seed)

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the table for (N, side, side, C) pixels."""
        self.table = focus_table(int(shape[1] or 0), self.blur, self.coarseness, self.LEVELS)
        self.built = True

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Change half of (N, side, side, C) float32 pixels, 0 to 255, in training; leave them otherwise."""
        if not training:
            return images
        count, kinds = ops.shape(images)[0], len(self.table)
        drawn = ops.cast(keras.random.uniform((count,), 0, 2 * (kinds - 1), seed=self.generator), "int32") + 1
        along = ops.take(ops.convert_to_tensor(self.table), ops.where(drawn < kinds, drawn, 0), axis=0)
        return ops.einsum("nyh,nhwc,nxw->nyxc", along, images, along)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        return super().get_config() | {"blur": self.blur, "coarseness": self.coarseness, "seed": self.seed}


def focus_table(side: int, blur: float, coarseness: float, levels: int) -> np.ndarray:
    """The matrices that `RandomFocus` draws from: the first leaves an image as it is, then each kind's levels.

    Args:
        side: of the images, in pixels.
        blur: the widest blur's standard deviation, as a share of the side; 0 for no blurs.
        coarseness: the lowest resolution lacks this share of the pixels along a side; 0 for no lower resolutions.
        levels: how many of each kind.

    Returns:
        (K, side, side) float32, every row's sum 1.
    """
    shares = np.arange(1, levels + 1) / levels
    table = [np.eye(side)]
    if blur:
        table += [_blurring(side, blur * side * share) for share in shares]
    if coarseness:
        table += [_coarsening(side, max(1, round(side * (1 - coarseness * share)))) for share in shares]
    return np.stack(table).astype("float32")


def _blurring(side: int, sigma: float) -> np.ndarray:
    """(side, side): a Gaussian about each pixel, what lies beyond the border counted to the last one."""
    reach = int(np.ceil(4 * sigma))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    matrix = np.zeros((side, side))
    for row in range(side):
        np.add.at(matrix[row], np.clip(row + offsets, 0, side - 1), weights / weights.sum())
    return matrix


def _coarsening(side: int, small: int) -> np.ndarray:
    """(side, side): each of `small` pixels the mean of what it covers, then enlarged bilinearly."""
    edges = np.arange(small + 1) * side / small
    pixels = np.arange(side)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shrinking = np.clip(covered, 0, None) * small / side
    at = np.clip((pixels + 0.5) * small / side - 0.5, 0, small - 1)
    enlarging = np.clip(1 - np.abs(at[:, None] - np.arange(small)), 0, None)
    return enlarging @ shrinking


class RandomNoise(layers.Layer):
    """A sensor in the dark: Gaussian noise on every pixel and channel of every second image, cut off at 0 and 255."""

    def __init__(self, noise: float, seed: int, **kwargs: Any):
        """Take the limit as a share, as `Augmentation` has it; each image's strength is drawn up to there."""
        super().__init__(**kwargs)
        self.noise, self.seed = noise, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Change half of (N, side, side, C) float32 pixels, 0 to 255, in training; leave them otherwise."""
        if not training:
            return images
        shape = (ops.shape(images)[0], 1, 1, 1)
        strength = ops.relu(keras.random.uniform(shape, -1, 1, seed=self.generator)) * self.noise * 255
        grain = keras.random.normal(ops.shape(images), seed=self.generator)
        return ops.clip(images + strength * grain, 0, 255)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        return super().get_config() | {"noise": self.noise, "seed": self.seed}


class MixUp(layers.Layer):
    """MixUp of a batch with itself, each image with the one before it (Zhang et al. 2018); batches are shuffled anyway."""

    def call(self, images: Tensor, share: Tensor, training: bool = False) -> Tensor:
        """Mix (N, side, side, C) float32 pixels, 0 to 255, in training; `share`, (N, 1) float32, is what stays of each."""
        if not training:
            return images
        own = ops.reshape(share, (-1, 1, 1, 1))
        return images * own + ops.roll(images, 1, axis=0) * (1 - own)

    def compute_output_shape(self, images_shape: Any, share_shape: Any) -> Any:
        """The images' own shape."""
        return images_shape


def draw_shares(count: int, alpha: float, generator: np.random.Generator) -> np.ndarray:
    """How much of each image `MixUp` leaves: (count, 1) float32, 0.5 to 1, so that the image itself always prevails."""
    share = generator.beta(alpha, alpha, (count, 1)).astype("float32")
    return np.maximum(share, 1 - share)


def mix_targets(targets: dict[str, np.ndarray], share: np.ndarray) -> dict[str, np.ndarray]:
    """Soft labels mixed as `MixUp` mixes their images: head -> (N, outputs) float32, by shares (N, 1) float32, 0 to 1."""
    return {name: target * share + np.roll(target, 1, axis=0) * (1 - share) for name, target in targets.items()}
