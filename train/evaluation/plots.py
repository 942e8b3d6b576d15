"""Curves and confusion matrices as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("agg")
from matplotlib import pyplot

from vision.tasks import Task


def draw_curves(history: Sequence[dict[str, float]], task: Task, has_auxiliary: bool, path: Path) -> None:
    """Accuracy and loss of each epoch, on the training and the validation images (the paper's figures 1-6).

    Args:
        history: one dict an epoch, by Keras's log names.
        task: whose accuracy to draw.
        has_auxiliary: whether the log's names carry the task, as they do for several heads.
        path: the PNG to write.
    """
    metric = _logged(history, "decade_accuracy" if task.has_years else "accuracy", task.name)
    loss = _logged(history, "loss", task.name) if has_auxiliary else "loss"
    epochs = range(1, len(history) + 1)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axes, name, title in ((left, metric, "accuracy"), (right, loss, "loss")):
        axes.plot(epochs, [row[name] for row in history], label="training (augmented)")
        if f"val_{name}" in history[0]:
            axes.plot(epochs, [row[f"val_{name}"] for row in history], label="validation")
        axes.set(title=f"{task.name}: {title}", xlabel="epoch", ylabel=title)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _logged(history: Sequence[dict[str, float]], metric: str, task: str) -> str:
    """A metric's name in the log: Keras puts the head's name before it when there are several."""
    return f"{task}_{metric}" if f"{task}_{metric}" in history[0] else metric


def draw_confusion(matrix: NDArray[np.int64], classes: Sequence[str], title: str, path: Path) -> None:
    """A confusion matrix, each row's counts coloured by their share of the row.

    Args:
        matrix: (classes, classes) int64 counts, rows true, columns predicted.
        classes: their names.
        title: written above it.
        path: the PNG to write.
    """
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.62 * len(classes)
    figure, axes = pyplot.subplots(figsize=(side, side), layout="constrained")
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set(title=title, xlabel="predicted", ylabel="true")
    for row, column in np.ndindex(*matrix.shape):
        colour = "white" if share[row, column] > 0.5 else "black"
        axes.text(column, row, f"{matrix[row, column]}", ha="center", va="center", color=colour, fontsize=8)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
