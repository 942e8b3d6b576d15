"""The options that several commands have, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.command import Choice
from cli.paths import OutputFile, OutputFolder
from vision.tasks import MODELS_DIR, TASKS

RUNS: Final = MODELS_DIR.parent / "runs"
BACKBONES: Final = (
    "efficientnet-lite0",
    "efficientnetv2-b0",
    "face-resnet",
    "resnet50v2",
    "mobilenetv3-small",
    "mobilenetv3-large",
)
PRECISIONS: Final = ("float32", "mixed_bfloat16", "mixed_float16")

PATH: Final = click.Path(path_type=Path)
"""A path to read; what is wrong with it, its reader says."""

OUTPUT_FILE: Final = OutputFile()
OUTPUT_FOLDER: Final = OutputFolder()

data_option = click.option(
    "--data", type=PATH, metavar="DIR", required=True, help="Folder that holds fer2013.zip and utkface.zip."
)
models_option = click.option(
    "--models", type=PATH, metavar="DIR", default=MODELS_DIR, help="Folder of the models (default: models/)."
)
runs_option = click.option(
    "--runs",
    type=OUTPUT_FOLDER,
    metavar="DIR",
    default=RUNS,
    help="Where training runs live and resume (default: runs/).",
)
json_option = click.option("--json", type=OUTPUT_FILE, metavar="FILE", help="Write the figures there.")
figures_option = click.option("--figures", type=OUTPUT_FOLDER, metavar="DIR", help="Draw the figures there as PNG.")
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
