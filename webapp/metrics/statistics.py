"""Numbers about the sessions: frames, results, drops, errors and times. Never pixels."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from measuring.percentiles import percentiles
from webapp.inference.tickets import Outcome
from webapp.metrics.frame_totals import FrameTotals

WINDOW_S: Final = 5.0
"""Seconds over which a rate is counted."""

KEPT: Final = 300
"""Frames of a session whose times are kept."""

HISTORY_S: Final = 120
"""Seconds that the history of a session's results goes back."""


class SecondCounts:
    """Counts events in each of the last seconds, in a ring that needs no timer: an idle session costs nothing."""

    def __init__(self, seconds: int = HISTORY_S):
        """Remember the last `seconds` whole seconds."""
        self._counts = [0] * (seconds + 1)
        self._began = self._second = int(time.monotonic())

    def add(self) -> None:
        """Count one event, now."""
        self._turn(int(time.monotonic()))
        self._counts[self._second % len(self._counts)] += 1

    def values(self) -> list[int]:
        """Counts of the last whole seconds, oldest first, without the one that has just begun."""
        self._turn(int(time.monotonic()))
        first = max(self._began, self._second - len(self._counts) + 1)
        return [self._counts[second % len(self._counts)] for second in range(first, self._second)]

    def _turn(self, second: int) -> None:
        for passed in range(max(self._second + 1, second - len(self._counts) + 1), second + 1):
            self._counts[passed % len(self._counts)] = 0
        self._second = max(self._second, second)


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
        faces_json: the same as the worker wrote them; only counts of it are told.
        name: of the camera, if one was chosen; text of a person's.
        key: by which a browser knows its own sessions; made up at random, and no secret.
        heard_at: when it connected or sent its last frame, by `time.monotonic`.
        history: results in each of the last seconds.
        all_frames: the counts of all sessions, to which it adds.
        number: by which people call it.
    """

    since: float = field(default_factory=time.time)
    received: int = 0
    answered: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    faces: int = 0
    faces_json: str = field(default="[]", repr=False)
    name: str = ""
    key: str = field(default_factory=lambda: secrets.token_hex(6))
    heard_at: float = field(default_factory=time.monotonic)
    history: SecondCounts = field(default_factory=SecondCounts)
    all_frames: FrameTotals = field(default_factory=FrameTotals, repr=False)
    number: int = 0
    _answered_at: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    _timings_ms: deque[dict[str, float]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, outcome: Outcome) -> None:
        """Count a frame's outcome."""
        self.received += 1
        self.heard_at = time.monotonic()
        if outcome.dropped:
            self.dropped[outcome.dropped] += 1
            self.all_frames.add_drop(outcome.dropped)
        elif outcome.result:
            self.answered += 1
            self.faces, self.faces_json = outcome.result.faces, outcome.result.faces_json
            self._answered_at.append(self.heard_at)
            self.history.add()
            timings_ms = outcome.timings_ms
            self._timings_ms.append(timings_ms)
            self.all_frames.add_result(timings_ms)

    def add_error(self, code: str) -> None:
        """Count a frame that was refused."""
        self.received += 1
        self.heard_at = time.monotonic()
        self.errors[code] += 1
        self.all_frames.add_error(code)

    def to_dict(self) -> dict:
        """The session as JSON: counts, results a second, p50 and p95 of each stage in milliseconds."""
        return {
            "since": round(self.since, 1),
            "received": self.received,
            "answered": self.answered,
            "dropped": dict(self.dropped),
            "errors": dict(self.errors),
            "faces": self.faces,
            "fps": round(self.fps(), 1),
            "ms": self.latencies(),
        }

    def fps(self) -> float:
        """Results a second over the last seconds, or since the first result if that is less."""
        now, answered_at = time.monotonic(), list(self._answered_at)
        recent = [at for at in answered_at if now - at <= WINDOW_S]
        if not recent:
            return 0.0
        # A session that has just begun would look slow: it is measured from its first result on.
        began = recent[0] if len(recent) == self.answered else now - WINDOW_S
        return len(recent) / max(now - began, 1.0)

    def latencies(self) -> dict[str, dict[str, float]]:
        """p50 and p95 of each stage in milliseconds, over the frames kept."""
        frames = list(self._timings_ms)
        return {name: percentiles((ms[name] for ms in frames), 50, 95) for name in (frames[0] if frames else ())}


class Statistics:
    """All sessions now connected, and totals since the start.

    Attributes:
        since: when it began, by `time.time`.
        all_frames: the counts of all sessions' frames, those of sessions that have ended included.
    """

    def __init__(self, number_of: Callable[[int], int] = lambda session: session) -> None:
        """Start from 0.

        Args:
            number_of: by which number people call a session, where that is not its own: other nodes count as well.
        """
        self._number_of = number_of
        self.since = time.time()
        self.all_frames = FrameTotals()
        self._lock = threading.Lock()
        self._sessions: dict[int, SessionStatistics] = {}
        self._totals: Counter[str] = Counter()

    def open(self, session: int) -> SessionStatistics:
        """Begin to count for a session."""
        statistics = SessionStatistics(all_frames=self.all_frames, number=self._number_of(session))
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

    def sessions(self) -> dict[int, SessionStatistics]:
        """The sessions now connected, by their numbers."""
        with self._lock:
            return dict(self._sessions)

    def fps(self) -> float:
        """Results a second of all sessions together."""
        return sum(one.fps() for one in self.sessions().values())

    def totals(self) -> dict[str, int]:
        """Counts since the start, of sessions that have ended and of those now connected."""
        with self._lock:
            sessions, totals = list(self._sessions.values()), Counter(self._totals)
        for one in sessions:
            totals.update(_counts(one))
        return {name: totals[name] for name in ("sessions", "received", "answered", "dropped", "errors")}

    def to_dict(self) -> dict:
        """Everything as JSON."""
        sessions = {str(number): one.to_dict() for number, one in self.sessions().items()}
        return {"sessions": sessions, "totals": self.totals()}


def _counts(session: SessionStatistics) -> dict[str, int]:
    return {
        "received": session.received,
        "answered": session.answered,
        "dropped": sum(session.dropped.values()),
        "errors": sum(session.errors.values()),
    }
