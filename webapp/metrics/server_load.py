"""What the server costs over the last two minutes: CPU and memory of its processes, and its event loop's lag.

By psutil, which reads other processes' figures on every system.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import psutil

from webapp.metrics.loop_lag import LoopLag

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0

KEPT: Final = 120
"""Samples that are kept: two minutes."""

LAG_OVER_S: Final = 5.0
"""Seconds over which a sample tells the loop's lag."""

FIGURES: Final = ("cpu_web", "cpu_workers", "memory_mb", "lag_p50", "lag_p99", "fps")
"""The figures of a sample: cores used (1.0 is one core) twice, megabytes, milliseconds twice, results a second."""

Sample = dict[str, float]

NOW_ONLY: Final = ("worker_cores", "machine_cores")
"""Lists that only the newest sample has: cores used by each worker, and each core's share of use, 0 to 1."""


class ServerLoad:
    """Samples once a second, also while nobody watches, so that a dashboard opened later shows the past."""

    def __init__(self, loop_lag: LoopLag, worker_pids: Callable[[], Sequence[int]], fps: Callable[[], float]):
        """Take the sources of the figures that psutil does not have."""
        self._loop_lag, self._worker_pids, self._fps = loop_lag, worker_pids, fps
        self._processes: dict[int, psutil.Process] = {os.getpid(): psutil.Process()}
        self._spent: dict[int, float] = {}
        self._sampled_at = time.monotonic()
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._lists: dict[str, list[float]] = {name: [] for name in NOW_ONLY}

    def start(self) -> None:
        """Begin to sample, in the background."""
        threading.Thread(target=self._run, name="server-load", daemon=True).start()

    def now(self) -> Sample:
        """The newest sample: each of `FIGURES`, 0 before the first one."""
        return self._samples[-1] if self._samples else dict.fromkeys(FIGURES, 0.0)

    def to_dict(self) -> dict:
        """The newest sample with its lists, and the history of each figure, oldest first, one a second."""
        samples = list(self._samples)
        return {
            "now": self.now() | self._lists,
            "history": {name: [sample[name] for sample in samples] for name in FIGURES},
        }

    def sample(self) -> Sample:
        """Measure now, and keep it."""
        pids = [os.getpid(), *self._worker_pids()]
        now = time.monotonic()
        seconds, self._sampled_at = max(now - self._sampled_at, 1e-3), now
        spent, memory = self._read(pids)
        used = {pid: max(0.0, spent[pid] - self._spent[pid]) / seconds for pid in spent if pid in self._spent}
        self._spent = spent
        lag = self._loop_lag.recent(LAG_OVER_S)
        web = used.pop(os.getpid(), 0.0)
        self._lists = {
            "worker_cores": [round(used.get(pid, 0.0), 2) for pid in pids[1:]],
            "machine_cores": [round(share / 100, 2) for share in psutil.cpu_percent(percpu=True)],
        }
        figures = (web, sum(used.values()), memory / 1e6, lag["p50"], lag["p99"], self._fps())
        sample = {name: round(value, 2) for name, value in zip(FIGURES, figures, strict=True)}
        self._samples.append(sample)
        return sample

    def _run(self) -> None:
        while True:
            try:
                self.sample()
            except Exception:  # one sample fails, and the next ones still come
                log.exception("the server's load could not be read")
            time.sleep(EVERY_S)

    def _read(self, pids: Sequence[int]) -> tuple[dict[int, float], float]:
        """CPU seconds so far by process, and the resident bytes of all."""
        self._processes = {pid: self._processes[pid] for pid in pids if pid in self._processes}
        spent, memory = {}, 0.0
        for pid in pids:
            try:
                process = self._process(pid)
                with process.oneshot():
                    times = process.cpu_times()
                    spent[pid] = times.user + times.system
                    memory += process.memory_info().rss
            except psutil.Error:
                continue  # it has just ended: the pool replaces it
        return spent, memory

    def _process(self, pid: int) -> psutil.Process:
        if pid not in self._processes:
            self._processes[pid] = psutil.Process(pid)
        return self._processes[pid]
