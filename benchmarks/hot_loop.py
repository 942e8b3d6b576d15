"""The kernels of a one-face frame by themselves: what the server's cost is a ratio to.

Each runs over and over on the same input, one thread, nothing of Raut's own code around it, so that its data and its
instructions stay in the caches. Their sum does not change with what the server leaves out: it is of the whole picture
decoded at full size, one look of BlazeFace short-range, and each of the three CNNs once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Final

import cv2
import numpy as np

from vision.detection import blazeface_folder
from vision.litert import LiteModel
from vision.tasks import TASKS

CALLS: Final = 10
"""Calls timed as one: a single one is too short for the clock."""

ROUNDS: Final = 5


class Kernels:
    """Loaded kernels, and the times that were taken of them so far."""

    def __init__(self, picture: bytes) -> None:
        """Load them.

        Args:
            picture: the JPEG that is decoded.

        Raises:
            ModelError: a model is missing.
        """
        encoded = np.frombuffer(picture, np.uint8)
        near = LiteModel(blazeface_folder() / "face_detection_short_range.tflite")
        cnns = [LiteModel(task.model()) for task in TASKS.values()]
        self._run: dict[str, Callable[[], object]] = {
            "decode": lambda: cv2.imdecode(encoded, cv2.IMREAD_COLOR),
            "short_range": _looping(near),
            **{f"{task.name}_cnn": _looping(cnn) for task, cnn in zip(TASKS.values(), cnns, strict=True)},
        }
        self._ms: dict[str, list[float]] = {name: [] for name in self._run}
        for run in self._run.values():
            run()  # the first call allocates

    def time(self, rounds: int = ROUNDS) -> float:
        """Take some more times of each, in turn, so that what else runs on the machine slows all of them alike.

        Returns:
            What they take together now, by the medians of these rounds, in milliseconds of CPU time.
        """
        for _ in range(rounds):
            for name, run in self._run.items():
                self._ms[name].append(_cpu_ms(run) / CALLS)
        return sum(median(times[-rounds:]) for times in self._ms.values())

    def figures(self) -> dict[str, float]:
        """Medians so far, in milliseconds of CPU time: `decode_ms`, `short_range_ms`, each CNN's, `cnns_ms`, `together_ms`."""
        one = {name: median(times) for name, times in self._ms.items()}
        sums = {
            "cnns": sum(ms for name, ms in one.items() if name.endswith("_cnn")),
            "together": sum(one.values()),
        }
        return {f"{name}_ms": round(ms, 3) for name, ms in (one | sums).items()}


def _looping(model: LiteModel) -> Callable[[], object]:
    values = np.zeros(model.input_shape, model.input_dtype)
    return lambda: model.run(values)


def _cpu_ms(run: Callable[[], object]) -> float:
    start = time.thread_time()
    for _ in range(CALLS):
        run()
    return (time.thread_time() - start) * 1000
