"""Another camera, which whatever happens to the server must not harm."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.attackers import median_s
from tests.webapp.live_client import LiveClient, outcome

FPS = 10.0

LONGEST_GAP_S = 4.0
"""Between two results: a worker that is killed is back within two seconds, on a slow and shared machine somewhat later."""


class Bystander:
    """Sends a frame ten times a second, each when the one before it has been answered."""

    def __init__(self, client: LiveClient, frame: bytes) -> None:
        self._client, self._frame = client, frame
        self.outcomes: Counter[str] = Counter()
        self.times: list[float] = []
        self.health_before_s = 0.0
        """How long `/healthz` took while only this camera sent, the median."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def warm_up(self) -> None:
        """Wait for the first results: what comes later is as fast as a server ever is."""
        end = time.monotonic() + 1.0
        while len(self.times) < 3 and time.monotonic() < end:
            time.sleep(0.02)

    def rate(self, since: float, until: float) -> float:
        """Results a second."""
        return sum(since <= at <= until for at in self.times) / (until - since)

    def longest_gap(self, since: float, until: float) -> float:
        inside = [since, *(at for at in self.times if since <= at <= until), until]
        return max(later - earlier for earlier, later in pairwise(inside))

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / FPS, time.monotonic())
            try:
                how = outcome(self._client.ask(self._frame))
            except Exception as error:
                how = type(error).__name__
            self.outcomes[how] += 1
            if how == "result":
                self.times.append(time.monotonic())


@contextmanager
def unharmed(
    server: Server, client: LiveClient, frame: bytes, *, share: float = 0.6, allowed: tuple[str, ...] = ()
) -> Iterator[Bystander]:
    """What happens inside the `with` block leaves another client its FPS, and the server answering.

    Args:
        server: under test.
        client: connected to it.
        frame: what that client sends.
        share: of its rate before, which it must keep.
        allowed: outcomes of its frames that are fine beside `result`.
    """
    other = Bystander(client, frame)
    other.start()
    other.warm_up()
    began = time.monotonic()
    other.health_before_s = median_s(server.health, 1.5)
    fault = time.monotonic()
    before = other.rate(began, fault)
    try:
        yield other
        time.sleep(0.5)
    finally:
        ended = time.monotonic()
        other.stop()
    assert server.answers()
    assert set(other.outcomes) <= {"result", *allowed}, other.outcomes
    assert other.longest_gap(fault, ended) < LONGEST_GAP_S
    assert other.rate(fault, ended) >= share * before, f"{other.rate(fault, ended):.1f} FPS, {before:.1f} before"
    if not client.disconnected.is_set():
        return
    pytest.fail("the other client was disconnected")
