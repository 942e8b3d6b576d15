"""`python run.py study calibration`: how far the models' confidence is from how often they are right.

The calibration, a temperature and for classes a bias each, is fitted on validation images only (FER2013's PublicTest,
UTKFace's slice) and measured on test images that it never saw (PrivateTest, TEST). A model whose file has one built in
is shown without it as well, so that before and after can be compared.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from cli.figures import table
from cli.progress import progress
from train.data.datasets import FaceDataset
from train.data.loaders import load_task, source_of
from train.evaluation.plots import pyplot
from train.export.calibration import (
    BINS,
    Bin,
    Floats,
    at_temperature,
    calibrate,
    calibration_error,
    log_scores,
    mean_error,
    negative_log_likelihood,
    reliability,
    top_scores,
    without_calibration,
)
from train.studies.common import StudyOptions, deliver_study
from vision.classifiers import Classifier
from vision.tasks import TASKS, Task

STATES = {"without": "not calibrated", "shipped": "as shipped", "fitted": "calibrated here"}


Options = StudyOptions


def run(options: Options) -> None:
    """Run the study."""
    figures = {name: _study(TASKS[name], options.data, options.models) for name in progress(TASKS, "calibration")}
    deliver_study("calibration", {"bins": BINS, "tasks": figures}, _table(figures), options.json)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw_reliability(figures, options.figures / "calibration.png")


def _study(task: Task, data: Path, models: Path) -> dict:
    classifier = Classifier.shipped(task, models)
    source = source_of(task)
    images = load_task(task, data, classifier.geometry, (source.fitting, source.judging))

    def scored(split: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        part: FaceDataset = images.where(images.split == split)
        return classifier.scores_of(part.images), part.labels[task.name]

    return measure(task, scored(source.fitting), scored(source.judging), built_in_calibration(task.folder(models)))


def built_in_calibration(folder: Path) -> tuple[float, tuple[float, ...]]:
    """The temperature and the biases (none: empty) that a model's head was given at its export.

    1 and none for a file from before calibration.
    """
    path = folder / "metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    calibration = metrics.get("calibration", {})
    return float(calibration.get("temperature", 1.0)), tuple(calibration.get("biases", ()))


def measure(
    task: Task,
    validation: tuple[Floats, NDArray[np.int64]],
    test: tuple[Floats, NDArray[np.int64]],
    built_in: tuple[float, tuple[float, ...]] = (1.0, ()),
) -> dict:
    """How well a model is calibrated without anything built in, as it is, and calibrated now.

    Args:
        task: what the model tells.
        validation: the model's scores (N, outputs) float32 and the labels (N,) int64 of the images to fit on.
        test: those of the images to measure on.
        built_in: the temperature and the biases that are in these scores already.

    Returns:
        The figures as JSON; temperatures and biases are those of the network without any.
    """
    (fit_scores, fit_labels), (scores, labels) = validation, test
    raw_fit, raw = without_calibration(fit_scores, *built_in), without_calibration(scores, *built_in)
    found = calibrate(task, raw_fit, fit_labels)
    is_worth_it = found.temperature != 1.0
    fitted = (found.temperature if is_worth_it else found.fitted, found.biases)
    states = {"without": (1.0, ()), "shipped": built_in, "fitted": fitted}
    return {
        "images": len(labels),
        "validation_images": len(fit_labels),
        "temperature_built_in": round(built_in[0], 5),
        "biases_built_in": [round(bias, 5) for bias in built_in[1]],
        "temperature_fitted": round(fitted[0], 5),
        "biases_fitted": [round(bias, 5) for bias in fitted[1]],
        "worth_building_in": is_worth_it,
        "validation": found.to_dict(),
        **{state: _figures(task, at_temperature(raw, *values), labels) for state, values in states.items()},
    }


def _figures(task: Task, scores: NDArray[np.float32], labels: NDArray[np.int64]) -> dict:
    confidences, right = top_scores(task, scores, labels)
    bins = reliability(confidences, right)
    figures = {
        "ece": calibration_error(bins),
        "ece_adaptive": calibration_error(reliability(confidences, right, adaptive=True)),
        "nll": negative_log_likelihood(log_scores(scores), labels),
        "confidence": float(confidences.mean()),
        "accuracy": float(right.mean()),
    }
    if task.has_years:
        figures["mae"] = mean_error(scores, labels)
    rounded = {name: round(value, 5) for name, value in figures.items()}
    return rounded | {"reliability": [_rounded(one) for one in bins]}


def _rounded(one: Bin) -> dict:
    return {name: round(value, 5) for name, value in asdict(one).items()}


def _table(figures: dict[str, dict]) -> str:
    rows = []
    for task, one in figures.items():
        temperatures = {"without": 1.0, "shipped": one["temperature_built_in"], "fitted": one["temperature_fitted"]}
        for state, name in STATES.items():
            figure = one[state]
            rows.append(
                [
                    f"{task if state == 'without' else '':<11}{name}",
                    f"{temperatures[state]:.3f}",
                    f"{100 * figure['ece']:.2f}",
                    f"{100 * figure['ece_adaptive']:.2f}",
                    f"{figure['nll']:.3f}",
                    f"{100 * figure['confidence']:.1f}",
                    f"{100 * figure['accuracy']:.1f}",
                    f"{figure['mae']:.2f}" if "mae" in figure else "",
                ]
            )
    counts = ", ".join(f"{task} {one['images']:,}" for task, one in figures.items())
    heading = ["", "T", "ECE %", "adaptive %", "NLL", "confidence %", "accuracy %", "MAE"]
    return "\n".join(
        [
            table(rows, heading),
            "",
            f"Test images: {counts} (expression: PrivateTest alone, since its calibration is fitted on PublicTest).",
            f"ECE: {BINS} bins of equal width; adaptive: {BINS} bins of as many images each. Of ages the decade counts,",
            "their NLL by year.",
        ]
    )


def draw_reliability(figures: dict[str, dict], path: Path) -> None:
    """Reliability diagrams, one column a task: above not calibrated, below calibrated.

    Args:
        figures: what `measure` gave for each task.
        path: the PNG to write.
    """
    figure, grid = pyplot.subplots(
        2, len(figures), figsize=(4 * len(figures), 7.4), layout="constrained", squeeze=False
    )
    for column, (task, one) in enumerate(figures.items()):
        after = "shipped" if one["temperature_built_in"] != 1 else "fitted"
        temperature = one["temperature_built_in"] if after == "shipped" else one["temperature_fitted"]
        biases = one["biases_built_in"] if after == "shipped" else one["biases_fitted"]
        scaled = (
            f"T = {temperature:.2f}"
            + (", biases" if biases else "")
            + ("" if one["worth_building_in"] else ", not built in: no gain")
        )
        for row, (state, name) in enumerate((("without", STATES["without"]), (after, scaled))):
            _draw_diagram(
                grid[row, column], one[state], f"{task}{' (decades)' if TASKS[task].has_years else ''}: {name}"
            )
    grid[0, 0].legend(loc="upper left", fontsize=8)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _draw_diagram(axes: Axes, figures: dict, title: str) -> None:
    bins = figures["reliability"]
    middles = [(one["lower"] + one["upper"]) / 2 for one in bins]
    width = 0.92 / len(bins)
    total = max(1, sum(one["count"] for one in bins))
    axes.bar(middles, [one["accuracy"] for one in bins], width, color="tab:blue", label="right, share of the bin")
    axes.bar(
        middles, [one["count"] / total for one in bins], width / 3, color="tab:orange", label="share of all images"
    )
    axes.plot([0, 1], [0, 1], color="black", linestyle="--", linewidth=1, label="perfect")
    axes.set(title=f"{title}\nECE {100 * figures['ece']:.1f} %", xlabel="confidence", ylabel="accuracy")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.grid(alpha=0.3)
