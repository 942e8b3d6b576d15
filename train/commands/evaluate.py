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
@json_option
@figures_option
def command(
    *,
    data: Path,
    models: Path,
    tasks: tuple[str, ...],
    file_format: str,
    live_path: bool,
    json: Path | None,
    figures: Path | None,
) -> None:
    """Measure the models on the held-out test images."""
    if live_path and file_format != "int8":
        raise click.UsageError("--live-path measures what the server runs: leave --format at int8")
    from train.evaluation.evaluate import Options, evaluate

    evaluate(Options(data, models, tasks, file_format, live_path, json, figures))


if __name__ == "__main__":
    main_of(command, "run.py evaluate")
