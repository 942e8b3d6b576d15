"""Colours that tell nothing: faces turned grey, tinted, paled or made garish, so that no network leans on make-up or dress."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

Tensor = Any
"""A tensor of whichever backend Keras runs on."""

_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], "float32")
"""Brightness and two axes of colour; turning these two turns the hue."""

_TO_RGB = np.linalg.inv(_TO_YIQ)


class RandomColour(layers.Layer):
    """Hue and saturation of each RGB image by itself; a share of them becomes grey. Cut off at 0 and 255."""

    def __init__(self, grey: float, colour: float, seed: int, **kwargs: Any):
        """Take the share and the limit as `train.data.augmentation.Augmentation` has them."""
        super().__init__(**kwargs)
        self.grey, self.colour, self.seed = grey, colour, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Change each of (N, side, side, 3) pixels in training; leave them otherwise."""
        if not training:
            return images
        count = ops.shape(images)[0]
        turn = self._uniform(count, -self.colour, self.colour) * np.pi
        coloured = ops.cast(self._uniform(count, 0, 1) >= self.grey, "float32")
        saturation = self._uniform(count, 1 - 2 * self.colour, 1 + 2 * self.colour) * coloured
        cosine, sine, nought = saturation * ops.cos(turn), saturation * ops.sin(turn), ops.zeros_like(turn)
        rows = [ops.ones_like(turn), nought, nought, nought, cosine, -sine, nought, sine, cosine]
        change = ops.matmul(ops.matmul(_TO_RGB, ops.reshape(ops.stack(rows, axis=1), (-1, 3, 3))), _TO_YIQ)
        return ops.clip(ops.einsum("nhwc,ndc->nhwd", images, change), 0, 255)

    def _uniform(self, count: Tensor, low: float, high: float) -> Tensor:
        return keras.random.uniform((count,), low, high, seed=self.generator)

    def get_config(self) -> dict:
        """What `from_config` needs to make the layer again."""
        return super().get_config() | {"grey": self.grey, "colour": self.colour, "seed": self.seed}
