"""Those who mean harm: each attack is bounded in count and time, and runs beside what it must not harm."""

from __future__ import annotations

import select
import socket
import ssl
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from benchmarks.harness.serving import Server

MOST_SECONDS: Final = 8.0
MOST_CONNECTIONS: Final = 400


class Attack:
    """Does something again and again in threads of its own, until it is stopped or its bounds are reached."""

    def __init__(self, once: Callable[[Attack], None], threads: int = 1) -> None:
        self._once, self._threads = once, [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        self._until = 0.0
        self._stop = threading.Event()
        self.rounds = 0
        self.answers = 0

    @property
    def goes_on(self) -> bool:
        return not self._stop.is_set() and time.monotonic() < self._until and self.rounds < MOST_CONNECTIONS

    def __enter__(self) -> Attack:  # noqa: PYI034  (typing.Self is of 3.11)
        self._until = time.monotonic() + MOST_SECONDS
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait(self, seconds: float) -> None:
        """Let it go on for so long."""
        self._stop.wait(seconds)

    def _run(self) -> None:
        while self.goes_on:
            self.rounds += 1
            with suppress(OSError):
                self._once(self)
            self._stop.wait(0.02)  # between two connections


def connection_to(server: Server, source: str = "127.0.0.1", *, silent: bool = False) -> socket.socket:
    """A TCP or, where the server speaks it, TLS connection; `silent` leaves the handshake out."""
    host = server.url.split("://")[1].split(":")[0]
    plain = socket.create_connection((host, server.port), timeout=5, source_address=(source, 0))
    trusting = getattr(server, "trusting", None)
    if trusting is None or silent:
        return plain
    context: ssl.SSLContext = trusting()
    return context.wrap_socket(plain, server_hostname=host)


def pipelining(server: Server, request: bytes, source: str = "127.0.0.1") -> Callable[[Attack], None]:
    """Sends requests without waiting for their answers, and reads what comes as fast as it can."""

    def once(attack: Attack) -> None:
        batch = request * 100
        with connection_to(server, source) as connection:
            connection.setblocking(False)
            left = memoryview(batch)
            while attack.goes_on:
                readable, writable, _ = select.select([connection], [connection], [], 0.2)
                with suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    if readable:
                        received = connection.recv(256 * 1024)
                        if not received:
                            return
                        attack.answers += received.count(b"HTTP/1.1 ")
                with suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    if writable:
                        left = left[connection.send(left) :] or memoryview(batch)

    return once


def median_s(ask: Callable[[], object], seconds: float = 1.5) -> float:
    """How long it takes, the median over some seconds."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        ask()
        times.append(time.monotonic() - began)
        time.sleep(0.05)
    return statistics.median(times)


@contextmanager
def answers_no_slower(server: Server, attack: Attack, times: float, before: float) -> Iterator[None]:
    """While the attack goes on, `/healthz` takes at most so many times as long as `before` it, in the median, in seconds."""
    with attack:
        time.sleep(0.5)
        yield
        during = median_s(server.health, 2.0)
    assert during <= times * before, f"/healthz took {1000 * during:.0f} ms, {1000 * before:.0f} ms before"
