"""`python run.py study pretraining --data DIR`: what weights learnt elsewhere are worth on these faces.

One published network is trained twice alike, from random weights and from those it was published with, beside the residual network of the task's
short recipe; all on the same images, for the same number of epochs. The float32 networks are measured on the test images and, for gender and
age, on FairFace's `val`, whose people come from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from cli.figures import table
from cli.progress import progress
from train.data.datasets import FaceDataset
from train.data.fairface import find_fairface, load_fairface
from train.evaluation.fairface import FAIRFACE_FIGURES
from train.evaluation.metrics import evaluate_scores
from train.fit.prerequisites import train_recipe
from train.fit.training import load_data
from train.networks.backbones import with_backbone
from train.networks.published import FACES, IMAGENET, NONE, published_backbone
from train.networks.residual import keras_scores, single_output
from train.recipe import Recipe, load_recipe
from train.studies.common import StudyOptions, deliver_study, headline
from vision.tasks import MODELS_DIR, TASKS

HEAD_EPOCHS = 1
"""Of the epochs with published weights, those in which the new heads learn alone."""

_WEIGHTS = {IMAGENET: "ImageNet's weights", FACES: "weights for recognizing faces"}


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is trained.

    Attributes:
        task: whose short recipe.
        backbone: a name in `train.networks.published.BACKBONES`.
        weights: a file's path in place of what the backbone was published with.
        epochs: of each training, those of the heads alone included; 2 or more.
        size: side of the crop in pixels; None for the recipe's.
        runs: folder of the training runs.
        precision: Keras's name of the policy.
    """

    task: str = "gender"
    backbone: str = "efficientnet-lite0"
    weights: str | None = None
    epochs: int = 4
    size: int | None = None
    runs: Path = MODELS_DIR.parent / "runs"
    precision: str = "float32"


@dataclass(frozen=True)
class Training:
    """One of the trainings that are compared.

    Attributes:
        title: what is trained, for people.
        folder: the run's, after the task's name.
        recipe: of the run.
    """

    title: str
    folder: str
    recipe: Recipe


def run(options: Options) -> None:
    """Run the study; raises as the loaders and the training do."""
    keras.mixed_precision.set_global_policy(options.precision)
    trainings = trainings_of(options)
    recipe = trainings[0].recipe  # all have its size
    data, elsewhere = load_data(recipe, options.data), _elsewhere(recipe, options.data)
    steps = progress(trainings, "trainings", lambda one: one.title)
    rows = [{"network": one.title} | _measured(one, data, elsewhere, options) for one in steps]
    figures = {
        "task": options.task,
        "epochs": options.epochs,
        "size": recipe.size,
        "precision": options.precision,
        "trained_on": len(data.for_training()),
        "images": len(data.for_testing()),
        "networks": rows,
    }
    deliver_study("pretraining", figures, _table(figures), options.json)


def trainings_of(options: Options) -> list[Training]:
    """What is trained; all see the same images for the same number of epochs."""
    short = load_recipe(f"{options.task}_short")
    short = replace(short, epochs=options.epochs, size=options.size or short.size)
    published = published_backbone(options.backbone).learnt
    learnt = with_backbone(short, options.backbone, options.weights or published, HEAD_EPOCHS)
    return [
        Training("residual network, random weights", "residual", short),
        Training(f"{options.backbone}, random weights", NONE, with_backbone(short, options.backbone, NONE)),
        Training(
            f"{options.backbone}, {_WEIGHTS[published]}",
            published,
            replace(learnt, epochs=options.epochs - HEAD_EPOCHS),
        ),
    ]


def _measured(training: Training, data: FaceDataset, elsewhere: FaceDataset | None, options: Options) -> dict[str, Any]:
    """Train once, or find the run finished, and measure it, on FairFace's images too where there are any."""
    recipe, folder = training.recipe, options.runs / "pretraining" / f"{options.task}-{training.folder}"
    trained = train_recipe(recipe, data, options.data, options.runs, folder)
    network, task, test = single_output(trained, recipe.task), TASKS[recipe.task], data.for_testing()
    report = evaluate_scores(task, keras_scores(network, test.images), test.labels[task.name])
    figures: dict[str, Any] = {"parameters": network.count_params()} | headline(report)
    if elsewhere is not None:
        found = FAIRFACE_FIGURES[task](keras_scores(network, elsewhere.images), elsewhere)
        figures["fairface"] = {name: found[name] for name in ("accuracy", "images", "low", "high")}
    return figures


def _elsewhere(recipe: Recipe, data: Path) -> FaceDataset | None:
    """FairFace's `val`, cropped for a recipe; None where FairFace is not there, or for expression."""
    source, task = find_fairface(data), TASKS[recipe.task]
    if source is None or task not in FAIRFACE_FIGURES:
        return None
    return load_fairface(source, task.geometry(recipe.size), ("test",))


def _table(figures: dict[str, Any]) -> str:
    rows = [
        [
            one["network"],
            f"{one['parameters'] / 1e6:.2f} M",
            f"{100 * one['accuracy']:.1f} %",
            f"{one['macro_f1']:.3f}",
            f"{100 * one['fairface']['accuracy']:.1f} %" if "fairface" in one else "–",
        ]
        for one in figures["networks"]
    ]
    title = f"{figures['task']}, {figures['epochs']} epochs"
    return table(rows, [title, "weights", "accuracy", "macro F1", "FairFace"])
