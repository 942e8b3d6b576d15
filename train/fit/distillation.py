"""Knowledge distillation with teachers that see every image as the network under training sees it.

Teachers have memorized the training images, so their scores of an unchanged one tell little. Of an image that was moved, blurred
and mixed with another they can only tell what they see. Learning that for many epochs brings a small network closest to large
ones (Beyer et al. 2022, "Knowledge distillation: a good teacher is patient and consistent").
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers, ops

Tensor = Any
"""A symbolic Keras tensor."""


class Distillation(layers.Layer):
    """Adds the cross-entropy with the teachers' mean scores to the loss, in training; passes the logits on unchanged."""

    def __init__(self, teachers: Sequence[keras.Model], weights: Mapping[str, float], **kwargs: Any):
        """Take the teachers, which learn nothing here.

        Args:
            teachers: from float32 pixels to a dict of logits; their mean scores are the target.
            weights: head -> weight of its cross-entropy.
            kwargs: as of any Keras layer.

        Raises:
            ValueError: there is no teacher, or one lacks a head.
        """
        super().__init__(**kwargs)
        if not teachers:
            raise ValueError("nothing to learn from: the recipe names no teachers")
        for teacher in teachers:
            if missing := set(weights) - {layer.name for layer in teacher.layers}:
                raise ValueError(f"a teacher has no head for {', '.join(sorted(missing))}")
        self.teachers = [_frozen_copy(teacher, f"teacher{number}") for number, teacher in enumerate(teachers, start=1)]
        self.weighted = dict(weights)

    def call(self, images: Tensor, logits: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """Compare.

        Args:
            images: (N, side, side, channels) float32 pixels, 0 to 255, as the network has seen them.
            logits: what it made of them, head -> (N, outputs) float32.
            training: otherwise nothing is compared.
        """
        if training:
            seen = [teacher(images, training=False) for teacher in self.teachers]
            for head, weight in self.weighted.items():
                scores = sum(ops.softmax(ops.cast(one[head], "float32")) for one in seen) / len(seen)
                targets = ops.stop_gradient(scores)
                losses = keras.losses.categorical_crossentropy(targets, logits[head], from_logits=True)
                self.add_loss(weight * ops.mean(losses))
        return logits

    def compute_output_shape(self, images_shape: Any, logits_shape: Any) -> Any:
        """The logits' own shapes."""
        return logits_shape


def _frozen_copy(teacher: keras.Model, prefix: str) -> keras.Model:
    """A teacher whose layers have names of their own.

    Keras on torch knows a model's weights by their paths alone. Where a teacher's layers were called as the network's are, it
    zeroed the gradients of one of the two before a step, and the network's added up from step to step.
    """

    def renamed(layer: layers.Layer) -> layers.Layer:
        return type(layer).from_config(layer.get_config() | {"name": f"{prefix}_{layer.name}"})

    # The copy's first weights are drawn, and replaced; what is drawn after them must not change.
    state = random.getstate()
    copy = keras.models.clone_model(teacher, clone_function=renamed)
    random.setstate(state)
    copy.set_weights(teacher.get_weights())
    copy.trainable = False
    return copy
