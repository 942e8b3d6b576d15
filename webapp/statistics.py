"""What the server knows of its sessions, as numbers, never pixels."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from webapp.tickets import Outcome

WINDOW_S: Final = 5.0
"""Rates are over this long."""

KEPT: Final = 300
"""Frames a session whose latencies are kept."""


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which a share of them lies (nearest rank); 0 of none.

    Args:
        values: any numbers.
        share: 0 to 1.
    """
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


@dataclass
class SessionStatistics:
    """One camera session's numbers.

    Attributes:
        since: when it connected, seconds since the epoch.
        received: frames that arrived.
        answered: frames that got a result.
        dropped: by reason.
        errors: by code.
        faces: in the last result.
    """

    since: float = field(default_factory=time.time)
    received: int = 0
    answered: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    faces: int = 0
    _answered_at: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    _stages: deque[dict[str, float]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, outcome: Outcome) -> None:
        """Count a frame's outcome."""
        self.received += 1
        if outcome.dropped:
            self.dropped[outcome.dropped] += 1
        elif outcome.timings:
            self.answered += 1
            self.faces = outcome.timings.faces
            self._answered_at.append(time.monotonic())
            self._stages.append(outcome.timings.ms | {"queue": outcome.queue_ms, "server": outcome.server_ms})

    def add_error(self, code: str) -> None:
        """Count a frame that was refused."""
        self.received += 1
        self.errors[code] += 1

    def to_dict(self) -> dict:
        """The session as JSON: counts, results a second, p50 and p95 of each stage in milliseconds."""
        now = time.monotonic()
        recent = [at for at in list(self._answered_at) if now - at <= WINDOW_S]
        stages = list(self._stages)
        names = stages[0].keys() if stages else ()
        return {
            "since": round(self.since, 1),
            "received": self.received,
            "answered": self.answered,
            "dropped": dict(self.dropped),
            "errors": dict(self.errors),
            "faces": self.faces,
            "fps": round(len(recent) / WINDOW_S, 1),
            "ms": {
                name: {
                    "p50": round(percentile((stage[name] for stage in stages), 0.5), 2),
                    "p95": round(percentile((stage[name] for stage in stages), 0.95), 2),
                }
                for name in names
            },
        }


class Statistics:
    """All sessions now connected, and totals since the start."""

    def __init__(self) -> None:
        """Start from nought."""
        self._lock = threading.Lock()
        self._sessions: dict[int, SessionStatistics] = {}
        self._totals: Counter[str] = Counter()

    def open(self, session: int) -> SessionStatistics:
        """Begin to count for a session."""
        statistics = SessionStatistics()
        with self._lock:
            self._sessions[session] = statistics
            self._totals["sessions"] += 1
        return statistics

    def close(self, session: int) -> None:
        """Stop counting for a session; its counts stay in the totals."""
        with self._lock:
            ended = self._sessions.pop(session, None)
            if ended is not None:
                self._totals.update(_counts(ended))

    def to_dict(self) -> dict:
        """Everything as JSON."""
        with self._lock:
            sessions = dict(self._sessions)
            totals = Counter(self._totals)
        for one in sessions.values():
            totals.update(_counts(one))
        return {
            "sessions": {str(number): one.to_dict() for number, one in sessions.items()},
            "totals": {name: totals[name] for name in ("sessions", "received", "answered", "dropped", "errors")},
        }


def _counts(session: SessionStatistics) -> dict[str, int]:
    return {
        "received": session.received,
        "answered": session.answered,
        "dropped": sum(session.dropped.values()),
        "errors": sum(session.errors.values()),
    }
