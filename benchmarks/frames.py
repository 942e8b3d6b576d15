"""`run.py bench frames`: the CPU time that the server spends on a live frame.

One camera sends a moving 640×480 portrait over a real Socket.IO connection at 30 FPS, with at most two frames
unanswered, as the page does. The figure is the CPU time, user and system, of the web process and its workers from
the first counted frame to the last. The camera runs in this process, which is not counted.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import fmean, median
from typing import Final

import click
import socketio

from benchmarks import report
from benchmarks.harness.camera import HEIGHT, WIDTH, moving_group, moving_portrait
from benchmarks.harness.costs import cpu_seconds, loop_lag_ms, memory_mb, reset_loop_lag
from benchmarks.harness.serving import Server, serving
from benchmarks.hot_loop import Kernels
from benchmarks.options import async_mode_option, fps_option, json_option, server_flags, workers_option
from cli.figures import deliver, table
from measuring.percentiles import percentiles
from vision.tasks import STAGES

IN_FLIGHT: Final = 2
WARM_UP_FRAMES: Final = 60
ANSWER_TIMEOUT_S: Final = 20.0
PARTS: Final = 10
"""In so many parts frames are sent; the kernels are timed before, between and after them."""


@click.command()
@click.option(
    "--frames", type=click.IntRange(min=1), default=600, show_default=True, help="Frames to count, after a warm-up."
)
@click.option("--faces", type=click.IntRange(1, 16), default=1, show_default=True, help="Faces on each frame.")
@fps_option
@async_mode_option
@workers_option
@json_option
def command(*, frames: int, faces: int, fps: float, async_mode: str, workers: int | None, json: Path | None) -> None:
    """Measure the server's CPU milliseconds per acknowledged 640×480 frame."""
    with serving(*server_flags(async_mode, workers)) as server:
        figures = measure(server, frames, fps, faces)
    figures |= {"async_mode": async_mode, "machine": report.machine()}
    deliver(figures, as_table(figures), json)


def measure(server: Server, frames: int, fps: float, faces: int = 1) -> dict:
    """Send frames to a running server and add up what they cost.

    Args:
        server: started, with nobody else connected.
        frames: how many to count.
        fps: the camera's rate.
        faces: on each frame.

    Returns:
        The figures, by the keys of the JSON.

    Raises:
        RuntimeError: no frame was answered with a result.
    """
    pictures = moving_portrait() if faces == 1 else moving_group(faces)
    kernels = Kernels(pictures[0])
    answers = Answers()
    with Camera.connected(server.url, pictures) as camera:
        camera.run(WARM_UP_FRAMES, fps)
        reset_loop_lag(server)
        costs = Costs(kernels)
        for part in range(PARTS):
            answered, before = len(answers.results), cpu_seconds(server)
            camera.run(frames * (part + 1) // PARTS - frames * part // PARTS, fps, answers)
            costs.take(before, cpu_seconds(server), len(answers.results) - answered)
        lag, memory = loop_lag_ms(server), memory_mb(server)
    if not answers.results:
        raise RuntimeError(f"No frame was answered with a result: {dict(answers.other)}.")
    count = len(answers.results)
    spent = {name: round(1000 * seconds / count, 2) for name, seconds in costs.seconds.items()}
    together = round(sum(spent.values()), 2)
    return {
        "cpu_ms_per_frame": together,
        "ratio_to_kernels": round(median(costs.ratios), 3),
        "kernels": kernels.figures(),
        "web_ms_per_frame": spent["web"],
        "worker_ms_per_frame": spent["workers"],
        "stages_ms": {stage: answers.mean(stage) for stage in STAGES},
        "queue_ms": percentiles(answers.timings("queue"), 50, 95),
        "server_ms": percentiles(answers.timings("server"), 50, 95),
        "round_trip_ms": percentiles(answers.round_trips_ms, 50, 95),
        "loop_lag_ms": lag,
        "memory_mb": memory,
        "frames": count,
        "not_answered_with_a_result": dict(answers.other),
        "skipped_by_camera": answers.skipped,
        "faces_per_frame": round(fmean(len(result["faces"]) for result in answers.results), 3),
        "results_per_second": round(count / answers.seconds, 2),
        "frame_bytes": round(fmean(map(len, pictures))),
    }


def as_table(figures: dict) -> str:
    """The figures for people."""
    costs = [
        ("web process", figures["web_ms_per_frame"]),
        ("workers", figures["worker_ms_per_frame"]),
        ("together", figures["cpu_ms_per_frame"]),
        ("the kernels by themselves", figures["kernels"]["together_ms"]),
        ("ratio of the server to them, median of parts", figures["ratio_to_kernels"]),
    ]
    stages = [*figures["stages_ms"].items(), ("all stages", round(sum(figures["stages_ms"].values()), 2))]
    waits = [
        (name.replace("_ms", "").replace("_", " "), figures[name]["p50"], figures[name]["p95"])
        for name in ("queue_ms", "server_ms", "round_trip_ms")
    ]
    lag = figures["loop_lag_ms"]
    memory = [(name.replace("_", " "), size) for name, size in figures["memory_mb"].items()]
    return "\n\n".join(
        (
            f"{figures['frames']} frames of {WIDTH}×{HEIGHT}, {figures['frame_bytes']:,} bytes each, answered at "
            f"{figures['results_per_second']:.1f} a second ({figures['async_mode']}); "
            f"{figures['faces_per_frame']:.2f} faces a frame; {figures['skipped_by_camera']} skipped by the camera; "
            f"not answered with a result: {figures['not_answered_with_a_result'] or 'none'}",
            table(costs, ("CPU, user and system", "ms a frame")),
            table(stages, ("stage in the worker", "mean ms")),
            table(waits, ("wall time", "p50 ms", "p95 ms")),
            table([("event loop's lag", lag["p50"], lag["p99"])], ("", "p50 ms", "p99 ms")),
            table(memory, ("memory of all processes", "MB")),
        )
    )


class Costs:
    """What a server spends on the parts of a run, and of each part the ratio to the kernels as they are just before and after.

    The median of these ratios holds while other programs come and go on the machine: the mean of all frames and the median of
    all kernels are not of the same moments.

    Attributes:
        seconds: CPU time of each process, by the keys of `cpu_seconds`; without what is spent while the kernels are timed.
        ratios: of each part on which frames were answered.
    """

    def __init__(self, kernels: Kernels) -> None:
        """Time the kernels for the first part."""
        self._kernels, self._ms = kernels, kernels.time()
        self.seconds: Counter[str] = Counter()
        self.ratios: list[float] = []

    def take(self, before: Mapping[str, float], after: Mapping[str, float], results: int) -> None:
        """Note what was spent until before and after a part with so many results, and time the kernels again."""
        spent = {name: after[name] - before[name] for name in after}
        self.seconds.update(spent)
        ms_before, self._ms = self._ms, self._kernels.time()
        if results:
            self.ratios.append(1000 * sum(spent.values()) / results / fmean((ms_before, self._ms)))


@dataclass
class Answers:
    """The acknowledgements of one run.

    Attributes:
        results: those with a result, in the order of their arrival.
        other: how many frames were dropped or refused, by reason.
        round_trips_ms: of the results, in the same order, from sending to the acknowledgement.
        skipped: frames that were not sent, since two were unanswered when their time came.
        seconds: from the first frame to the last acknowledgement, of all parts together.
    """

    results: list[dict] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    round_trips_ms: list[float] = field(default_factory=list)
    skipped: int = 0
    seconds: float = 0.0

    def take(self, answer: dict, round_trip_ms: float) -> None:
        """Note one acknowledgement."""
        if "faces" in answer:
            self.results.append(answer)
            self.round_trips_ms.append(round_trip_ms)
        else:
            self.other[answer.get("reason") or answer.get("code", "?")] += 1

    def timings(self, name: str) -> list[float]:
        """One of `timings_ms`, in milliseconds, of every result."""
        return [result["timings_ms"][name] for result in self.results]

    def mean(self, name: str) -> float:
        """The mean of one of `timings_ms`, in milliseconds."""
        return round(fmean(self.timings(name)), 3)


class Camera:
    """A Socket.IO client that behaves as the page does: at a steady rate, two frames in flight at most."""

    def __init__(self, client: socketio.Client, pictures: Sequence[bytes]) -> None:
        """Take a connected client; `pictures` are sent one after another, over and over."""
        self._client = client
        self._pictures = cycle(pictures)

    @classmethod
    @contextmanager
    def connected(cls, url: str, pictures: Sequence[bytes]) -> Iterator[Camera]:
        """A camera for the length of a `with` block."""
        client = socketio.Client(reconnection=False)
        client.connect(url, transports=["websocket"])
        try:
            yield cls(client, pictures)
        finally:
            client.disconnect()

    def run(self, frames: int, fps: float, answers: Answers | None = None) -> Answers:
        """Send until `frames` have been acknowledged, with a result or without.

        Args:
            frames: how many.
            fps: how many a second.
            answers: of the parts before, which these go on.

        Raises:
            RuntimeError: an acknowledgement did not come.
        """
        answers = Answers() if answers is None else answers
        free = threading.Semaphore(IN_FLIGHT)
        start, due = time.perf_counter(), 0
        for _ in range(frames):
            _sleep_until(start + due / fps)
            waited = 0
            while not free.acquire(blocking=False):
                # This frame is never sent: the next one takes the slot when its time comes.
                answers.skipped += 1
                waited += 1
                due += 1
                _sleep_until(start + due / fps)
                if waited > fps * ANSWER_TIMEOUT_S:
                    raise RuntimeError(f"No acknowledgement came within {ANSWER_TIMEOUT_S:.0f} s.")
            due += 1
            self._send(answers, free)
        for _ in range(IN_FLIGHT):
            if not free.acquire(timeout=ANSWER_TIMEOUT_S):
                raise RuntimeError(f"No acknowledgement came within {ANSWER_TIMEOUT_S:.0f} s.")
        answers.seconds += time.perf_counter() - start
        return answers

    def _send(self, answers: Answers, free: threading.Semaphore) -> None:
        sent = time.perf_counter()

        def acknowledged(answer: dict) -> None:
            answers.take(answer, (time.perf_counter() - sent) * 1000)
            free.release()

        self._client.emit("frame", next(self._pictures), callback=acknowledged)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.perf_counter()))
