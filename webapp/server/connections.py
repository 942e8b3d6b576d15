"""TCP connections: limits for each address and for strangers, and a deadline for each step.

    accepted --> one too many of its address ----------> 503
             --> one stranger too many of the address,
                 or of all ----------------------------> the oldest stranger is cut off
    any step --> past its deadline --------------------> cut off

A stranger is a connection on which no token has been shown yet.
"""

from __future__ import annotations

import _socket
import socket
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from webapp.config import Settings
from webapp.server.budgets import REMEMBERED, AddressBudget
from webapp.server.descriptors import open_files
from webapp.server.rate_limit import TokenBucket

CONNECTION: Final = "raut.connection"
"""Where a request's environ keeps its `Connection`."""

REFUSED: Final = "too_many_connections"

SWEEP_EVERY_S: Final = 0.5

BURST_S: Final = 5.0
"""Connections are opened together: under `--async-mode threading` one for each request of a page."""

KNOWN_S: Final = 60.0
"""Seconds for which an address is known after a token was shown from it."""

FEW_STRANGERS: Final = 32
"""Of an address, whatever share of its connections that is."""


class Connection:
    """One TCP connection.

    Attributes:
        address: of the client.
        socket: the present one: green or not, with TLS or without.
        bucket: of its requests; None for a proxy's connection, which many clients share.
        slowed: how many of its requests in a row had to wait for their turn.
        ends: whether it is closed after the request now in work.
        deadline: when the present step must be done, by `time.monotonic`; None for no deadline.
    """

    def __init__(self, address: str, connection: Any, max_requests: float, on_known: Callable[[Connection], None]):
        """Take a connection that was just accepted.

        Args:
            address: of the client.
            connection: the socket.
            max_requests: requests a second that it may send; 0 for any number.
            on_known: called when a token has been shown on it.
        """
        self.address, self.socket = address, connection
        self.bucket = TokenBucket(max_requests) if max_requests else None
        self.slowed = 0
        self.ends = False
        self.deadline: float | None = None
        self._on_known: Callable[[Connection], None] | None = on_known

    def allow(self, seconds: float | None) -> None:
        """Give the present step so many seconds as a whole, however its bytes arrive; None for no deadline."""
        self.deadline = None if seconds is None else time.monotonic() + seconds

    def show_token(self) -> None:
        """Note that a token was shown: it is no stranger's any longer."""
        if self._on_known is not None:
            self._on_known(self)
            self._on_known = None


class Connections:
    """The open connections."""

    def __init__(self, settings: Settings, on_refusal: Callable[[str, str], None]):
        """Count connections.

        Args:
            settings: of the server.
            on_refusal: called with a code and an address: `too_many_connections` for one too many of an address,
                `too_many_strangers` for one that had to go, `too_slow` for one that was cut off.
        """
        self._settings, self._on_refusal = settings, on_refusal
        # Most of the file descriptors are kept for clients with a token.
        self._max_strangers = min(settings.max_strangers, open_files() // 4)
        self._lock = threading.Lock()
        self._open: dict[Connection, None] = {}
        self._strangers: dict[Connection, None] = {}
        self._count: Counter[str] = Counter()
        self._known_at: OrderedDict[str, float] = OrderedDict()
        self._budget = AddressBudget(settings.max_requests, BURST_S)

    def watch(self) -> None:
        """Begin to cut off connections past their deadlines, in the background."""
        threading.Thread(target=self._sweep, name="deadlines", daemon=True).start()

    @contextmanager
    def visit(self, address: str, connection: Any = None) -> Iterator[Connection | None]:
        """A `with` block that lasts as long as a connection; gives None if it is beyond the limit."""
        rate = 0.0 if self._settings.behind_proxy else self._settings.max_requests / 2
        visit = Connection(address, connection, rate, self._is_known)
        if not self._enter(visit):
            self._on_refusal(REFUSED, address)
            yield None
            return
        try:
            yield visit
        finally:
            self._leave(visit)

    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return len(self._open)

    def _enter(self, visit: Connection) -> bool:
        """Count a new connection.

        Returns:
            Whether it is within the limits.
        """
        with self._lock:
            limit, address = self._settings.max_connections_per_address, visit.address
            wait_s = self._wait_s(address)
            if wait_s is None or (limit and self._count[address] >= limit):
                return False
            self._count[address] += 1
            self._open[visit] = self._strangers[visit] = None
            leaving = self._one_stranger_too_many(address)
            if leaving is not None:
                del self._strangers[leaving]
        if leaving is not None:
            self._on_refusal("too_many_strangers", leaving.address)
            cut(leaving.socket)
        if wait_s:
            time.sleep(wait_s)
        return True

    def _wait_s(self, address: str) -> float | None:
        """How long a new connection has to wait; None if it is refused. A TLS handshake costs more than a request."""
        if self._settings.behind_proxy:
            return 0.0
        known_at = self._known_at.get(address, -KNOWN_S)
        return self._budget.wait_s(address, time.monotonic() - known_at < KNOWN_S)

    def _one_stranger_too_many(self, address: str) -> Connection | None:
        """The oldest stranger, if there is one too many of the address or in all."""
        if self._settings.behind_proxy:
            return None
        limit = self._settings.max_connections_per_address
        own = [stranger for stranger in self._strangers if stranger.address == address]
        if limit and len(own) > max(limit // 2, FEW_STRANGERS):
            return own[0]
        return next(iter(self._strangers)) if len(self._strangers) > self._max_strangers else None

    def _is_known(self, visit: Connection) -> None:
        with self._lock:
            self._strangers.pop(visit, None)
            self._known_at[visit.address] = time.monotonic()
            self._known_at.move_to_end(visit.address)
            if len(self._known_at) > REMEMBERED:
                self._known_at.popitem(last=False)

    def _leave(self, visit: Connection) -> None:
        with self._lock:
            del self._open[visit]
            self._strangers.pop(visit, None)
            self._count[visit.address] -= 1
            if self._count[visit.address] <= 0:
                del self._count[visit.address]

    def _sweep(self) -> None:
        while True:
            time.sleep(SWEEP_EVERY_S)
            now = time.monotonic()
            with self._lock:
                late = [one for one in self._open if one.deadline is not None and now > one.deadline]
            for one in late:
                one.deadline = None
                self._on_refusal("too_slow", one.address)
                cut(one.socket)


def cut(connection: Any) -> None:
    """Shut a TCP connection down, beneath TLS: OpenSSL's object may be in use by another thread.

    Args:
        connection: a socket, green (eventlet's wraps the true one) or not, with TLS or without.
    """
    with suppress(OSError, TypeError):  # it has gone already
        _socket.socket.shutdown(getattr(connection, "fd", connection), socket.SHUT_RDWR)
