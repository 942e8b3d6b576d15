"""Limits what a WebSocket may send, while it arrives: the size of a message, and a budget of frames and bytes.

Engine.IO checks a message's length only once it has all of it. Until then eventlet limits a single frame, but neither
the fragments of a message nor pings, and simple-websocket (threading) limits nothing. Both answer pings and join
fragments without a pause, so that a client could keep eventlet's loop busy with them alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

TEXT_BYTES: Final = 4096
"""Bytes of the longest text message; an event without its image has about fifty."""

MOST_WAITING: Final = 32
"""Messages that simple-websocket's reading thread may read before they are handled."""

TURN_S: Final = 0.0002
"""For so long a connection is served while its frames arrive without a pause: an event and its image are one turn."""

_TEXT, _BINARY = 1, 2


class MessageError(Exception):
    """A connection sent more than is allowed, and must be closed.

    Attributes:
        status: WebSocket's (RFC 6455, 7.4.1).
    """

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


class Budget(Protocol):
    """What a connection may still send."""

    def take(self, frames: int, size: int) -> None:
        """Count frames and bytes; raises `MessageError` beyond the budget."""

    def takes_binary(self) -> bool:
        """Whether a binary message may come now."""


def limit_messages(engine: Any, async_mode: str) -> None:
    """Make Engine.IO use WebSockets that `bound_messages` can limit.

    Args:
        engine: the `engineio.Server`.
        async_mode: how it waits.
    """
    {"eventlet": _limit_eventlet, "threading": _limit_threading}[async_mode](engine)


def bound_messages(socket: Any, budget: Budget) -> None:
    """Limit what a WebSocket receives from now on.

    Args:
        socket: as Engine.IO's handler gets it.
        budget: of its connection.
    """
    if hasattr(socket, "_recv_frame"):
        _bound_eventlet(socket, budget)
    elif hasattr(getattr(socket, "ws", None), "bound"):
        socket.ws.bound(budget)


def _limit_eventlet(engine: Any) -> None:
    make = engine._async["websocket"]

    def make_of_today(handle: Any, server: Any) -> Any:
        made = make(handle, server)
        made.support_legacy_versions = (
            False  # the drafts before RFC 6455, whose messages eventlet does not bound at all
        )
        return made

    engine._async = {**engine._async, "websocket": make_of_today}


def _bound_eventlet(socket: Any, budget: Budget) -> None:
    from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

    def check(frames: int, size: int) -> None:
        try:
            budget.take(frames, size)
        except MessageError as error:
            raise FailedConnectionError(error.status, str(error)) from None

    class BoundedMessage(RFC6455WebSocket.Message):
        """A message with a limit on all its fragments together."""

        size = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self.size += len(data)
            check(0, len(data))
            if self.opcode == _BINARY and not budget.takes_binary():
                raise FailedConnectionError(1008, "no binary message is expected")
            most = TEXT_BYTES if self.opcode == _TEXT else self.max_frame_length  # which engineio has set
            if self.size > most:
                raise FailedConnectionError(1009, f"a message of this kind has at most {most} bytes")
            super().push(data, final)

    receive_frame = socket._recv_frame
    turn_ends = 0.0

    def receive_bounded(message: Any = None) -> Any:
        nonlocal turn_ends
        check(1, 0)
        if time.monotonic() >= turn_ends:
            time.sleep(0)  # other green threads get a turn, however fast frames arrive
            turn_ends = time.monotonic() + TURN_S
        return receive_frame(message)

    socket.Message, socket._recv_frame = BoundedMessage, receive_bounded


def _limit_threading(engine: Any) -> None:
    from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI  # type: ignore[import-untyped]
    from simple_websocket import Server  # type: ignore[import-untyped]

    class BoundedServer(Server):
        """Reads with limits, in the thread that simple-websocket starts for each connection."""

        def bound(self, budget: Budget) -> None:
            """Limit what arrives from now on."""
            self.ws.events = _bounded_events(self.ws.events, budget)

        def _handle_events(self) -> bool:
            goes_on = bool(super()._handle_events())
            if not goes_on:  # wake the thread that waits for a message; none will come
                self.connected = False
                self.event.set()
            while self.connected and len(self.input_buffer) > MOST_WAITING:
                time.sleep(0.01)
            return goes_on

    class BoundedWebSocket(SimpleWebSocketWSGI):
        """Like its base class, with limits."""

        def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:
            self.ws = BoundedServer(environ, max_message_size=engine.max_http_buffer_size)
            self.app(self)
            raise ConnectionError  # Werkzeug's way to end a connection without an answer

    engine._async = {**engine._async, "websocket": BoundedWebSocket}


def _bounded_events(events: Callable[[], Iterator[Any]], budget: Budget) -> Callable[[], Iterator[Any]]:
    """The events of one wsproto connection, until one exceeds the limits."""
    from wsproto.events import TextMessage

    text_size = 0

    def bounded() -> Iterator[Any]:
        nonlocal text_size
        for event in events():
            data = getattr(event, "data", b"")
            try:
                budget.take(int(getattr(event, "frame_finished", True)), len(data))
            except MessageError as error:
                raise ConnectionResetError(str(error)) from None
            if isinstance(event, TextMessage):
                text_size += len(data)
                if text_size > TEXT_BYTES:
                    raise ConnectionResetError(f"a text message has at most {TEXT_BYTES} bytes")
                if event.message_finished:
                    text_size = 0
            yield event

    return bounded
