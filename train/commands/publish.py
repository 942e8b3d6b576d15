"""`python run.py publish TASK --data DIR`: a shipped file's figures, card and confusion matrix anew."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import main_of, version_option
from train.commands.options import OUTPUT_FOLDER, data_option, task_argument
from vision.tasks import MODELS_DIR, TASKS


@click.command()
@version_option
@task_argument
@data_option
@click.option(
    "--models", type=OUTPUT_FOLDER, metavar="DIR", default=MODELS_DIR, help="Folder of the models (default: models/)."
)
def command(*, task: str, data: Path, models: Path) -> None:
    """Measure a shipped model again, and write its figures, card and confusion matrix anew.

    For when the way of measuring has changed, or the machine was busy. What is written of its training stays.
    """
    from train.export.publish import evaluate_again

    evaluate_again(TASKS[task], data, models)


if __name__ == "__main__":
    main_of(command, "run.py publish")
