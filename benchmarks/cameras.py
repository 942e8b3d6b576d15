"""`run.py bench cameras`: the results that each of several cameras gets from one server, and their cost.

The cameras run in this process, on one event loop; their CPU time is told apart, as `load_cpu_s`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from benchmarks import report
from benchmarks.harness.camera import moving_portrait
from benchmarks.harness.costs import cpu_seconds, loop_lag_ms, memory_mb, reset_loop_lag
from benchmarks.harness.fleet import FleetCamera, ready
from benchmarks.harness.serving import Server, serving
from benchmarks.hot_loop import Kernels
from benchmarks.options import (
    ABOVE_ZERO,
    async_mode_option,
    fps_option,
    json_option,
    server_flags,
    workers_option,
)
from measuring.percentiles import percentiles

WARM_UP_S: Final = 2.0


@click.command()
@click.option("--cameras", type=click.IntRange(min=1), default=10, show_default=True, help="How many at once.")
@click.option("--seconds", type=ABOVE_ZERO, default=20, show_default=True, help="How long to measure, after a warm-up.")
@fps_option
@async_mode_option
@workers_option
@json_option
def command(
    *, cameras: int, seconds: float, fps: float, async_mode: str, workers: int | None, json: Path | None
) -> None:
    """Measure the results a second that each of several cameras gets, and what they cost."""
    with serving(*server_flags(async_mode, workers), "--max-cameras", str(max(64, cameras))) as server:
        figures = measure(server, cameras, seconds, fps)
    report.report(f"{cameras} cameras of {fps:g} FPS for {seconds:g} s", figures, json)


def measure(server: Server, count: int, seconds: float, fps: float) -> dict:
    """Send from `count` cameras at once.

    Args:
        server: running, with nobody else connected.
        count: how many cameras.
        seconds: how long to count, after a warm-up.
        fps: of each camera.

    Returns:
        The figures, by the keys of the JSON.

    Raises:
        RuntimeError: a camera was refused, or no frame was answered with a result.
    """
    pictures = moving_portrait()
    frames, kernels = ready(pictures), Kernels(pictures[0])
    cameras = [FleetCamera(server.port, frames, fps, phase=i / count) for i in range(count)]
    kernels.time()
    counted = asyncio.run(_run(server, cameras, seconds))
    kernels.time()
    since, until = counted.pop("since"), counted.pop("until")
    rates = [sum(since <= at < until for at in camera.tally.results) / (until - since) for camera in cameras]
    trips = [
        trip
        for camera in cameras
        for at, trip in zip(camera.tally.results, camera.tally.round_trips_ms, strict=True)
        if since <= at < until
    ]
    if not trips:
        raise RuntimeError("No frame was answered with a result.")
    other = sum((camera.tally.other for camera in cameras), Counter[str]())
    results = sum(rates) * (until - since)
    per_result = 1000 * counted["server_cpu_s"] / max(results, 1)
    return {
        "fps_each": [round(rate, 2) for rate in rates],
        "fps_all": round(sum(rates), 1),
        "round_trip_ms": percentiles(trips, 50, 95, 99),
        **counted,
        "server_cpu_ms_per_result": round(per_result, 2),
        "ratio_to_kernels": round(per_result / kernels.figures()["together_ms"], 3),
        "skipped_by_cameras": sum(camera.tally.skipped for camera in cameras),
        "not_answered_with_a_result": dict(other),
        "seconds": round(until - since, 2),
    }


async def _run(server: Server, cameras: Sequence[FleetCamera], seconds: float) -> dict:
    """Run all cameras; returns when the measurement began and ended, and its costs."""
    begins = time.monotonic() + WARM_UP_S
    running = [asyncio.create_task(camera.run(begins + seconds + 0.2)) for camera in cameras]
    await asyncio.sleep(WARM_UP_S)
    await asyncio.to_thread(reset_loop_lag, server)
    since, spent, own = time.monotonic(), cpu_seconds(server), time.process_time()
    done, _ = await asyncio.wait(running, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()  # a refused camera says so here
    until, after, own_after = time.monotonic(), cpu_seconds(server), time.process_time()
    lag = await asyncio.to_thread(loop_lag_ms, server)
    memory = memory_mb(server)
    await asyncio.gather(*running)
    return {
        "since": since,
        "until": until,
        "server_cpu_s": round(sum(after.values()) - sum(spent.values()), 2),
        "web_cpu_s": round(after["web"] - spent["web"], 2),
        "load_cpu_s": round(own_after - own, 2),
        "loop_lag_ms": lag,
        "memory_mb": memory,
    }
