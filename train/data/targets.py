"""Labels -> what a network's logits are compared with, and logits -> what the metrics count."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vision.tasks import OLDEST_YEAR, Task, decade_of_year


def soft_targets(task: Task, labels: NDArray[np.int64], age_spread: float) -> NDArray[np.float32]:
    """The distribution over a head's outputs that stands for each label.

    Args:
        task: whose labels they are.
        labels: (N,) int64 class indices, or years.
        age_spread: standard deviation of an age's distribution, in years.

    Returns:
        (N, outputs) float32, rows sum to 1: one-hot, or for age a normal distribution cut to 0-100.
    """
    if not task.has_years:
        return np.eye(task.outputs, dtype="float32")[labels]
    years = np.arange(OLDEST_YEAR + 1)
    distance = years[None, :] - np.minimum(labels, OLDEST_YEAR)[:, None]
    weights = np.exp(-0.5 * (distance / age_spread) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype("float32")


def metrics_for(task: Task) -> list:
    """Keras metrics that work on soft targets and logits."""
    return [decade_accuracy, years_mae] if task.has_years else [keras.metrics.CategoricalAccuracy(name="accuracy")]


def decade_accuracy(targets: Any, logits: Any) -> Any:
    """Share of faces whose most likely decade is the right one."""
    decades = ops.matmul(ops.softmax(logits), decade_of_year())
    right = ops.matmul(ops.one_hot(ops.argmax(targets, axis=-1), OLDEST_YEAR + 1), decade_of_year())
    return ops.cast(ops.equal(ops.argmax(decades, axis=-1), ops.argmax(right, axis=-1)), "float32")


def years_mae(targets: Any, logits: Any) -> Any:
    """Absolute errors of the median, in years: `vision.tasks.Task.years` as Keras operations."""
    scores = ops.softmax(logits)
    reached = ops.cumsum(scores, axis=-1)
    year = ops.sum(ops.cast(reached < 0.5, "int32"), axis=-1, keepdims=True)
    within = ops.take_along_axis(scores, year, axis=-1)
    before = ops.take_along_axis(reached, year, axis=-1) - within
    median = ops.clip(ops.cast(year, "float32") - 0.5 + (0.5 - before) / within, 0, OLDEST_YEAR)[..., 0]
    return ops.abs(median - ops.cast(ops.argmax(targets, axis=-1), "float32"))
