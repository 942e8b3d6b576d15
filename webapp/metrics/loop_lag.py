"""How late the event loop is: the first thing that suffers when something blocks it."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final

from measuring.percentiles import percentiles

MEMORY: Final = 0.1
"""Share of the newest sample in the mean: it reaches back half a second."""


class LoopLag:
    """Sleeps again and again, and notes how many milliseconds too long each sleep took.

    Under eventlet that is the event loop's lag; under threading, the scheduler's.

    Attributes:
        mean_ms: of the last samples, newer ones counting more; 0 where none are taken.
    """

    def __init__(self, interval: float, kept: int = 2000):
        """Sample every `interval` seconds (0: never) and keep the newest `kept` samples."""
        self._interval = interval
        self._samples_ms: deque[float] = deque(maxlen=kept)
        self.mean_ms = 0.0

    def start(self) -> None:
        """Begin to sample, in the background."""
        if self._interval:
            threading.Thread(target=self._sample, name="loop-lag", daemon=True).start()

    def reset(self) -> None:
        """Forget the samples so far, as a benchmark begins."""
        self._samples_ms.clear()

    def to_dict(self) -> dict[str, float]:
        """`p50`, `p99` and `max` in milliseconds, and the number of `samples`."""
        samples = list(self._samples_ms)
        return {
            **percentiles(samples, 50, 99, digits=3),
            "max": round(max(samples, default=0.0), 3),
            "samples": len(samples),
        }

    def recent(self, seconds: float) -> dict[str, float]:
        """`p50` and `p99` over the last seconds; 0 where no samples are taken."""
        count = int(seconds / self._interval) if self._interval else 0
        samples = list(self._samples_ms)[-count:] if count else []
        return percentiles(samples, 50, 99, digits=3)

    def _sample(self) -> None:
        while True:
            start = time.perf_counter()
            time.sleep(self._interval)
            late_ms = max(0.0, (time.perf_counter() - start - self._interval) * 1000)
            self._samples_ms.append(late_ms)
            self.mean_ms += MEMORY * (late_ms - self.mean_ms)
