"""What measuring commands give: a table for people, and JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def table(rows: Sequence[Sequence[object]], heading: Sequence[object] = ()) -> str:
    """Rows of cells as aligned text: the first column to the left, the others to the right.

    Args:
        rows: floats are shown with two decimals; a row may end early.
        heading: stands above, underlined.
    """
    lines = [[_cell(cell) for cell in row] for row in ([heading, *rows] if heading else rows)]
    widths = [max(len(line[column]) for line in lines if column < len(line)) for column in range(max(map(len, lines)))]
    texts = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
    if heading:
        texts.insert(1, "-" * max(map(len, texts)))
    return "\n".join(texts)


def deliver(figures: Mapping[str, object], shown: str, path: Path | None) -> None:
    """Print what people read and, if a file was named, write what machines read.

    Args:
        figures: what can be written as JSON.
        shown: the table.
        path: `--json`; its folder is made if it is not there.
    """
    print(shown)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"\nfigures written to {path}")


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = zip(line, widths, strict=False)
    return [cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(cells)]


def _cell(cell: object) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
