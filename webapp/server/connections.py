"""TCP connections: so many for one address, and none that never says what it wants."""

from __future__ import annotations

import errno
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

REFUSAL: Final = json.dumps(
    {"error": "too many connections from this address: close some and try again", "code": "too_many_connections"}
).encode()

PASSING: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED, errno.ECONNRESET, errno.EPIPE}
)
"""What `accept` fails with and recovers from."""


class Connections:
    """Counts the open connections of each address."""

    def __init__(self, limit: int):
        """Allow each address `limit` connections; 0 allows any number."""
        self._limit = limit
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self.refused = 0

    @contextmanager
    def visit(self, address: str) -> Iterator[bool]:
        """One connection's life; whether it is within the limit."""
        with self._lock:
            welcome = not self._limit or self._open[address] < self._limit
            self.refused += not welcome
            self._open[address] += welcome
        try:
            yield welcome
        finally:
            with self._lock:
                self._open[address] -= welcome
                if self._open[address] <= 0:
                    del self._open[address]

    def count(self) -> int:
        """All that are open."""
        with self._lock:
            return sum(self._open.values())


class PatientListener:
    """A listening socket whose `accept` outlives a shortage of file descriptors.

    eventlet's server ends at the first accept that fails: whoever opens connections enough would have
    ended ours for all.
    """

    def __init__(self, listener: socket.socket):
        """Wrap a listening socket (or one that speaks TLS)."""
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        """Everything else is the socket's own."""
        return getattr(self._listener, name)

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; while the system has none to give, wait."""
        while True:
            try:
                return self._listener.accept()
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                time.sleep(0.05)


def counted(handler: type, connections: Connections) -> type:
    """A connection handler as the three servers have them, that asks `connections` first.

    Args:
        handler: a class whose `handle()` lasts as long as its connection does, WebSockets included.
        connections: the counts.
    """

    class Counted(handler):
        """Refuses one connection too many with 503."""

        def handle(self) -> None:
            """Serve the connection, or say why not."""
            address = self.client_address
            with connections.visit(str(address[0]) if address else "") as welcome:
                if welcome:
                    super().handle()
                else:
                    _turn_away(self)

    return Counted


def _turn_away(handler: Any) -> None:
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
        f"Connection: close\r\nContent-Length: {len(REFUSAL)}\r\n\r\n"
    )
    connection = getattr(handler, "connection", None) or handler.socket
    try:
        connection.sendall(head.encode() + REFUSAL)
    except OSError:
        return  # it has gone already
