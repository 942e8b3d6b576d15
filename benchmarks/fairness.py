"""`run.py bench fairness`: what each of several cameras keeps of its rate while another client floods the server.

The flood sends frames at several cameras' rate and waits for no answer. It comes from the cameras' own address, so that nothing but
the sharing of the workers' time tells them apart. The cameras' rates with and without it are measured in turn, so that
the comparison holds while other programs run.
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
from benchmarks.harness.costs import loop_lag_ms, reset_loop_lag
from benchmarks.harness.fleet import FleetCamera, FleetFlood, ready
from benchmarks.harness.serving import Server, serving
from benchmarks.options import ABOVE_ZERO, async_mode_option, fps_option, json_option, server_flags, workers_option
from measuring.percentiles import percentiles

WARM_UP_S: Final = 2.0

SETTLES_S: Final = 0.5
"""Seconds after the flood has begun or ended that are not counted."""

WANTED: Final = 0.95
"""Each camera should keep so much of its rate."""


@click.command()
@click.option("--cameras", type=click.IntRange(min=1), default=9, show_default=True, help="How many honest ones.")
@click.option(
    "--flood-fps",
    type=ABOVE_ZERO,
    default=150,
    show_default=True,
    help="Frames a second that the flooding client sends.",
)
@click.option(
    "--seconds", type=ABOVE_ZERO, default=20, show_default=True, help="How long with and how long without it."
)
@click.option("--rounds", type=click.IntRange(min=1), default=4, show_default=True, help="In so many parts.")
@fps_option
@async_mode_option
@workers_option
@json_option
def command(
    *,
    cameras: int,
    flood_fps: float,
    seconds: float,
    rounds: int,
    fps: float,
    async_mode: str,
    workers: int | None,
    json: Path | None,
) -> None:
    """Measure what cameras keep of their rate while another client floods the server."""
    with serving(*server_flags(async_mode, workers), "--max-cameras", str(max(64, cameras + 1))) as server:
        figures = measure(server, cameras, fps, flood_fps, seconds / rounds, rounds)
    report.report(f"{cameras} cameras of {fps:g} FPS beside a flood of {flood_fps:g} frames a second", figures, json)


def measure(server: Server, count: int, fps: float, flood_fps: float, seconds: float, rounds: int) -> dict:
    """Let cameras send, by turns alone and beside a flood.

    Args:
        server: running, with nobody else connected.
        count: of the cameras.
        fps: of each.
        flood_fps: frames a second of the flood.
        seconds: how long a part is counted.
        rounds: parts with the flood, and as many without.

    Returns:
        The figures, by the keys of the JSON. `kept_each` is each camera's rate beside the flood as a share of its rate alone.

    Raises:
        RuntimeError: a camera was refused, or got no result.
    """
    frames = ready(moving_portrait())
    cameras = [FleetCamera(server.port, frames, fps, phase=i / count) for i in range(count)]
    flood = FleetFlood(server.port, frames, flood_fps)
    alone, beside, lag = asyncio.run(_run(server, cameras, flood, seconds, rounds))
    rates = [[_rate(camera, spans) for camera in cameras] for spans in (alone, beside)]
    if not all(rates[0]):
        raise RuntimeError("A camera got no result, even without the flood.")
    kept = [round(with_flood / without, 3) for without, with_flood in zip(*rates, strict=True)]
    return {
        "kept_each": kept,
        "kept_least": min(kept),
        "wanted": WANTED,
        "fps_alone_each": [round(rate, 2) for rate in rates[0]],
        "fps_each": [round(rate, 2) for rate in rates[1]],
        "round_trip_alone_ms": percentiles(_trips(cameras, alone), 50, 95),
        "round_trip_ms": percentiles(_trips(cameras, beside), 50, 95),
        "flood": {
            "frames_per_second": round(flood.sent / sum(until - since for since, until in beside), 1),
            "shut_out": flood.shut_out,
            "answers": dict(flood.answers),
        },
        "not_answered_with_a_result": dict(sum((camera.tally.other for camera in cameras), Counter[str]())),
        "loop_lag_ms": lag,
        "seconds": round(seconds * rounds, 2),
    }


Span = tuple[float, float]
"""When something began and ended, by `time.monotonic`."""


async def _run(
    server: Server, cameras: Sequence[FleetCamera], flood: FleetFlood, seconds: float, rounds: int
) -> tuple[list[Span], list[Span], dict[str, float]]:
    """When the cameras were alone, when the flood was there, and the event loop's lag over all of it."""
    part = SETTLES_S + seconds
    running = [asyncio.create_task(camera.run(time.monotonic() + WARM_UP_S + 2 * rounds * part)) for camera in cameras]
    alone: list[Span] = []
    beside: list[Span] = []
    await asyncio.sleep(WARM_UP_S - SETTLES_S)
    await asyncio.to_thread(reset_loop_lag, server)
    for _ in range(rounds):
        alone.append(await _part(running, seconds))
        flooding = asyncio.create_task(flood.run(time.monotonic() + part))
        beside.append(await _part([*running, flooding], seconds))
        await flooding
    lag = await asyncio.to_thread(loop_lag_ms, server)
    await asyncio.gather(*running)
    return alone, beside, lag


async def _part(running: Sequence[asyncio.Task[None]], seconds: float) -> Span:
    """Wait for one part of the measurement; whose client was refused says so."""
    await asyncio.sleep(SETTLES_S)
    since = time.monotonic()
    done, _ = await asyncio.wait(running, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()
    return since, time.monotonic()


def _rate(camera: FleetCamera, spans: Sequence[Span]) -> float:
    """Results a second of a camera over some spans of time."""
    return len(_trips([camera], spans)) / sum(until - since for since, until in spans)


def _trips(cameras: Sequence[FleetCamera], spans: Sequence[Span]) -> list[float]:
    """Round trips, in milliseconds, of the results that came in some spans of time."""
    return [
        trip
        for camera in cameras
        for at, trip in zip(camera.tally.results, camera.tally.round_trips_ms, strict=True)
        if any(since <= at < until for since, until in spans)
    ]
