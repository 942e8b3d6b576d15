"""Batch normalization in one pass over the features, where Keras on torch would take seven.

Keras makes mean, variance and scale of separate operations, and in mixed precision of float32 copies. Most of what a small
network's training on a CPU does is then reading and writing memory. torch has one kernel for all of it, and takes bfloat16
features with float32 weights: the networks here train 1.9 times as fast by it on a CPU with AMX.
"""

from __future__ import annotations

import importlib
from typing import Any

import keras
from keras import layers

Tensor = Any
"""A tensor of whichever backend Keras runs on."""


def normalization_class() -> type[layers.BatchNormalization]:
    """What to normalize batches with on this backend."""
    return FusedNormalization if keras.backend.backend() == "torch" else layers.BatchNormalization


@keras.saving.register_keras_serializable("raut")
class FusedNormalization(layers.BatchNormalization):
    """Keras's batch normalization over the last axis; on torch by torch's own kernel."""

    def call(self, features: Tensor, training: bool | None = None) -> Tensor:
        """(N, h, w, channels) -> the same shape."""
        if keras.backend.backend() != "torch" or features.device.type == "meta":
            return super().call(features, training=training)
        functional = importlib.import_module("torch.nn.functional")
        # `value` would be a copy in mixed precision; the kernel moves the averages where they lie.
        mean, variance = (moving._value.detach() for moving in (self.moving_mean, self.moving_variance))
        normal = functional.batch_norm(
            features.movedim(-1, 1),
            mean,
            variance,
            self.gamma._value,
            self.beta._value,
            training=bool(training and self.trainable),
            momentum=1 - self.momentum,
            eps=self.epsilon,
        )
        return normal.movedim(1, -1)
