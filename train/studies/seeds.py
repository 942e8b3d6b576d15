"""`python run.py study seeds --data DIR`: how much two trainings of one recipe differ, with the same seed and with others.

A difference between two networks means something only beyond this. What is trained is the recipe as it stands,
from the same start; the float32 networks are measured on the test images, so that training alone is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from cli.figures import table
from cli.progress import progress
from train.data.datasets import FaceDataset
from train.evaluation.metrics import evaluate_scores
from train.fit.prerequisites import train_recipe
from train.fit.training import load_data
from train.networks.residual import keras_scores, single_output
from train.recipe import Recipe, load_recipe
from train.studies.common import StudyOptions, deliver_study, headline
from vision.tasks import MODELS_DIR, TASKS


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is trained how often.

    Attributes:
        task: of the recipe.
        recipe: a file in train/recipes/, or `paper`; None for the task's own.
        epochs: in place of the recipe's.
        same: trainings with the recipe's own seed, 2 or more.
        others: trainings with other seeds.
        runs: folder of the training runs.
        precision: Keras's name of the policy.
    """

    task: str = "gender"
    recipe: str | None = None
    epochs: int | None = None
    same: int = 2
    others: int = 1
    runs: Path = MODELS_DIR.parent / "runs"
    precision: str = "float32"


@dataclass(frozen=True)
class Run:
    """One training of the recipe.

    Attributes:
        seed: of its weights, order and augmentation.
        figures: accuracy, macro F1 and, for age, MAE on the test images.
        classes: the class (N,) that it gives each test image.
    """

    seed: int
    figures: dict[str, float]
    classes: NDArray[np.int64]


def run(options: Options) -> None:
    """Run the study; raises as the loaders and the training do."""
    keras.mixed_precision.set_global_policy(options.precision)
    recipe = _recipe(options)
    data = load_data(recipe, options.data)
    seeds = [recipe.seed] * options.same + [recipe.seed + 1 + number for number in range(options.others)]
    trainings = [(seed, seeds[:number].count(seed)) for number, seed in enumerate(seeds)]
    steps = progress(
        trainings, "trainings", lambda one: f"seed {one[0]}, run {one[1] + 1}, in {_folder(options, *one)}"
    )
    runs = [_run(recipe, seed, number, data, options) for seed, number in steps]
    figures = {
        "recipe": _name(options),
        "task": recipe.task,
        "epochs": recipe.epochs,
        "precision": options.precision,
        "images": len(data.for_testing()),
        "runs": [{"seed": run.seed} | run.figures for run in runs],
        "same_seed": _apart(runs[: options.same]),
    }
    if options.others:
        # One run of each seed: what chance the first weights, the order and the augmentation leave.
        figures["other_seeds"] = _apart([runs[0], *runs[options.same :]])
    deliver_study("seeds", figures, _table(figures), options.json)


def _name(options: Options) -> str:
    return f"paper_{options.task}" if options.recipe == "paper" else options.recipe or options.task


def _recipe(options: Options) -> Recipe:
    name = _name(options)
    recipe = load_recipe(name)
    if recipe.task != options.task:
        raise ValueError(f"the recipe {name!r} trains {recipe.task}, not {options.task}")
    return replace(recipe, epochs=options.epochs) if options.epochs else recipe


def _folder(options: Options, seed: int, number: int) -> Path:
    return options.runs / "seeds" / f"{_name(options)}-{seed}-{number}"


def _run(recipe: Recipe, seed: int, number: int, data: FaceDataset, options: Options) -> Run:
    """Train once, or find the run finished, and measure it."""
    folder = _folder(options, seed, number)
    trained = train_recipe(replace(recipe, seed=seed), data, options.data, options.runs, folder)
    network = single_output(trained, recipe.task)
    test = data.for_testing()
    scores = keras_scores(network, test.images)
    task = TASKS[recipe.task]
    report = evaluate_scores(task, scores, test.labels[task.name])
    return Run(seed, headline(report), task.predicted(scores))


def _apart(runs: Sequence[Run]) -> dict[str, float]:
    """The largest difference between any two of the runs, in points of accuracy, and how they answer image by image."""
    pairs = list(combinations(runs, 2))
    alike = [float((one.classes == other.classes).mean()) for one, other in pairs]
    differences = [abs(one.figures["accuracy"] - other.figures["accuracy"]) for one, other in pairs]
    found = {
        "runs": len(runs),
        "largest_difference_points": round(100 * max(differences), 3),
        "share_answered_alike": round(float(np.mean(alike)), 5),
    }
    if "mae" in runs[0].figures:
        errors = [one.figures["mae"] for one in runs]
        found["largest_difference_mae_years"] = round(max(errors) - min(errors), 4)
    return found


def _table(figures: dict) -> str:
    rows = [
        [f"seed {one['seed']}", f"{100 * one['accuracy']:.2f} %", f"{one['macro_f1']:.3f}"] for one in figures["runs"]
    ]
    lines = [table(rows, [f"{figures['recipe']}, {figures['epochs']} epochs", "accuracy", "macro F1"])]
    for name in ("same_seed", "other_seeds"):
        if name in figures:
            one = figures[name]
            lines.append(
                f"{name.replace('_', ' ')}: at most {one['largest_difference_points']:.2f} points apart, "
                f"{100 * one['share_answered_alike']:.1f} % of {figures['images']:,} images answered alike"
            )
    return "\n".join(lines)
