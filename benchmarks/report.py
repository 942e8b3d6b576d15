"""What all measuring commands share: their flags, their tables for people, their JSON for machines."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

CPU_INFO: Final = Path("/proc/cpuinfo")


def parser(command: str, about: str) -> argparse.ArgumentParser:
    """An argument parser with what every command takes.

    Args:
        command: its name, as in `run.py bench NAME`.
        about: one sentence for `--help`.
    """
    made = argparse.ArgumentParser(
        f"run.py bench {command}", description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there, as JSON")
    return made


def machine() -> dict[str, object]:
    """Where it was measured, so that figures are compared with their like."""
    return {
        "cpu": _cpu_name(),
        "cores": _usable_cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def table(rows: Sequence[Sequence[object]], heading: Sequence[str] = ()) -> str:
    """Rows of cells as aligned text: the first column to the left, the others to the right."""
    lines = [[_cell(cell) for cell in row] for row in ([heading, *rows] if heading else rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(max(map(len, lines)))]
    return "\n".join(
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=False)) for line in lines)
    )


def report(title: str, figures: Mapping[str, Any], path: Path | None) -> None:
    """Print any figures, one row each (nested ones by their keys), and write them as JSON if a file was named.

    Args:
        title: what was measured, above the table.
        figures: by the keys of DESIGN.md; the machine is added.
        path: `--json`.
    """
    figures = {**figures, "machine": machine()}
    deliver(figures, f"{title}\n\n{table(list(_rows(figures)))}", path)


def deliver(figures: Mapping[str, object], shown: str, path: Path | None) -> None:
    """Print what people read and, if a file was named, write what machines read.

    Args:
        figures: by the keys of DESIGN.md.
        shown: the table.
        path: `--json`; its folder is made if it is not there.
    """
    print(shown)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print(f"\nfigures written to {path}")


def _rows(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in figures.items():
        name = f"{above}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _rows(value, f"{name}: ")
        else:
            yield name, "none" if value is None else value


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _cpu_name() -> str:
    try:
        lines = CPU_INFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _usable_cores() -> int:
    # A container or taskset may leave fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
