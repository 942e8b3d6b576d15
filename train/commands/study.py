"""`python run.py study NAME --data DIR`: one question about the models, answered with figures."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from cli.command import Choice, main_of, version_option
from train.commands.options import (
    BACKBONES,
    OUTPUT_FOLDER,
    PATH,
    data_option,
    figures_option,
    json_option,
    models_option,
    precision_option,
    runs_option,
    tasks_option,
)
from train.studies import STUDIES
from vision.tasks import TASKS

METHODS = ("hog_svm", "lbp_logistic", "eigenfaces_svm")

rounds_option = click.option(
    "--rounds", type=click.IntRange(min=1), default=300, show_default=True, help="Faces that each model is timed on."
)


one_task_option = click.option("--task", type=Choice(tuple(TASKS)), default="gender", show_default=True)


@click.group()
@version_option
def command() -> None:
    """Answer one question about the models with figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's notes on CPU instructions are no use here


def study(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command of the group with the options that all studies have: --data, --models, --json, --figures."""

    def add(function: Callable[..., Any]) -> click.Command:
        for option in (figures_option, json_option, models_option, data_option):
            function = option(function)
        return command.command(name, short_help=STUDIES[name])(function)

    return add


@study("conventional")
@tasks_option
@click.option(
    "--method", "methods", type=Choice(METHODS), multiple=True, default=METHODS, help="Only this (may be repeated)."
)
@click.option(
    "--training-images", type=click.IntRange(min=1), metavar="N", help="Fit on so many alone, for a quick try."
)
@rounds_option
def conventional(**options: Any) -> None:
    """Measure conventional methods beside the CNNs, on the same images."""
    from train.studies.conventional.study import Options, run

    run(Options(**options))


@study("compression")
@tasks_option
@click.option(
    "--prune",
    type=click.FloatRange(0, 1, max_open=True),
    multiple=True,
    default=(0.25, 0.5),
    metavar="SHARE",
    help="Share of the blocks' inner channels to remove (may be repeated; default: 0.25 and 0.5; 0: no pruning).",
)
@click.option(
    "--epochs", type=click.IntRange(min=1), default=2, show_default=True, help="Of fine-tuning after pruning."
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    default=3e-4,
    show_default=True,
    help="Of fine-tuning, at its peak.",
)
@runs_option
@rounds_option
def compression(**options: Any) -> None:
    """Measure one network in several sizes, which `train` must have left as model.keras."""
    from train.studies.compression.study import Options, run

    run(Options(**options))


@study("robustness")
@click.option(
    "--images",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    metavar="N",
    help="Test images a task, chosen by a fixed seed; 0 for all. The crop's row always takes all.",
)
@click.option("--crop-only", is_flag=True, help="Only the crop that is off, on all test images.")
@click.option(
    "--compare",
    type=PATH,
    metavar="PATH",
    help="Other models, drawn dashed: a models folder, the folder of a training run, or a .keras file.",
)
@click.option(
    "--examples",
    type=OUTPUT_FOLDER,
    metavar="DIR",
    help="Show there what the corruptions look like: pictures of people from the data, never to be committed.",
)
def robustness(**options: Any) -> None:
    """Measure accuracy under light, blur, noise, compression, angle, occlusion and poor crops."""
    from train.studies.robustness.study import Options, run

    run(Options(**options))


@study("fairness")
@click.option("--compare", type=PATH, metavar="DIR", help="Older models, to show what narrowed the gaps.")
@click.option(
    "--least",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    metavar="N",
    help="Smallest group that counts towards a gap.",
)
def fairness(**options: Any) -> None:
    """Measure gender and age on UTKFace's test images by gender, race and age band.

    UTKFace's race field holds the data's own five words, given to pictures by their look; they are used here to find
    out whom the models serve badly, not as a statement about people.
    """
    from train.studies.fairness.study import Options, run

    run(Options(**options))


@study("calibration")
def calibration(**options: Any) -> None:
    """Measure whether confidence and accuracy agree: fitted on validation images, measured on test images."""
    from train.studies.calibration import Options, run

    run(Options(**options))


@study("detection")
@click.option(
    "--faces", type=click.IntRange(min=1), default=240, show_default=True, metavar="N", help="Of each size, at most."
)
@click.option(
    "--crops",
    type=click.IntRange(min=1),
    default=24,
    show_default=True,
    metavar="N",
    help="Of each picture without a face.",
)
def detection(**options: Any) -> None:
    """Measure what a face must score: false faces and missed ones, in pictures by themselves.

    The faces are validation images, set into pictures without a face. Those come with scikit-image and scikit-learn.
    """
    from train.studies.detection import Options, run

    run(Options(**options))


@study("pretraining")
@one_task_option
@click.option("--backbone", type=Choice(BACKBONES), default="efficientnet-lite0", show_default=True)
@click.option(
    "--weights",
    metavar="FILE",
    help="In place of the weights that the backbone was published with.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=2),
    default=4,
    show_default=True,
    help="Of each training; with published weights the first is of the new heads alone.",
)
@click.option("--size", type=click.IntRange(min=32), help="Side of the crop in pixels, instead of the short recipe's.")
@runs_option
@precision_option
def pretraining(**options: Any) -> None:
    """Train a published network with and without its weights, and our own beside it."""
    from train.studies.pretraining import Options, run

    run(Options(**options))


@study("seeds")
@one_task_option
@click.option(
    "--recipe", metavar="NAME", help="File in train/recipes/ (default: the task's; `paper`: as the paper did)."
)
@click.option("--epochs", type=click.IntRange(min=1), help="Instead of the recipe's.")
@click.option(
    "--same", type=click.IntRange(min=2), default=2, show_default=True, help="Trainings with the recipe's own seed."
)
@click.option("--others", type=click.IntRange(min=0), default=1, show_default=True, help="Trainings with other seeds.")
@runs_option
@precision_option
def seeds(**options: Any) -> None:
    """Train one recipe several times, and measure how far apart the results are."""
    from train.studies.seeds import Options, run

    run(Options(**options))


if __name__ == "__main__":
    main_of(command, "run.py study")
