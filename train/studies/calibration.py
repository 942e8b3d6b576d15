"""`python run.py study calibration`: how far the models' confidence is from how often they are right.

The temperature is fitted on validation images only (FER2013's PublicTest, UTKFace's slice) and judged
on test images that it never saw (PrivateTest, TEST). A model whose file has a temperature built in is
shown without it, too, so that before and after can be told apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from train.calibration import (
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
)
from train.datasets import FaceDataset, load_fer2013, load_utkface
from train.plots import pyplot
from train.studies.common import as_table, deliver, study_parser
from vision.classifiers import TASKS, Classifier

Scorer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

SPLITS = {
    "expression": ("public_test", "private_test"),
    "age": ("validation", "test"),
    "gender": ("validation", "test"),
}
"""What the temperature is fitted on, and what it is judged on."""

STATES = {"without": "without temperature", "shipped": "as shipped", "fitted": "temperature fitted here"}


def main(arguments: list[str]) -> None:
    """Run the study."""
    options = study_parser("calibration", __doc__ or "").parse_args(arguments)
    figures = {task: _study(task, options.data, options.models) for task in TASKS}
    deliver("calibration", {"bins": BINS, "tasks": figures}, _table(figures), options.json)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw_reliability(figures, options.figures / "calibration.png")


def _study(task: str, data: Path, models: Path) -> dict:
    classifier = Classifier.shipped(task, models)
    fitting, judging = SPLITS[task]
    images = (load_fer2013 if task == "expression" else load_utkface)(data, classifier.geometry, SPLITS[task])

    def scored(split: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        part: FaceDataset = images.where(images.split == split)
        return np.stack([classifier.scores(image) for image in part.images]), part.labels[task]

    return measure(task, scored(fitting), scored(judging), built_in_temperature(models / task))


def built_in_temperature(folder: Path) -> float:
    """The temperature that a model's head was divided by at its export; 1 for a file of before there was one."""
    path = folder / "metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return float(metrics.get("calibration", {}).get("temperature", 1.0))


def measure(
    task: str,
    validation: tuple[Floats, NDArray[np.int64]],
    test: tuple[Floats, NDArray[np.int64]],
    built_in: float = 1.0,
) -> dict:
    """The calibration of a model without temperature, as it is, and with one fitted now.

    Args:
        task: `expression`, `age` or `gender`.
        validation: the model's scores (N, outputs) and the labels (N,) of the images to fit on.
        test: those of the images to judge by.
        built_in: the temperature that is in these scores already.

    Returns:
        The figures as JSON; the temperatures are those of the network without any.
    """
    (fit_scores, fit_labels), (scores, labels) = validation, test
    raw_fit, raw = log_scores(fit_scores) * built_in, log_scores(scores) * built_in
    found = calibrate(task, raw_fit, fit_labels)
    states = {"without": 1.0, "shipped": built_in, "fitted": found.fitted}
    return {
        "images": len(labels),
        "validation_images": len(fit_labels),
        "temperature_built_in": round(built_in, 5),
        "temperature_fitted": round(found.fitted, 5),
        "worth_building_in": found.temperature != 1.0,
        "validation": found.to_dict(),
        **{state: _figures(task, at_temperature(raw, value), labels) for state, value in states.items()},
    }


def _figures(task: str, scores: NDArray[np.float32], labels: NDArray[np.int64]) -> dict:
    confidences, right = top_scores(task, scores, labels)
    bins = reliability(confidences, right)
    figures = {
        "ece": calibration_error(bins),
        "ece_adaptive": calibration_error(reliability(confidences, right, adaptive=True)),
        "nll": negative_log_likelihood(log_scores(scores), labels),
        "confidence": float(confidences.mean()),
        "accuracy": float(right.mean()),
    }
    if task == "age":
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
            as_table(heading, rows),
            "",
            f"Test images: {counts} (expression: PrivateTest alone, for the temperature is fitted on PublicTest).",
            f"ECE: {BINS} bins of equal width; adaptive: {BINS} bins of as many images each. Ages are judged by decade,",
            "their NLL by year.",
        ]
    )


def draw_reliability(figures: dict[str, dict], path: Path) -> None:
    """Reliability diagrams, one column a task: above without temperature, below with it.

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
        scaled = f"T = {temperature:.2f}" + ("" if one["worth_building_in"] else ", not built in: no gain")
        for row, (state, name) in enumerate((("without", STATES["without"]), (after, scaled))):
            _draw_diagram(grid[row, column], one[state], f"{task}{' (decades)' if task == 'age' else ''}: {name}")
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
