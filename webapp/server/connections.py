"""TCP connections: so many for one address, so many requests on each, and a turn for the others after each request."""

from __future__ import annotations

import _socket
import errno
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from webapp.server.rate_limit import TokenBucket

CONNECTION: Final = "raut.connection"
"""Where a request's environ keeps its `Connection`."""

REFUSED: Final = "too_many_connections"

REFUSAL: Final = json.dumps(
    {"error": "too many connections from this address: close some and try again", "code": REFUSED}
).encode()

PASSING: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED, errno.ECONNRESET, errno.EPIPE}
)
"""Errors of `accept` that pass."""


class Connection:
    """One TCP connection.

    Attributes:
        bucket: of its requests.
        slowed: how many of its requests in a row had to wait for their turn.
        ends: whether it is closed after the request now in work.
    """

    def __init__(self, max_requests: float):
        """Allow so many requests a second."""
        self.bucket = TokenBucket(max_requests)
        self.slowed = 0
        self.ends = False


class Connections:
    """Counts the open connections of each address."""

    def __init__(self, limit: int, max_requests: float, on_refusal: Callable[[str, str], None]):
        """Count connections.

        Args:
            limit: how many one address may have at once; 0 for any number.
            max_requests: how many requests a second each connection may send.
            on_refusal: called with `too_many_connections` and the address of who has one too many.
        """
        self._limit, self._max_requests, self._on_refusal = limit, max_requests, on_refusal
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    @contextmanager
    def visit(self, address: str) -> Iterator[Connection | None]:
        """One connection's life; None where it is beyond the limit."""
        with self._lock:
            welcome = not self._limit or self._open[address] < self._limit
            self._open[address] += welcome
        if not welcome:
            self._on_refusal(REFUSED, address)
        try:
            yield Connection(self._max_requests) if welcome else None
        finally:
            with self._lock:
                self._open[address] -= welcome
                if self._open[address] <= 0:
                    del self._open[address]

    def count(self) -> int:
        """All that are open."""
        with self._lock:
            return sum(self._open.values())


def cut(connection: Any) -> None:
    """Shut a TCP connection down, beneath TLS: OpenSSL's object may be in use by another thread.

    Args:
        connection: a socket, green (eventlet's wraps the true one) or not, with TLS or without.
    """
    with suppress(OSError):  # it has gone already
        _socket.socket.shutdown(getattr(connection, "fd", connection), socket.SHUT_RDWR)


class PatientListener:
    """A listening socket whose `accept` waits while the system has no file descriptors left.

    eventlet's server ends at the first `accept` that fails: opening many connections would be enough to stop it.
    """

    def __init__(self, listener: socket.socket):
        """Wrap a listening socket (or one that speaks TLS)."""
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        """Take everything else from the socket."""
        return getattr(self._listener, name)

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; waits while the system cannot give one."""
        while True:
            try:
                return self._listener.accept()
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                time.sleep(0.05)


def counted(handler: type, connections: Connections) -> type:
    """A connection handler as the servers have them, that asks `connections` first.

    Args:
        handler: a class whose `handle()` lasts as long as its connection does, WebSockets included.
        connections: the counts.
    """

    class Counted(handler):
        """Refuses one connection too many with 503, and gives way to others after each request."""

        _visit: Connection

        def handle(self) -> None:
            """Serve the connection, or say why not."""
            address = self.client_address
            with connections.visit(str(address[0]) if address else "") as visit:
                if visit is None:
                    _turn_away(self)
                    return
                self._visit = visit
                super().handle()

        def handle_one_request(self) -> None:
            """Serve one request, then let others have their turn.

            eventlet changes greenlets only where a socket would block. Requests that come without a pause are all
            there to be read, and their answers are read at once: nobody else would ever be served.
            """
            super().handle_one_request()
            time.sleep(0)
            if self._visit.ends:
                self.close_connection = True

        def get_environ(self) -> dict[str, Any]:
            """A request's environ under eventlet, with its connection."""
            environ: dict[str, Any] = super().get_environ()
            return environ | {CONNECTION: self._visit}

        def make_environ(self) -> dict[str, Any]:
            """The same under Werkzeug."""
            environ: dict[str, Any] = super().make_environ()
            return environ | {CONNECTION: self._visit}

    return Counted


def _turn_away(handler: Any) -> None:
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
        f"Connection: close\r\nContent-Length: {len(REFUSAL)}\r\n\r\n"
    )
    try:
        handler.connection.sendall(head.encode() + REFUSAL)
    except OSError:
        return  # it has gone already
