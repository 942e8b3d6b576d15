"""Labels -> what a network's logits are compared with, and logits -> what the metrics count."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from train.data.fairface import BIN_STARTS, bin_of_year
from train.data.ferplus import vote_shares
from vision.tasks import EXPRESSIONS, OLDEST_YEAR, TASKS, Task, decade_of_year, fer2013_geometry

VOTES = Task("votes", EXPRESSIONS, len(EXPRESSIONS), "FER2013", fer2013_geometry, is_fleeting=True)
"""A second head of the expression network: the share of people who would name each expression (FER+)."""

HEADS = TASKS | {VOTES.name: VOTES}
"""Every head that a network may have: name -> what it tells."""

BIN_OF_YEAR = np.eye(len(BIN_STARTS), dtype="float32")[bin_of_year(np.arange(OLDEST_YEAR + 1))]
"""(101, 9): sums a distribution over years into one over FairFace's bins."""


def soft_targets(task: Task, labels: NDArray[np.int64], age_spread: float) -> NDArray[np.float32]:
    """The distribution over a head's outputs that stands for each label.

    Args:
        task: whose labels they are.
        labels: (N,) int64 class indices, or years, or (N, 10) FER+'s votes.
        age_spread: standard deviation of an age's distribution, in years.

    Returns:
        (N, outputs) float32, rows sum to 1: one-hot, for age a normal distribution cut to 0-100, or the votes' shares (an
        image that nobody voted on has zeros, which no loss counts).
    """
    if task is VOTES:
        return vote_shares(labels)
    if not task.has_years:
        return np.eye(task.outputs, dtype="float32")[labels]
    years = np.arange(OLDEST_YEAR + 1)
    distance = years[None, :] - np.minimum(labels, OLDEST_YEAR)[:, None]
    weights = np.exp(-0.5 * (distance / age_spread) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype("float32")


def interval_targets(age_bins: NDArray[np.int64]) -> NDArray[np.float32]:
    """The years of each age bin: (N,) indices of FairFace's bins -> (N, 101) float32, 1 for each year in the bin, else 0."""
    return BIN_OF_YEAR.T[age_bins]


@keras.saving.register_keras_serializable("raut")
class AgeLoss(keras.losses.Loss):
    """Cross-entropy with a distribution over years; where only an interval is known, -log of all the probability within.

    A row of targets that sums to more than 1 is an interval: 1 for each year that may be the right one.
    """

    def call(self, targets: Any, logits: Any) -> Any:
        """(N, 101) targets and logits -> (N,) losses."""
        scores = ops.log_softmax(ops.cast(logits, "float32"))
        distribution = -ops.sum(targets * scores, axis=-1)
        interval = -ops.log(ops.sum(targets * ops.exp(scores), axis=-1) + 1e-7)
        return ops.where(_is_interval(targets), interval, distribution)


def _is_interval(targets: Any) -> Any:
    return ops.sum(targets, axis=-1) > 1.5


def metrics_for(task: Task) -> list:
    """Keras metrics that work on soft targets and logits."""
    return [decade_accuracy, years_mae] if task.has_years else [keras.metrics.CategoricalAccuracy(name="accuracy")]


def decade_accuracy(targets: Any, logits: Any) -> Any:
    """Share of faces whose most likely decade is the right one; of an interval, whose most likely bin is."""
    scores = ops.softmax(logits)
    year = ops.one_hot(ops.argmax(targets, axis=-1), OLDEST_YEAR + 1)  # an interval's first

    def right(classes: Any) -> Any:
        return ops.equal(
            ops.argmax(ops.matmul(scores, classes), axis=-1), ops.argmax(ops.matmul(year, classes), axis=-1)
        )

    return ops.cast(ops.where(_is_interval(targets), right(BIN_OF_YEAR), right(decade_of_year())), "float32")


def years_mae(targets: Any, logits: Any) -> Any:
    """Absolute errors of the median, in years: `vision.tasks.Task.years` as Keras operations.

    Of an interval, how far the median lies outside.
    """
    scores = ops.softmax(logits)
    reached = ops.cumsum(scores, axis=-1)
    year = ops.sum(ops.cast(reached < 0.5, "int32"), axis=-1, keepdims=True)
    within = ops.take_along_axis(scores, year, axis=-1)
    before = ops.take_along_axis(reached, year, axis=-1) - within
    median = ops.clip(ops.cast(year, "float32") - 0.5 + (0.5 - before) / within, 0, OLDEST_YEAR)[..., 0]
    first = ops.cast(ops.argmax(targets, axis=-1), "float32")
    last = first + ops.where(_is_interval(targets), ops.sum(targets, axis=-1) - 1, 0.0)
    return ops.relu(first - median) + ops.relu(median - last)
