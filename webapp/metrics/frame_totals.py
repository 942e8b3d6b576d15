"""What is counted of all frames since the start, whichever page sent them: only ever more, as Prometheus wants it."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BOUNDS_MS: Final = (5, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1000, 2000)
"""Milliseconds of `server`, a frame's whole way through the server, up to which frames are counted."""


@dataclass
class FrameTotals:
    """The counts. For several threads at once.

    Attributes:
        dropped: frames by reason.
        errors: refused frames by code.
        stage_ms: milliseconds of all results by stage, `total`, `queue` and `server` included.
        up_to: results by their time in the server: up to each of `BOUNDS_MS`, then longer ones.
    """

    dropped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    stage_ms: Counter[str] = field(default_factory=Counter)
    up_to: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add_result(self, timings_ms: Mapping[str, float]) -> None:
        """Count a result by its `timings_ms`."""
        with self._lock:
            for stage, ms in timings_ms.items():
                self.stage_ms[stage] += ms  # type: ignore[assignment]
            self.up_to[bisect_left(BOUNDS_MS, timings_ms["server"])] += 1

    def add_drop(self, reason: str) -> None:
        """Count a frame that was not analysed."""
        with self._lock:
            self.dropped[reason] += 1

    def add_error(self, code: str) -> None:
        """Count a frame that was refused."""
        with self._lock:
            self.errors[code] += 1

    def copy(self) -> FrameTotals:
        """The counts at one moment."""
        with self._lock:
            return FrameTotals(Counter(self.dropped), Counter(self.errors), Counter(self.stage_ms), list(self.up_to))
