"""`python run.py bench tracking`: what it costs to follow the faces of a frame, beside detection and the CNNs."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import click

from benchmarks.options import fps_option, json_option
from benchmarks.report import report
from measuring.percentiles import percentiles


@click.command()
@click.option("--faces", type=click.IntRange(min=1), default=10, show_default=True, help="Faces on each frame.")
@click.option("--frames", type=click.IntRange(min=1), default=1000, show_default=True, help="Frames to follow.")
@fps_option
@json_option
def command(*, faces: int, frames: int, fps: float, json: Path | None) -> int:
    """Follow faces that stay where they are, and print the CPU milliseconds of each frame."""
    report(f"Tracking {faces} faces", measure(faces, frames, fps), json)
    return 0


def measure(faces: int, frames: int, fps: float) -> dict:
    """The CPU time of one thread for each frame: prediction, the looks of all crops, and the assignment.

    Args:
        faces: how many are on each frame.
        frames: how many to follow.
        fps: frames a second of the tracker's clock.

    Returns:
        `faces`, `frames`, and `cpu_ms` with `p50` and `p95`.
    """
    import numpy as np

    from vision.boxes import Face
    from vision.tracking import FaceTracker
    from vision.tracking.appearance import looks_of

    clock = itertools.count()  # one tick a frame
    tracker = FaceTracker(lambda: next(clock) / fps)
    random = np.random.default_rng(0)
    crops = [random.integers(0, 256, (48, 48, 1), np.uint8) for _ in range(faces)]
    found = [Face((60.0 * index, 100.0, 50.0, 50.0), 0.9, None) for index in range(faces)]
    spent = []
    for _ in range(frames):
        start = time.thread_time()
        tracker.begin(60 * faces + 40, 480)
        tracker.follow(found, looks_of(crops))
        spent.append(1000 * (time.thread_time() - start))
    return {"faces": faces, "frames": frames, "cpu_ms": percentiles(spent, 50, 95, digits=3)}
