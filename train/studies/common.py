"""What the studies share: their options, and how they deliver."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.figures import deliver
from vision.tasks import MODELS_DIR

if TYPE_CHECKING:
    from train.evaluation.metrics import Report


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The options that all studies have.

    Attributes:
        data: folder of the data sets.
        models: folder of the models.
        json: file for the figures.
        figures: folder for what is drawn of them, as PNG.
    """

    data: Path
    models: Path = MODELS_DIR
    json: Path | None = None
    figures: Path | None = None


def headline(report: Report) -> dict[str, float]:
    """Accuracy, macro F1 and, for age, the mean error in years, rounded, as studies that train write them."""
    figures = {"accuracy": round(report.accuracy, 5), "macro_f1": round(report.macro.f1, 5)}
    return figures if report.mae is None else figures | {"mae": round(report.mae, 4)}


def deliver_study(study: str, figures: dict, shown: str, path: Path | None) -> None:
    """Print a table for people and, if asked, write the figures as JSON, with what they were measured on."""
    about = {"study": study, "machine": f"{platform.machine()}, {os.cpu_count()} CPUs"}
    deliver(about | figures, shown, path)
