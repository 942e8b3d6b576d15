"""`python run.py evaluate --data DIR`: the paper's tables 1-3 for the models that ship."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import DatasetError, FaceDataset
from train.data.live_path import live_path_scores
from train.data.loaders import load_test, source_of
from train.evaluation.metrics import Report, judge, print_report
from train.evaluation.plots import draw_confusion
from vision.classifiers import Classifier
from vision.litert import ModelError
from vision.tasks import MODELS_DIR, TASKS, Task

Scorer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def main(arguments: list[str] | None = None) -> int:
    """Evaluate the models named on the command line.

    Returns:
        The exit status: 0, or 1 with one sentence on stderr.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.live_path and options.format != "int8":
        parser.error("--live-path judges what the server runs: the int8 files")
    try:
        if options.json:
            options.json.parent.mkdir(parents=True, exist_ok=True)
        results = {name: _evaluate(TASKS[name], options) for name in options.task or TASKS}
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
    except (DatasetError, ModelError, ValueError, OSError) as error:
        print(f"raut: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("run.py evaluate", description="Judge the models on the held-out test images.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds fer2013.zip and utkface.zip")
    parser.add_argument("--models", type=Path, default=MODELS_DIR, help="default: models/")
    parser.add_argument("--task", action="append", choices=TASKS, help="only this one (may be repeated)")
    parser.add_argument(
        "--format",
        choices=("int8", "keras", "saved-model"),
        default="int8",
        help="int8: what ships; the others lie in models/ after a training (default: %(default)s)",
    )
    parser.add_argument(
        "--live-path", action="store_true", help="through JPEG, detection and alignment, as a camera's frames go"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="draw the confusion matrices there as PNG")
    return parser


def _evaluate(task: Task, options: argparse.Namespace) -> dict:
    folder = task.folder(options.models)
    if options.live_path:
        report, figures = _evaluate_live_path(task, options)
    elif options.format == "int8":
        path = task.model(options.models)
        data = load_test(task, options.data, Classifier(task, path).geometry)
        report, figures = evaluate_int8(task, path, data)
    else:
        report, figures = _evaluate_float(task, folder, options)
    way = "live path, faces found," if options.live_path else f"{options.format},"
    title = f"{task.name}, {way} {figures['images']:,} test images"
    print(print_report(report, f"\n{title}"))
    _print_further(figures)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw_confusion(report.confusion, list(report.per_class), title, options.figures / f"confusion_{task.name}.png")
    return figures


def evaluate_int8(task: Task, path: Path, data: FaceDataset) -> tuple[Report, dict]:
    """Judge an int8 file on test images, run as the server runs it: one image at a time, one thread.

    Args:
        task: whose model it is.
        path: the `.tflite` file.
        data: the test images, cropped to the model's size.

    Returns:
        The report and its JSON, with `ms_per_face` (median), `bytes`, `model`, the figures without
        twins and, for expression, those of PrivateTest.
    """
    classifier = Classifier(task, path)
    milliseconds: list[float] = []

    def score(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows = []
        for image in images:
            start = time.perf_counter()
            rows.append(classifier.scores(image))
            milliseconds.append((time.perf_counter() - start) * 1000)
        return np.stack(rows)

    report, figures = _judge_all(task, data, score(data.images))
    return report, figures | {
        "ms_per_face": round(float(np.median(milliseconds)), 3),
        "bytes": path.stat().st_size,
        "model": f"{task.name}/{path.name}",
    }


def _judge_all(task: Task, data: FaceDataset, scores: NDArray[np.float32]) -> tuple[Report, dict]:
    """The report on all images, and as JSON with those on the subsets that the literature names."""

    def subset(mask: NDArray[np.bool_]) -> dict:
        one = judge(task, scores[mask], data.labels[task.name][mask])
        mae = {} if one.mae is None else {"mae": round(one.mae, 4)}
        return {"accuracy": round(one.accuracy, 5), "macro_f1": round(one.macro.f1, 5), "images": int(mask.sum())} | mae

    report = judge(task, scores, data.labels[task.name])
    figures = report.to_dict() | {"without_twins": subset(~data.twin)}
    for part in ("private_test", "public_test"):
        if (data.split == part).any():
            figures[part] = subset(data.split == part)
    return report, figures


def _evaluate_float(task: Task, folder: Path, options: argparse.Namespace) -> tuple[Report, dict]:
    """Judge the Keras file or the SavedModel that a training left."""
    score, path = (_keras_scorer if options.format == "keras" else _saved_model_scorer)(folder)
    size = path[1]
    data = load_test(task, options.data, task.geometry(size))
    start = time.perf_counter()
    scores = score(data.images)
    elapsed = time.perf_counter() - start
    report, figures = _judge_all(task, data, scores)
    files = [path[0]] if path[0].is_file() else [file for file in path[0].rglob("*") if file.is_file()]
    return report, figures | {
        "ms_per_face": round(elapsed * 1000 / len(data), 3),
        "bytes": sum(file.stat().st_size for file in files),
        "model": f"{task.name}/{path[0].name}",
    }


def _keras_scorer(folder: Path) -> tuple[Scorer, tuple[Path, int]]:
    path = _require(folder / "model.keras")
    import keras

    from train.networks.residual import keras_scores

    network = keras.saving.load_model(path, compile=False)
    return lambda images: keras_scores(network, images), (path, network.input_shape[1])


def _saved_model_scorer(folder: Path) -> tuple[Scorer, tuple[Path, int]]:
    path = _require(folder / "saved_model")
    import tensorflow as tf

    from vision.classifiers import softmax

    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]
    ((name, signature),) = serve.structured_input_signature[1].items()

    def score(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits = []
        for start in range(0, len(images), 256):
            (batch,) = serve(**{name: tf.constant(images[start : start + 256], tf.float32)}).values()
            logits.append(batch.numpy())
        return softmax(np.concatenate(logits))

    # Without `loaded` its variables would be gone: the function alone does not hold them.
    score.model = loaded  # type: ignore[attr-defined]
    return score, (path, int(signature.shape[1]))


def _require(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"no {path}: it is made by `python run.py train {path.parent.name}`; only the int8 file ships")
    return path


def _evaluate_live_path(task: Task, options: argparse.Namespace) -> tuple[Report, dict]:
    path = task.model(options.models)
    classifier = Classifier(task, path)
    data = load_test(task, options.data, source_of(task).own_geometry)
    start = time.perf_counter()
    scores, found = live_path_scores(classifier, data.images, source_of(task).enlarge)
    elapsed = time.perf_counter() - start
    report, figures = _judge_all(task, data.where(found), scores)
    return report, figures | {
        "detected": round(float(found.mean()), 5),
        "ms_per_face": round(elapsed * 1000 / len(data), 3),  # JPEG both ways, detection and alignment included
        "bytes": path.stat().st_size,
        "model": f"{task.name}/{path.name}",
    }


def _print_further(figures: dict) -> None:
    for name in ("private_test", "public_test", "without_twins"):
        if name in figures:
            one = figures[name]
            mae = f", MAE {one['mae']:.2f} years" if "mae" in one else ""
            print(f"{name.replace('_', ' ')}: {100 * one['accuracy']:.2f} % of {one['images']:,} images{mae}")
    if "detected" in figures:
        print(f"a face found in {100 * figures['detected']:.2f} % of the images")
    if "ms_per_face" in figures:
        print(f"{figures['ms_per_face']:.2f} ms a face, {figures['bytes']:,} bytes, {figures['model']}")


if __name__ == "__main__":
    sys.exit(main())
