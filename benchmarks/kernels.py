"""`run.py bench kernels`: decode, short-range detection and the three CNNs by themselves, and the server as a ratio to them."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks import report
from benchmarks.frames import measure
from benchmarks.harness.serving import serving
from benchmarks.options import async_mode_option, json_option, server_flags, workers_option
from cli.figures import deliver, table

NAMES = ("decode", "short_range", "expression_cnn", "age_cnn", "gender_cnn", "together")


@click.command()
@click.option(
    "--frames", type=click.IntRange(min=1), default=300, show_default=True, help="Frames that the server gets."
)
@async_mode_option
@workers_option
@json_option
def command(*, frames: int, async_mode: str, workers: int | None, json: Path | None) -> None:
    """Measure the kernels of a 640×480 one-face frame in a hot loop, one thread, and the server's CPU time as a ratio to them.

    The server counts as a whole: the web process and its workers, for each acknowledged frame. Both are measured in turn,
    so that the ratio holds while other programs run.
    """
    with serving(*server_flags(async_mode, workers)) as server:
        measured = measure(server, frames, fps=30)
    kernels = measured["kernels"]
    figures = {
        **kernels,
        "server_ms": measured["cpu_ms_per_frame"],
        "web_ms": measured["web_ms_per_frame"],
        "workers_ms": measured["worker_ms_per_frame"],
        "ratio_to_kernels": measured["ratio_to_kernels"],
        "frames": measured["frames"],
        "async_mode": async_mode,
        "machine": report.machine(),
    }
    deliver(figures, as_table(figures), json)


def as_table(figures: dict) -> str:
    """The figures for people."""
    rows = [(name.replace("_", " "), figures[f"{name}_ms"], _share(figures, f"{name}_ms")) for name in NAMES]
    server = [(f"server: {name}", figures[f"{name}_ms"], _share(figures, f"{name}_ms")) for name in ("web", "workers")]
    whole = ("server, everything included", figures["server_ms"], figures["ratio_to_kernels"])
    return table([*rows, *server, whole], ("CPU time of one frame", "ms", "ratio to kernels"))


def _share(figures: dict, key: str) -> float:
    return float(figures[key] / figures["together_ms"])
