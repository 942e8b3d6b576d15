"""`python run.py evaluate --data DIR`: the paper's tables 1-3 for the models that ship."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import Choice, main_of, version_option
from train.commands.options import data_option, figures_option, json_option, models_option, tasks_option


@click.command()
@version_option
@data_option
@models_option
@tasks_option
@click.option(
    "--format",
    "file_format",
    type=Choice(("int8", "keras", "saved-model")),
    default="int8",
    show_default=True,
    help="int8: what ships; the others lie in models/ after a training.",
)
@click.option("--live-path", is_flag=True, help="Through JPEG, detection and alignment, as a camera's frames go.")
@click.option("--pictures", is_flag=True, help="The same, as pictures by themselves go: several looks at each face.")
@click.option("--every", type=click.IntRange(min=1), default=1, metavar="N", help="Judge each N-th image alone.")
@json_option
@figures_option
def command(
    *,
    data: Path,
    models: Path,
    tasks: tuple[str, ...],
    file_format: str,
    live_path: bool,
    pictures: bool,
    every: int,
    json: Path | None,
    figures: Path | None,
) -> None:
    """Measure the models on the held-out test images."""
    if live_path and pictures:
        raise click.UsageError("--live-path and --pictures are two ways: choose one")
    if (live_path or pictures) and file_format != "int8":
        raise click.UsageError("--live-path and --pictures measure what the server runs: leave --format at int8")
    from train.evaluation.evaluate import Options, evaluate

    evaluate(Options(data, models, tasks, file_format, live_path, pictures, every, json, figures))


if __name__ == "__main__":
    main_of(command, "run.py evaluate")
