"""eventlet's and Werkzeug's connection handlers, with limits that neither has by itself.

    connection --> counted, or turned away with 503
               --> waits for a request's first byte: handshake_timeout
               --> its head, as a whole:             handshake_timeout
               --> its body and its answer:          request_timeout
               --> other connections get a turn, then the next request

An open WebSocket has no deadline (`Connection.allow`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import LineTooLong
from typing import Any, Final

from webapp.config import MEBIBYTE, Settings
from webapp.server.connections import CONNECTION, REFUSED, Connection, Connections

REFUSAL: Final = json.dumps(
    {"error": "too many connections from this address: close some and try again", "code": REFUSED}
).encode()

MOST_HEAD_BYTES: Final = 64 * 1024
"""Bytes of a request line and its headers together."""

MOST_DISCARDED: Final = MEBIBYTE
"""Bytes that are read of a body that is not needed; then its connection is closed instead."""

PIECE: Final = 16 * 1024


def counted(handler: Any, connections: Connections, settings: Settings) -> Any:
    """A connection handler that asks `connections` first.

    Args:
        handler: a class whose `handle()` lasts as long as its connection does, WebSockets included.
        connections: the counts.
        settings: of the server.
    """

    class Counted(handler):
        """Refuses one connection too many, sets deadlines, and lets others run after each request."""

        visit: Connection
        rfile: Any
        connection: Any

        def handle(self) -> None:
            """Serve the connection, or say why not."""
            address = self.client_address
            with connections.visit(str(address[0]) if address else "", self.connection) as visit:
                if visit is None:
                    _turn_away(self.connection)
                    return
                self.visit = visit
                super().handle()

        def handle_one_request(self) -> None:
            """Serve one request, then let other connections have a turn.

            eventlet switches greenlets only where a socket would block. With requests that arrive without a pause, and
            whose answers are read at once, that never happens, and nobody else would be served.
            """
            if not _begins(self.rfile, self.connection, settings.handshake_timeout):
                self.close_connection = True
                return
            self.visit.allow(settings.handshake_timeout)
            super().handle_one_request()
            self.visit.allow(None)
            time.sleep(0)
            if self.visit.ends:
                self.close_connection = True

        def get_environ(self) -> dict[str, Any]:
            """A request's environ under eventlet, with its connection."""
            environ: dict[str, Any] = super().get_environ()
            _bound_body(environ["eventlet.input"])
            return self._begin(environ)

        def make_environ(self) -> dict[str, Any]:
            """The same under Werkzeug."""
            body = self.rfile
            environ: dict[str, Any] = super().make_environ()
            self.rfile = _Rest(body)  # what Werkzeug reads after the answer
            return self._begin(environ)

        def _begin(self, environ: dict[str, Any]) -> dict[str, Any]:
            self.visit.allow(settings.request_timeout)
            return environ | {CONNECTION: self.visit}

    return Counted


def _begins(rfile: Any, connection: Any, seconds: float) -> bool:
    """Wait for the first byte of a request."""
    timeout = connection.gettimeout()
    try:
        connection.settimeout(seconds)
        return bool(rfile.peek(1))
    except (OSError, ValueError):  # it took too long, or has gone
        return False
    finally:
        connection.settimeout(timeout)


class _Reader:
    """A connection's file, one of whose methods is limited."""

    def __init__(self, file: Any, left: int):
        self._file, self._left = file, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Head(_Reader):
    """Reads the lines of a request's head, up to its limit in all."""

    def __init__(self, file: Any):
        """Read from a connection's file."""
        super().__init__(file, MOST_HEAD_BYTES)

    def readline(self, size: int = -1) -> bytes:
        """The next line.

        Raises:
            LineTooLong: the head is too long; the standard library answers 431.
        """
        line: bytes = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise LineTooLong("head")
        return line


class _Rest(_Reader):
    """Reads a little of a body that is not needed: a client that is still sending would not see the answer."""

    def __init__(self, file: Any):
        super().__init__(file, MOST_DISCARDED)

    def read(self, _size: int = -1) -> bytes:
        """The next piece; empty once enough has been read."""
        piece: bytes = self._file.read1(min(PIECE, self._left)) if self._left else b""
        self._left -= len(piece)
        return piece


def _bound_body(body: Any) -> None:
    """Limit how much eventlet reads of a body after the answer."""
    read: Callable[[int], bytes] = body.read

    def discard(_buffer_size: int = PIECE) -> None:
        left = MOST_DISCARDED
        while piece := read(PIECE):
            left -= len(piece)
            if left < 0:
                raise OSError("a body that nobody reads is too long: the connection is closed")
            time.sleep(0)

    body.discard = discard


def _turn_away(connection: Any) -> None:
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
        f"Connection: close\r\nContent-Length: {len(REFUSAL)}\r\n\r\n"
    )
    try:
        connection.sendall(head.encode() + REFUSAL)
    except OSError:
        return  # it has gone already
