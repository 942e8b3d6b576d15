"""The options that several benchmarks have, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.command import Choice
from cli.paths import OutputFile
from webapp.config import ASYNC_MODES

PATH: Final = click.Path(path_type=Path)
ABOVE_ZERO: Final = click.FloatRange(0, min_open=True)

json_option = click.option("--json", type=OutputFile(), metavar="FILE", help="Also write the figures there, as JSON.")
models_option = click.option("--models", type=PATH, metavar="DIR", help="Folder of the models (default: models/).")
fps_option = click.option(
    "--fps", type=ABOVE_ZERO, default=30, show_default=True, help="Frames a second that a camera gives."
)
async_mode_option = click.option(
    "--async-mode", type=Choice(ASYNC_MODES), default="eventlet", show_default=True, help="As of `serve`."
)
workers_option = click.option(
    "--workers", type=click.IntRange(min=1), help="Inference processes (default: the server's own)."
)


def server_flags(async_mode: str, workers: int | None) -> list[str]:
    """Flags of `serve` for what `--async-mode` and `--workers` chose."""
    return ["--async-mode", async_mode, *(["--workers", str(workers)] if workers is not None else [])]
