"""Predictions -> the paper's figures: accuracy, precision, recall, F1, support, confusion; MAE for age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, mean_absolute_error

from vision.tasks import Task

PARTS: Final = {
    "private_test": "private test",
    "public_test": "public test",
    "without_twins": "without duplicates",
}
"""Parts of the test images: their keys in the figures, and what people read."""


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 (0 to 1) of one class, and how many test images are of it."""

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def of(cls, row: Mapping[str, float]) -> ClassFigures:
        """A row of scikit-learn's classification report."""
        return cls(float(row["precision"]), float(row["recall"]), float(row["f1-score"]), int(row["support"]))


@dataclass(frozen=True)
class Report:
    """How well one model does on a set of images.

    Attributes:
        task: what the model tells.
        accuracy: share of images whose class is right; for age the most likely decade.
        per_class: figures of each class, by label, in the label set's order.
        macro: their mean, every class alike.
        weighted: their mean, every image alike.
        confusion: (classes, classes) counts, rows true, columns predicted.
        mae: mean absolute error in years; None for the other tasks.
    """

    task: Task
    accuracy: float
    per_class: dict[str, ClassFigures]
    macro: ClassFigures
    weighted: ClassFigures
    confusion: NDArray[np.int64]
    mae: float | None

    def to_dict(self) -> dict:
        """The report as JSON, keys as in the design's table."""
        figures = {
            "accuracy": round(self.accuracy, 5),
            "macro_f1": round(self.macro.f1, 5),
            "images": int(self.confusion.sum()),
            "per_class": {label: _rounded(one) for label, one in self.per_class.items()},
            "macro": _rounded(self.macro),
            "weighted": _rounded(self.weighted),
            "confusion": self.confusion.tolist(),
        }
        return figures if self.mae is None else figures | {"mae": round(self.mae, 4)}


def evaluate_scores(task: Task, scores: NDArray[np.float32], labels: NDArray[np.int64]) -> Report:
    """Compare scores with labels.

    Args:
        task: what the model tells.
        scores: (N, outputs) float32, rows sum to 1; for age over the years 0-100.
        labels: (N,) class indices, or years.
    """
    true, predicted = task.class_of(labels), task.predicted(scores)
    indices = range(len(task.labels))
    table = classification_report(
        true, predicted, labels=indices, target_names=task.labels, output_dict=True, zero_division=0
    )
    return Report(
        task=task,
        accuracy=float(accuracy_score(true, predicted)),
        per_class={label: ClassFigures.of(table[label]) for label in task.labels},
        macro=ClassFigures.of(table["macro avg"]),
        weighted=ClassFigures.of(table["weighted avg"]),
        confusion=confusion_matrix(true, predicted, labels=indices),
        mae=float(mean_absolute_error(labels, task.years(scores))) if task.has_years else None,
    )


def _rounded(figures: ClassFigures) -> dict:
    return {
        "precision": round(figures.precision, 5),
        "recall": round(figures.recall, 5),
        "f1": round(figures.f1, 5),
        "support": figures.support,
    }


def print_report(report: Report, title: str) -> str:
    """The report as the paper prints it in tables 1-3, for people."""
    width = max(12, *(len(label) for label in report.per_class))
    lines = [title, f"{'':<{width}} precision    recall        F1   support"]
    rows = {**report.per_class, "macro avg": report.macro, "weighted avg": report.weighted}
    for label, row in rows.items():
        lines.append(f"{label:<{width}} {row.precision:9.3f} {row.recall:9.3f} {row.f1:9.3f} {row.support:9d}")
    lines.append(f"{'accuracy':<{width}} {100 * report.accuracy:9.2f} %")
    if report.mae is not None:
        lines.append(f"{'MAE':<{width}} {report.mae:9.2f} years")
    return "\n".join(lines)
