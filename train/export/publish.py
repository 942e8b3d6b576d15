"""What lies beside a model in `models/<task>/`: its figures as JSON, its curves, its confusion matrix, its card.

`python run.py publish TASK --data DIR` measures a shipped file again, if the way of measuring has changed or
the machine was busy; how it was made stays as it was written.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from train.data.datasets import FaceDataset
from train.data.loaders import load_test
from train.evaluation.evaluate import evaluate_int8
from train.evaluation.fairface import fairface_figures
from train.evaluation.metrics import print_report
from train.evaluation.plots import draw_confusion
from train.export.calibration import at_temperature, expected_calibration_error, without_calibration
from train.export.export import Exported
from train.export.model_card import model_card
from train.export.unsure import unsure_figures
from train.recipe import Recipe
from vision.classifiers import SHOWN, Classifier
from vision.litert import LiteModel
from vision.tasks import TASKS, Task

LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "ai-edge-litert")


def publish(
    recipe: Recipe,
    exported: Exported,
    data: FaceDataset,
    source: Path,
    run: Path,
    folder: Path,
    provenance: dict[str, str],
) -> None:
    """Evaluate the exported int8 file on the test images and write everything that ships with it.

    Args:
        recipe: what it was trained by.
        exported: what the export measured on the validation images.
        data: its dataset.
        source: the datasets' folder.
        run: the training run's folder.
        folder: `models/<task>`, with its `model.tflite`.
        provenance: recipe, command, data hash, date.
    """
    metrics = {
        "task": recipe.task,
        "test": {},
        "validation": {"float32": exported.float32.to_dict(), "int8": exported.int8.to_dict()},
        "calibration": exported.calibration.to_dict(),
        **({"fusion": exported.fusion.to_dict()} if exported.fusion else {}),
        "provenance": provenance | {"libraries": _versions(), "python": platform.python_version()},
        "recipe": asdict(recipe),
    }
    shutil.copy(run / "curves.png", folder / "curves.png")
    shutil.copy(run / "history.csv", folder / "history.csv")
    _judge(metrics, data.for_testing(), source, folder)


def evaluate_again(task: Task, data: Path, models: Path) -> None:
    """Evaluate a shipped file again, and rewrite its figures, card and confusion matrix.

    Args:
        task: whose model it is.
        data: the datasets' folder.
        models: the folder with `<task>/model.tflite` and its metrics.json.

    Raises:
        ValueError: no metrics.json lies beside the model.
    """
    folder = task.folder(models)
    path = folder / "metrics.json"
    if not path.is_file():
        raise ValueError(f"no {path}: only what `python run.py train {task.name}` has written can be measured again")
    test = load_test(task, data, Classifier.shipped(task, models).geometry)
    _judge(json.loads(path.read_text()), test, data, folder)


def _judge(metrics: dict, test: FaceDataset, source: Path, folder: Path) -> None:
    """Put the int8 file's figures on the test images into its metrics, and write what is made of them."""
    task = TASKS[metrics["task"]]
    report, metrics["test"] = evaluate_int8(task, folder / "model.tflite", test)
    if fairface := fairface_figures(Classifier(task, folder / "model.tflite"), source):
        metrics["test"]["fairface"] = fairface
    shown = Classifier(task, folder / "model.tflite", partial(LiteModel, threads=2), shown=True)
    if shown.head == SHOWN and "votes" in test.labels:
        metrics["unsure"] = unsure_figures(shown, test)
    if "calibration" in metrics:
        metrics["calibration"]["test"] = _calibration_on_test(task, metrics["calibration"], test, folder)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    (folder / "README.md").write_text(model_card(metrics))
    draw_confusion(report.confusion, list(report.per_class), f"{task.name}: test images", folder / "confusion.png")
    print(print_report(report, f"\n{task.name}, int8, {metrics['test']['images']:,} test images"))
    print(f"written to {folder}")


def _calibration_on_test(task: Task, built_in: dict, test: FaceDataset, folder: Path) -> dict:
    """The int8 file's calibration error on test images that its calibration was not fitted on, and without it."""
    test = test.where(np.isin(test.split, ("private_test", "test")))
    scores = Classifier(task, folder / "model.tflite", partial(LiteModel, threads=2)).scores_of(test.images)
    logits = without_calibration(scores, built_in["temperature"], built_in.get("biases", ()))
    uncalibrated = at_temperature(logits, 1.0)
    errors = {"ece_before": uncalibrated, "ece_after": scores}
    figures = {name: expected_calibration_error(task, one, test.labels[task.name]) for name, one in errors.items()}
    return {name: round(error, 5) for name, error in figures.items()} | {"images": len(test)}


def _versions() -> dict[str, str]:
    installed = {}
    for library in LIBRARIES:
        try:
            installed[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            installed[library] = "absent"
    return installed
