"""What the studies share: their options, and how they deliver."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from vision.tasks import MODELS_DIR

RESULTS_DIR = MODELS_DIR / "studies"
"""Where the committed results lie: `<study>.json` and the figures drawn from it."""


def study_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with the options that all studies have: --data, --models, --json, --figures."""
    parser = argparse.ArgumentParser(f"run.py study {name}", description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds fer2013.zip and utkface.zip")
    parser.add_argument("--models", type=Path, default=MODELS_DIR, help="default: models/")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="draw them there as PNG")
    return parser


def deliver(study: str, figures: dict, table: str, path: Path | None) -> None:
    """Print a table for people and, if asked, write the figures as JSON, with what they were measured on."""
    print(table)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {"study": study, "machine": f"{platform.machine()}, {os.cpu_count()} CPUs"}
        path.write_text(json.dumps(about | figures, indent=1) + "\n", encoding="utf-8")


def as_table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows under a heading, the first column to the left, the others to the right."""
    texts = [list(map(str, row)) for row in (heading, *rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heading))]
    lines = []
    for row in texts:
        cells = [
            f"{text:<{width}}" if not i else f"{text:>{width}}"
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
