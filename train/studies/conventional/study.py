"""`python run.py study conventional --data DIR`: HOG, LBP and eigenfaces against the CNNs that ship.

All learn from the same training images, without the duplicates of test images. What must be chosen (C, alpha)
is chosen on the validation images: FER2013's PublicTest, UTKFace's slice held out of training. The test
images serve for measuring only. PublicTest is also a part of FER2013's 7,178, so PrivateTest's figures stand apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cli.figures import table
from cli.progress import progress
from train.data.datasets import FaceDataset
from train.data.loaders import load_task, load_test
from train.evaluation.evaluate import evaluate_int8
from train.evaluation.timing import interleaved_medians
from train.studies.common import StudyOptions, deliver_study
from train.studies.conventional.methods import METHODS, Fitted, Method, features_of, fit
from vision.classifiers import Classifier
from vision.tasks import TASKS, Task

matplotlib.use("agg")
from matplotlib import pyplot

CNN = "cnn"

SIZES = {"FER2013": 48, "UTKFace": 64}
"""Side of the crop that the methods see: FER2013's own, and for UTKFace what keeps their features few."""

SUBSETS: dict[str, Callable[[FaceDataset], NDArray[np.bool_]]] = {
    "private_test": lambda data: data.split == "private_test",
    "without_twins": lambda data: ~data.duplicate,
}


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is measured.

    Attributes:
        tasks: `expression`, `age`, `gender`, or some of them.
        methods: names in `METHODS`.
        training_images: fit on so many alone; None for all.
        rounds: faces that each method is timed on.
    """

    tasks: Sequence[str] = tuple(TASKS)
    methods: Sequence[str] = tuple(METHODS)
    training_images: int | None = None
    rounds: int = 300


def run(options: Options) -> None:
    """Run the study; raises as the loaders and the models do."""
    tasks = [task for name, task in TASKS.items() if name in options.tasks]
    methods = {name: method for name, method in METHODS.items() if name in options.methods}
    figures: dict[str, dict[str, dict]] = {}
    # Tasks of one dataset share their images, and so their features.
    for dataset in SIZES:
        wanted = [task for task in tasks if task.dataset == dataset]
        if wanted:
            figures |= _study(wanted, methods, options)
    figures = {task.name: figures[task.name] for task in tasks}
    shown = "\n\n".join(_table(name, ones) for name, ones in figures.items())
    deliver_study("conventional", {"tasks": figures}, shown, options.json)
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw(figures, options.figures / "conventional.png")


def _study(tasks: Sequence[Task], methods: dict[str, Method], options: Options) -> dict[str, dict[str, dict]]:
    """Every method and the CNN on tasks that share a dataset: task -> name -> figures."""
    side = SIZES[tasks[0].dataset]
    data = load_task(tasks[0], options.data, tasks[0].geometry(side))
    training, validation, test = _first(data.for_training(), options), data.for_validation(), data.for_testing()
    fitted: dict[str, dict[str, Fitted]] = {task.name: {} for task in tasks}
    figures: dict[str, dict[str, dict]] = {task.name: {} for task in tasks}
    for name in progress(methods, "methods", lambda name: methods[name].title):
        method = methods[name]
        learnt, watched, tested = (features_of(method, part.images) for part in (training, validation, test))
        for task in tasks:
            one = fit(method, task, (learnt, training), (watched, validation))
            years = one.years(tested) if task.has_years else None
            fitted[task.name][name] = one
            figures[task.name][name] = {"title": method.title, "features": learnt.shape[1], "side": side} | one.chosen
            figures[task.name][name] |= _all_figures(task, test, one.classes(tested), years)
    for task in tasks:
        cnn, crops = _evaluate_cnn(task, options)
        figures[task.name][CNN] = cnn
        for name, milliseconds in _time(fitted[task.name], test, crops, options).items():
            figures[task.name][name]["ms_per_face"] = round(milliseconds, 3)
    return figures


def _first(training: FaceDataset, options: Options) -> FaceDataset:
    """All training images, or as many as are asked for, drawn evenly."""
    if options.training_images is None:
        return training
    order = np.random.default_rng(0).permutation(len(training))
    return training.where(order < options.training_images)


def _all_figures(task: Task, test: FaceDataset, classes: NDArray[np.int64], years: NDArray | None) -> dict:
    """A method's figures on all test images and on the subsets that the literature names."""
    figures = _figures(task, test, classes, years, np.ones(len(test), np.bool_))
    for name, members in SUBSETS.items():
        mask = members(test)
        if mask.any():
            figures[name] = _figures(task, test, classes, years, mask)
    return figures


def _figures(task: Task, test: FaceDataset, classes: NDArray, years: NDArray | None, mask: NDArray[np.bool_]) -> dict:
    labels = test.labels[task.name][mask]
    right = task.class_of(labels)
    every = range(len(task.labels))
    macro = f1_score(right, classes[mask], labels=every, average="macro", zero_division=0)
    figures = {
        "accuracy": round(float(accuracy_score(right, classes[mask])), 5),
        "macro_f1": round(float(macro), 5),
        "images": int(mask.sum()),
    }
    return figures if years is None else figures | {"mae": round(float(np.abs(years[mask] - labels).mean()), 4)}


def _evaluate_cnn(task: Task, options: Options) -> tuple[dict, tuple[Classifier, NDArray[np.uint8]]]:
    """The shipped CNN's figures; with it, for timing, the test images as it wants them."""
    classifier = Classifier.shipped(task, options.models)
    test = load_test(task, options.data, classifier.geometry)
    _, all_figures = evaluate_int8(task, task.model(options.models), test)
    kept = ("accuracy", "macro_f1", "images", "mae", *SUBSETS)
    figures = {"title": "CNN, int8 (ships)", "side": classifier.geometry.size}
    return figures | {key: all_figures[key] for key in kept if key in all_figures}, (classifier, test.images)


def _time(
    fitted: dict[str, Fitted],
    test: FaceDataset,
    cnn: tuple[Classifier, NDArray[np.uint8]],
    options: Options,
) -> dict[str, float]:
    """Milliseconds from a crop to the answer, one face at a time on one thread, all in turns."""
    classifier, crops = cnn
    runs: dict[str, Callable[[int], object]] = {CNN: lambda number: classifier.scores(crops[number])}
    for name, one in fitted.items():
        runs[name] = lambda number, one=one: one.answer(test.images[number])  # type: ignore[misc]
    with threadpool_limits(1):
        return interleaved_medians(runs, min(options.rounds, len(crops)))


def _table(task: str, figures: dict[str, dict]) -> str:
    columns: dict[str, Callable[[dict], str]] = {
        "accuracy": lambda one: f"{100 * one['accuracy']:.2f} %",
        "macro F1": lambda one: f"{one['macro_f1']:.3f}",
    }
    known = set.intersection(*(set(one) for one in figures.values()))
    if "private_test" in known:
        columns["PrivateTest"] = lambda one: f"{100 * one['private_test']['accuracy']:.2f} %"
    if "mae" in known:
        columns["MAE"] = lambda one: f"{one['mae']:.2f}"
    columns["ms a face"] = lambda one: f"{one['ms_per_face']:.2f}"
    rows = [[one["title"], *(cell(one) for cell in columns.values())] for one in figures.values()]
    return table(rows, [task, *columns])


def draw(figures: dict[str, dict[str, dict]], path: Path) -> None:
    """Accuracy over milliseconds a face, one panel a task: up and to the left is better."""
    figure, panels = pyplot.subplots(
        1, len(figures), figsize=(1 + 3.6 * len(figures), 4), layout="constrained", squeeze=False
    )
    for axes, (task, methods) in zip(panels[0], figures.items(), strict=True):
        for number, (name, one) in enumerate(methods.items()):
            marker, colour = ("*", "C3") if name == CNN else ("o", f"C{number}" if number < 3 else "C4")
            axes.scatter(
                one["ms_per_face"], 100 * one["accuracy"], s=140, marker=marker, color=colour, label=one["title"]
            )
        axes.set(title=task, xlabel="ms a face, one thread", ylabel="accuracy on test images, %")
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
    panels[0][0].legend(loc="best", fontsize=8)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
