"""Teachers that look at every image as the network under training sees it.

Of a training image as it is, a teacher tells what it has learnt by heart. Of one that was moved, blurred and mixed with
another it can only say what it sees; learning that for long brings a small network nearest to large ones (Beyer et al. 2022,
"Knowledge distillation: a good teacher is patient and consistent").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers, ops

Tensor = Any
"""A symbolic Keras tensor."""


class Distillation(layers.Layer):
    """Adds to the loss how far a network's scores are from its teachers', in training; gives the logits as they are."""

    def __init__(self, teachers: Sequence[keras.Model], weights: Mapping[str, float], **kwargs: Any):
        """Take the teachers, which learn nothing here.

        Args:
            teachers: from float32 pixels to a dict of logits; their mean scores are what is to be matched.
            weights: head -> weight of its cross-entropy.
            kwargs: as of any Keras layer.

        Raises:
            ValueError: there is no teacher, or one lacks a head.
        """
        super().__init__(**kwargs)
        if not teachers:
            raise ValueError("nobody is there to be matched: the recipe names no teachers")
        for teacher in teachers:
            if missing := set(weights) - {layer.name for layer in teacher.layers}:
                raise ValueError(f"a teacher has no head for {', '.join(sorted(missing))}")
            teacher.trainable = False
        self.teachers, self.weighted = list(teachers), dict(weights)

    def call(self, images: Tensor, logits: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """Compare: (N, side, side, channels) float32 pixels as the network has seen them, and its logits (N, outputs)."""
        if training:
            seen = [teacher(images, training=False) for teacher in self.teachers]
            for head, weight in self.weighted.items():
                scores = sum(ops.softmax(ops.cast(one[head], "float32")) for one in seen) / len(seen)
                told = ops.stop_gradient(scores)
                off = keras.losses.categorical_crossentropy(told, logits[head], from_logits=True)
                self.add_loss(weight * ops.mean(off))
        return logits

    def compute_output_shape(self, images_shape: Any, logits_shape: Any) -> Any:
        """The logits' own shapes."""
        return logits_shape
