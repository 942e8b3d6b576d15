"""Predictions -> the paper's figures: accuracy, precision, recall, F1, support, confusion; MAE for age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from vision.tasks import Task


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall and F1 (0 to 1) of one class, and how many test images are of it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Report:
    """How well one model does on a set of images.

    Attributes:
        task: what was judged.
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
        task: what is judged.
        scores: (N, outputs) float32, rows sum to 1; for age over the years 0-100.
        labels: (N,) class indices, or years.
    """
    true, predicted = task.class_of(labels), task.predicted(scores)
    indices = list(range(len(task.labels)))
    columns = precision_recall_fscore_support(true, predicted, labels=indices, zero_division=0)
    rows = [ClassFigures(float(p), float(r), float(f), int(s)) for p, r, f, s in zip(*columns, strict=True)]
    return Report(
        task=task,
        accuracy=float((true == predicted).mean()),
        per_class=dict(zip(task.labels, rows, strict=True)),
        macro=_mean(rows, [1] * len(rows)),
        weighted=_mean(rows, [row.support for row in rows]),
        confusion=confusion_matrix(true, predicted, labels=indices),
        mae=float(np.abs(task.years(scores) - labels).mean()) if task.has_years else None,
    )


def _mean(rows: list[ClassFigures], weights: list[int]) -> ClassFigures:
    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=weights))

    return ClassFigures(
        mean([row.precision for row in rows]),
        mean([row.recall for row in rows]),
        mean([row.f1 for row in rows]),
        sum(row.support for row in rows),
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
