"""The models on the held-out test images: the paper's tables 1-3, what `python run.py evaluate` prints and writes."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import FaceDataset
from train.data.files import left_out
from train.data.live_path import live_path_scores, still_scores
from train.data.loaders import load_test, source_of
from train.evaluation.fairface import describe, fairface_figures, fairface_found
from train.evaluation.metrics import PARTS, Report, evaluate_scores, print_report
from train.evaluation.plots import draw_confusion
from train.evaluation.scorers import KerasScorer, SavedModelScorer
from train.evaluation.shown import shown_figures
from vision.classifiers import Classifier, Scorer
from vision.tasks import TASKS, CropGeometry, Task


@dataclass(frozen=True)
class Options:
    """What is evaluated, and where the figures go.

    Attributes:
        data: folder of the data sets.
        models: folder of the models.
        tasks: `expression`, `age`, `gender`, or some of them.
        format: `int8`, what ships; `keras` or `saved-model`, what a training leaves beside it.
        live_path: each image goes through JPEG, detection and alignment first, as a camera's first frame; with `int8` only.
        pictures: the same, but as a picture by itself, which several looks are taken at; with `int8` only.
        every: of the images each so many-th alone is judged.
        json: file for the figures.
        figures: folder for the confusion matrices as PNG.
    """

    data: Path
    models: Path
    tasks: tuple[str, ...]
    format: str = "int8"
    live_path: bool = False
    pictures: bool = False
    every: int = 1
    json: Path | None = None
    figures: Path | None = None


def evaluate(options: Options) -> dict[str, dict]:
    """Print each model's figures on the test images, and write them where asked.

    Returns:
        Task -> what the JSON holds of it.

    Raises:
        ValueError: a model or the data is missing or cannot be used.
        OSError: a file cannot be written.
    """
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
    results = {name: _evaluate(TASKS[name], options) for name in options.tasks}
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    return results


def _evaluate(task: Task, options: Options) -> dict:
    folder = task.folder(options.models)
    if options.live_path or options.pictures:
        report, figures = _evaluate_found(task, options)
    elif options.format == "int8":
        path = task.model(options.models)
        data = _test_images(task, options, Classifier(task, path).geometry)
        report, figures = evaluate_int8(task, path, data)
        if fairface := fairface_figures(Classifier(task, path), options.data, options.every):
            figures["fairface"] = fairface
    else:
        report, figures = _evaluate_float(task, folder, options)
    way = f"{_way(options)}, faces found," if options.live_path or options.pictures else f"{options.format},"
    title = f"{task.name}, {way} {figures['images']:,} test images"
    print(print_report(report, f"\n{title}"))
    _print_further(task, figures)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw_confusion(report.confusion, list(report.per_class), title, options.figures / f"confusion_{task.name}.png")
    return figures


def _test_images(task: Task, options: Options, geometry: CropGeometry) -> FaceDataset:
    """The test images; says what was left out of the dataset."""
    data = load_test(task, options.data, geometry)
    for line in left_out(data.skipped):
        print(line)
    return data.each(options.every)


def evaluate_int8(task: Task, path: Path, data: FaceDataset) -> tuple[Report, dict]:
    """Evaluate an int8 file on test images, run as the server runs it: one image at a time, one thread.

    Args:
        task: whose model it is.
        path: the `.tflite` file.
        data: the test images, cropped to the model's size.

    Returns:
        The report and its JSON, with `ms_per_face` (median), `bytes`, `model`, the figures without
        duplicates and, for expression, those of PrivateTest and, where there are FER+'s votes, of what is `shown`.
    """
    classifier = Classifier(task, path)
    scores, milliseconds = [], []
    for image in data.images:
        start = time.perf_counter()
        scores.append(classifier.scores(image))
        milliseconds.append((time.perf_counter() - start) * 1000)
    report, figures = _figures_of(task, data, np.stack(scores))
    if "votes" in data.labels:
        figures["shown"] = shown_figures(Classifier(task, path, shown=True).scores_of(data.images), data)
    return report, figures | {
        "ms_per_face": round(float(np.median(milliseconds)), 3),
        "bytes": path.stat().st_size,
        "model": f"{task.name}/{path.name}",
    }


def _figures_of(task: Task, data: FaceDataset, scores: NDArray[np.float32]) -> tuple[Report, dict]:
    """The report on all images, and as JSON with those on the subsets that the literature names."""

    def subset(mask: NDArray[np.bool_]) -> dict:
        one = evaluate_scores(task, scores[mask], data.labels[task.name][mask])
        mae = {} if one.mae is None else {"mae": round(one.mae, 4)}
        return {"accuracy": round(one.accuracy, 5), "macro_f1": round(one.macro.f1, 5), "images": int(mask.sum())} | mae

    report = evaluate_scores(task, scores, data.labels[task.name])
    figures = report.to_dict() | {"without_twins": subset(~data.duplicate)}
    for part in ("private_test", "public_test"):
        if (data.split == part).any():
            figures[part] = subset(data.split == part)
    return report, figures


def _evaluate_float(task: Task, folder: Path, options: Options) -> tuple[Report, dict]:
    """Evaluate the Keras file or the SavedModel that a training left."""
    if options.format == "keras":
        path = _require(folder / "model.keras")
        scorer: Scorer = KerasScorer.load(task, path)
    else:
        path = _require(folder / "saved_model")
        scorer = SavedModelScorer(task, path)
    data = _test_images(task, options, scorer.geometry)
    start = time.perf_counter()
    scores = scorer.scores_of(data.images)
    elapsed = time.perf_counter() - start
    report, figures = _figures_of(task, data, scores)
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return report, figures | {
        "ms_per_face": round(elapsed * 1000 / len(data), 3),
        "bytes": sum(file.stat().st_size for file in files),
        "model": f"{task.name}/{path.name}",
    }


def _require(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"no {path}: it is made by `python run.py train {path.parent.name}`; only the int8 file ships")
    return path


def _way(options: Options) -> str:
    return "pictures by themselves" if options.pictures else "live path"


def _evaluate_found(task: Task, options: Options) -> tuple[Report, dict]:
    """Evaluate on the faces that are found in the test images, on the live path or as in pictures by themselves."""
    path, scores_of = task.model(options.models), still_scores if options.pictures else live_path_scores
    classifier = Classifier(task, path)
    data = _test_images(task, options, source_of(task).own_geometry)
    start = time.perf_counter()
    scores, found = scores_of(classifier, data.images, source_of(task).enlarge)
    elapsed = time.perf_counter() - start
    report, figures = _figures_of(task, data.where(found), scores)
    if "votes" in data.labels:
        for_people = Classifier(task, path, shown=True)
        seen, found = scores_of(for_people, data.images, source_of(task).enlarge)
        figures["shown"] = shown_figures(seen, data.where(found))
    if fairface := fairface_found(classifier, options.data, scores_of, options.every):
        figures["fairface"] = fairface
    return report, figures | {
        "detected": round(float(found.mean()), 5),
        "ms_per_face": round(elapsed * 1000 / len(data), 3),  # JPEG both ways, detection and alignment included
        "bytes": path.stat().st_size,
        "model": f"{task.name}/{path.name}",
    }


def _print_further(task: Task, figures: dict) -> None:
    for name, shown in PARTS.items():
        if name in figures:
            one = figures[name]
            mae = f", MAE {one['mae']:.2f} years" if "mae" in one else ""
            print(f"{shown}: {100 * one['accuracy']:.2f} % of {one['images']:,} images{mae}")
    if "shown" in figures:
        one = figures["shown"]["private_test"]
        print(
            f"what is shown, against most people's answer, private test: {100 * one['accuracy']:.2f} % of "
            f"{one['images']:,} images, macro recall {100 * one['macro_recall']:.2f} %"
        )
    if "fairface" in figures:
        print(describe(task, figures["fairface"]))
    if "detected" in figures:
        print(f"a face found in {100 * figures['detected']:.2f} % of the images")
    if "ms_per_face" in figures:
        print(f"{figures['ms_per_face']:.2f} ms a face, {figures['bytes']:,} bytes, {figures['model']}")
