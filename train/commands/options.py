"""The options that several commands have, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.command import Choice
from vision.tasks import MODELS_DIR, TASKS

RUNS: Final = MODELS_DIR.parent / "runs"
PRECISIONS: Final = ("float32", "mixed_bfloat16", "mixed_float16")

FILE: Final = click.Path(path_type=Path)
"""A path that need not be there yet; what it must be, the command says itself."""

data_option = click.option(
    "--data", type=FILE, metavar="DIR", required=True, help="Folder that holds fer2013.zip and utkface.zip."
)
models_option = click.option(
    "--models", type=FILE, metavar="DIR", default=MODELS_DIR, help="Folder of the models (default: models/)."
)
runs_option = click.option(
    "--runs", type=FILE, metavar="DIR", default=RUNS, help="Where training runs live and resume (default: runs/)."
)
json_option = click.option("--json", type=FILE, metavar="FILE", help="Write the figures there.")
figures_option = click.option("--figures", type=FILE, metavar="DIR", help="Draw the figures there as PNG.")
task_argument = click.argument("task", type=Choice(tuple(TASKS)))
tasks_option = click.option(
    "--task",
    "tasks",
    type=Choice(tuple(TASKS)),
    multiple=True,
    default=tuple(TASKS),
    help="Only this task (may be repeated).",
)
precision_option = click.option(
    "--precision",
    type=Choice(PRECISIONS),
    default="float32",
    show_default=True,
    help="mixed_bfloat16 is 1.6 times as fast on CPUs with AVX-512 BF16.",
)
