"""What all benchmarks share: the description of the machine, and figures as a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cli.figures import deliver, table

CPU_INFO: Final = Path("/proc/cpuinfo")


def machine() -> dict[str, object]:
    """The machine, which figures depend on."""
    return {
        "cpu": _cpu_name(),
        "cores": _usable_cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def report(title: str, figures: Mapping[str, Any], path: Path | None) -> None:
    """Print any figures, one row each (nested ones by their keys), and write them as JSON if a file was named.

    Args:
        title: what was measured, above the table.
        figures: by the keys of the JSON; the machine is added.
        path: `--json`.
    """
    figures = {**figures, "machine": machine()}
    deliver(figures, f"{title}\n\n{table(list(_rows(figures)))}", path)


def _rows(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in figures.items():
        name = f"{above}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _rows(value, f"{name}: ")
        else:
            yield name, "none" if value is None else value


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
