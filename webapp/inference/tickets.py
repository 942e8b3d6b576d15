"""A ticket: one image on its way through a worker, and who waits for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from webapp.inference.wire import Timings


@dataclass(frozen=True)
class Outcome:
    """How a ticket ended: exactly one of `result`, `error` and `dropped` is set.

    Attributes:
        result: the result as JSON.
        error: the error as JSON.
        dropped: why it was not analysed: `newer_frame`, `worker_lost`, `shutting_down`, `timeout`,
            `closed` (the page went at that moment).
        timings: of a result.
        queue_ms: from the ticket's start until a worker took it.
        server_ms: from the ticket's start until its outcome.
    """

    result: bytes | None = None
    error: bytes | None = None
    dropped: str | None = None
    timings: Timings | None = None
    queue_ms: float = 0.0
    server_ms: float = 0.0


@dataclass
class Ticket:
    """One image.

    Attributes:
        data: the encoded image.
        session: the number of its camera session; None for a picture by itself.
        started: when it arrived, by `time.perf_counter`.
        sent: when it was sent to its worker; 0 before.
    """

    data: bytes
    session: int | None
    started: float = field(default_factory=time.perf_counter)
    sent: float = 0.0
    _outcome: Outcome | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def finish(
        self,
        result: bytes | None = None,
        error: bytes | None = None,
        dropped: str | None = None,
        timings: Timings | None = None,
    ) -> None:
        """End it, once; whoever waits goes on."""
        if self._outcome is not None:
            return
        now = time.perf_counter()
        # The wait includes the hand-over: what the worker itself did not spend.
        worked = timings.ms["total"] if timings else 0.0
        taken = (now - self.sent) * 1000 - worked if self.sent else 0.0
        before = ((self.sent or now) - self.started) * 1000
        self._outcome = Outcome(
            result, error, dropped, timings, queue_ms=before + max(taken, 0.0), server_ms=(now - self.started) * 1000
        )
        self._done.set()

    def wait(self, timeout: float) -> Outcome:
        """Wait for its end; after `timeout` seconds it ends as dropped."""
        if not self._done.wait(timeout):
            self.finish(dropped="timeout")
        assert self._outcome is not None  # noqa: S101  (finish has set it)
        return self._outcome
