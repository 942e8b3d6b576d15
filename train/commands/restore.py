"""`python run.py restore RECIPE --data DIR`: a shipped int8 file back into the float network of a finished run."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import main_of, version_option
from train.commands.options import PATH, data_option, runs_option


@click.command()
@version_option
@click.argument("recipe")
@data_option
@click.option("--model", type=PATH, metavar="FILE", help="The .tflite file (default: the task's in models/).")
@runs_option
def command(*, recipe: str, data: Path, model: Path | None, runs: Path) -> None:
    """Read a shipped int8 file back into a finished run of RECIPE, a file in train/recipes/.

    Training can then go on from it without the hours before it.
    """
    from train.export.restore import restore_run

    restore_run(recipe, data, model, runs)


if __name__ == "__main__":
    main_of(command, "run.py restore")
