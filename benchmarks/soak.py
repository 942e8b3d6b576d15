"""`run.py bench soak`: cameras and watchers come and go, while the server's memory should stay the same.

Memory that grows, file descriptors that stay open and rates that fall show only over time. Every few seconds a camera
or a watcher (a dashboard) leaves and another one comes. Memory, file descriptors and processes of the web process and
its workers are read from outside.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Final

import click
import psutil

from benchmarks import report
from benchmarks.harness.camera import moving_portrait
from benchmarks.harness.fleet import FleetCamera, FleetWatcher, Tally, ready
from benchmarks.harness.serving import Server, serving
from benchmarks.options import ABOVE_ZERO, async_mode_option, json_option
from cli.figures import deliver, table

FLAT: Final = 0.05
"""Memory counts as flat while it varies by at most this share of its mean, over the last two thirds."""

STAY_S: Final = (5.0, 25.0)
"""Seconds that a camera or a watcher stays, at least and at most."""

FPS: Final = (10.0, 15.0, 24.0, 30.0)

ROWS: Final = 20
"""About how many rows the table for people has; the JSON has every sample."""


@dataclass
class Samples:
    """What was read, one value of each list every `--every` seconds."""

    seconds: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    fds: list[int] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    cameras: list[int] = field(default_factory=list)
    watchers: list[int] = field(default_factory=list)
    fps: list[float] = field(default_factory=list)


@click.command()
@click.option("--minutes", type=ABOVE_ZERO, default=20, show_default=True, help="How long.")
@click.option("--cameras", type=click.IntRange(min=0), default=4, show_default=True, help="At the same time, about.")
@click.option("--watchers", type=click.IntRange(min=0), default=3, show_default=True, help="At the same time, about.")
@click.option("--every", type=ABOVE_ZERO, default=2, show_default=True, help="Seconds between two samples.")
@async_mode_option
@json_option
def command(*, minutes: float, cameras: int, watchers: int, every: float, async_mode: str, json: Path | None) -> None:
    """Let cameras and watchers come and go, and watch the server's memory."""
    with serving("--async-mode", async_mode) as server:
        samples, other = asyncio.run(_run(server, 60 * minutes, cameras, watchers, every))
    figures = stability(samples) | {
        "other_answers": other,
        **vars(samples),
        "async_mode": async_mode,
        "machine": report.machine(),
    }
    deliver(figures, as_table(samples, figures), json)


def stability(samples: Samples) -> dict:
    """How much memory, descriptors and results changed over the last two thirds of the time.

    Memory is flat if its highest and lowest values lie within `FLAT`. `rss_change`, `fds_change` and `fps_change` compare
    the mean of the second half with that of the first, which evens out how many are connected at a moment.
    """
    start = len(samples.rss_mb) // 3
    figures = {}
    for name, values in (("rss", samples.rss_mb[start:]), ("fds", samples.fds[start:]), ("fps", samples.fps[start:])):
        half = len(values) // 2
        earlier, later = fmean(values[:half] or [0]), fmean(values[half:] or [0])
        figures[f"{name}_change"] = round(later / earlier - 1, 4) if earlier else 0.0
    last = samples.rss_mb[start:]
    spread = (max(last) - min(last)) / fmean(last) if last else 0.0
    return figures | {"rss_spread": round(spread, 4), "flat": spread <= FLAT}


def as_table(samples: Samples, figures: dict) -> str:
    """The figures for people."""
    step = max(1, len(samples.seconds) // ROWS)
    columns = (samples.rss_mb, samples.fds, samples.processes, samples.cameras, samples.watchers, samples.fps)
    rows = [
        (f"{samples.seconds[i]:.0f}", *(column[i] for column in columns)) for i in range(0, len(samples.seconds), step)
    ]
    heading = ("seconds", "memory, MB", "descriptors", "processes", "cameras", "watchers", "results/s")
    verdict = "flat" if figures["flat"] else "NOT flat"
    return (
        f"{table(rows, heading)}\n\nover the last two thirds memory is {verdict}: "
        f"it spreads over {figures['rss_spread']:.1%} of its mean, and its second half differs from its first by "
        f"{figures['rss_change']:+.1%} (descriptors {figures['fds_change']:+.1%}, results {figures['fps_change']:+.1%})"
        f"\nanswers that were no result: {figures['other_answers'] or 'none'}"
    )


async def _run(
    server: Server, seconds: float, cameras: int, watchers: int, every: float
) -> tuple[Samples, dict[str, int]]:
    crowd = Crowd(server.port, time.monotonic() + seconds)
    coming = [asyncio.create_task(crowd.cameras(place)) for place in range(cameras)]
    coming += [asyncio.create_task(crowd.watchers(place)) for place in range(watchers)]
    samples, began = Samples(), time.monotonic()
    while time.monotonic() < began + seconds:
        results = crowd.results
        since = time.monotonic()
        await asyncio.sleep(every)
        for task in coming:
            if task.done():
                task.result()  # a camera or a watcher was refused or lost: tell why
        now = time.monotonic()
        _read(samples, server, now - began, (crowd.results - results) / (now - since), crowd)
    await asyncio.gather(*coming)
    return samples, dict(crowd.other())


def _read(samples: Samples, server: Server, seconds: float, fps: float, crowd: Crowd) -> None:
    memory, descriptors, count = 0.0, 0, 0
    root = psutil.Process(server.pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            memory += process.memory_info().rss
            descriptors += process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
            count += 1
        except psutil.Error:
            continue  # it has just ended
    samples.seconds.append(round(seconds, 1))
    samples.rss_mb.append(round(memory / 1e6, 1))
    samples.fds.append(descriptors)
    samples.processes.append(count)
    samples.cameras.append(crowd.cameras_now)
    samples.watchers.append(crowd.watchers_now)
    samples.fps.append(round(fps, 1))


class Crowd:
    """Cameras and watchers that come and go: a moment after one has left, another one takes its place."""

    def __init__(self, port: int, until: float) -> None:
        """Take the server's port on loopback, and when to stop, by `time.monotonic`."""
        self._port, self._until = port, until
        self._frames = ready(moving_portrait())
        self._chance = random.Random(1)  # noqa: S311  (each run has the same sequence)
        self._tallies: list[Tally] = []
        self._results_before = 0
        self._other_before: dict[str, int] = {}
        self.cameras_now = self.watchers_now = 0

    @property
    def results(self) -> int:
        """Results of all cameras so far."""
        return self._results_before + sum(len(tally.results) for tally in self._tallies)

    def other(self) -> dict[str, int]:
        """Answers without a result so far, by reason or code."""
        return dict(self._other_before)

    async def cameras(self, place: int) -> None:
        """Fill one place with one camera after another."""
        await asyncio.sleep(place * 0.5)
        while (until := self._next_end()) is not None:
            camera = FleetCamera(self._port, self._frames, self._chance.choice(FPS))
            self._tallies.append(camera.tally)
            self.cameras_now += 1
            try:
                await camera.run(until)
            finally:
                self.cameras_now -= 1
                self._tallies.remove(camera.tally)
                self._results_before += len(camera.tally.results)
                for what, count in camera.tally.other.items():
                    self._other_before[what] = self._other_before.get(what, 0) + count
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))

    async def watchers(self, place: int) -> None:
        """Fill one place with one watcher after another."""
        await asyncio.sleep(place * 0.7)
        while (until := self._next_end()) is not None:
            self.watchers_now += 1
            try:
                await FleetWatcher(self._port).run(until)
            finally:
                self.watchers_now -= 1
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))

    def _next_end(self) -> float | None:
        now = time.monotonic()
        return min(self._until, now + self._chance.uniform(*STAY_S)) if now < self._until - 1 else None
