"""What lies beside a model in `models/<task>/`: its figures as JSON, its curves, its confusion matrix, its card."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np

from train.calibration import at_temperature, expected_calibration_error, log_scores
from train.cards import model_card
from train.datasets import FaceDataset
from train.evaluate import evaluate_int8
from train.evaluation import print_report
from train.export import Exported, lite_scores
from train.plots import draw_confusion
from train.recipe import Recipe

LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "ai-edge-litert")


def publish(
    recipe: Recipe, exported: Exported, data: FaceDataset, run: Path, folder: Path, provenance: dict[str, str]
) -> None:
    """Judge the exported int8 file on the test images and write everything that ships beside it.

    Args:
        recipe: what it was trained by.
        exported: what the export measured on the validation images.
        data: its dataset.
        run: the training run's folder.
        folder: `models/<task>`, with its `model.tflite`.
        provenance: recipe, command, data hash, date.
    """
    report, figures = evaluate_int8(recipe.task, folder / "model.tflite", data.for_testing())
    metrics = {
        "task": recipe.task,
        "test": figures,
        "validation": {"float32": exported.float32.to_dict(), "int8": exported.int8.to_dict()},
        "calibration": exported.calibration.to_dict() | _calibration_on_test(recipe, exported, data, folder),
        "provenance": provenance | {"libraries": _versions(), "python": platform.python_version()},
        "recipe": asdict(recipe),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    (folder / "README.md").write_text(model_card(metrics))
    shutil.copy(run / "curves.png", folder / "curves.png")
    shutil.copy(run / "history.csv", folder / "history.csv")
    draw_confusion(report.confusion, list(report.per_class), f"{recipe.task}: test images", folder / "confusion.png")
    print(print_report(report, f"\n{recipe.task}, int8, {figures['images']:,} test images"))
    print(f"written to {folder}")


def _calibration_on_test(recipe: Recipe, exported: Exported, data: FaceDataset, folder: Path) -> dict:
    """The int8 file's calibration error on test images that the temperature was not fitted on, and without it."""
    task = recipe.task
    test = data.where(np.isin(data.split, ("private_test", "test")))
    scores = lite_scores(task, folder / "model.tflite", test.images)
    uncalibrated = at_temperature(log_scores(scores), 1 / exported.calibration.temperature)
    errors = {"ece_before": uncalibrated, "ece_after": scores}
    figures = {name: expected_calibration_error(task, one, test.labels[task]) for name, one in errors.items()}
    return {"test": {name: round(error, 5) for name, error in figures.items()} | {"images": len(test)}}


def _versions() -> dict[str, str]:
    installed = {}
    for library in LIBRARIES:
        try:
            installed[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            installed[library] = "absent"
    return installed
