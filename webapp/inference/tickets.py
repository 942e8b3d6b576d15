"""A ticket: one image on its way through a worker, and the thread that waits for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from webapp.inference.wire import Result


@dataclass(frozen=True)
class Outcome:
    """How a ticket ended: exactly one of `result`, `error` and `dropped` is set.

    Attributes:
        result: what the worker found.
        error: why the image was refused: `error`, one sentence, and `code`.
        dropped: why it was not analysed: `newer_frame`, `worker_lost`, `shutting_down`, `timeout`,
            `closed` (the page went at that moment).
        fatal: whether a worker was lost over this image, and not over another one.
        queue_ms: from the ticket's start until a worker took it.
        server_ms: from the ticket's start until its outcome.
    """

    result: Result | None = None
    error: dict[str, str] | None = None
    dropped: str | None = None
    fatal: bool = False
    queue_ms: float = 0.0
    server_ms: float = 0.0

    @property
    def timings_ms(self) -> dict[str, float]:
        """Of a result: milliseconds of each stage, their `total`, `queue` and `server`."""
        if self.result is None:
            return {}
        stages = self.result.stages_ms
        return {**stages, "total": self.result.total_ms, "queue": self.queue_ms, "server": self.server_ms}


@dataclass
class Ticket:
    """One image.

    Attributes:
        data: the encoded image.
        session: the number of its camera session; None for a picture by itself.
        address: whose it is.
        started: when it arrived, by `time.perf_counter`.
        sent: when it was sent to its worker; 0 before.
        sent_at: the same, by `time.monotonic`.
        charged: seconds of its worker's time that its sender has been charged for it.
    """

    data: bytes
    session: int | None
    address: str = ""
    started: float = field(default_factory=time.perf_counter)
    sent: float = 0.0
    sent_at: float = 0.0
    charged: float = 0.0
    _outcome: Outcome | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def finish(
        self,
        result: Result | None = None,
        error: dict[str, str] | None = None,
        dropped: str | None = None,
        fatal: bool = False,
    ) -> None:
        """End it and wake the thread that waits; a second call changes nothing."""
        if self._outcome is not None:
            return
        now = time.perf_counter()
        # The wait includes sending the image: all the time that the worker itself did not spend.
        worked = result.total_ms if result else 0.0
        taken = (now - self.sent) * 1000 - worked if self.sent else 0.0
        before = ((self.sent or now) - self.started) * 1000
        self._outcome = Outcome(
            result, error, dropped, fatal, before + max(taken, 0.0), server_ms=(now - self.started) * 1000
        )
        self._done.set()

    def wait(self, timeout: float) -> Outcome:
        """Wait for its end; after `timeout` seconds it ends as dropped."""
        if not self._done.wait(timeout):
            self.finish(dropped="timeout")
        assert self._outcome is not None  # noqa: S101  (finish has set it)
        return self._outcome
