"""No WebSocket message grows beyond its bound while it comes in.

Engine.IO looks at a message's length once it has the whole of it. Until then eventlet bounds a frame
but not the fragments of a message, and simple-websocket (threading) bounds nothing: one connection could
fill the memory.
"""

from __future__ import annotations

from typing import Any


def limit_messages(engine: Any, async_mode: str) -> None:
    """Let incoming messages be as long as `engine.max_http_buffer_size` and end the connection of a longer one.

    Args:
        engine: the `engineio.Server`.
        async_mode: how it waits.
    """
    {"eventlet": _limit_eventlet, "threading": _limit_threading}[async_mode](engine)


def _limit_eventlet(_engine: Any) -> None:
    from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

    class BoundedMessage(RFC6455WebSocket.Message):
        """A message whose fragments together are no longer than one frame may be."""

        size = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self.size += len(data)
            if self.size > self.max_frame_length:  # which engineio has set
                raise FailedConnectionError(1009, f"a message has at most {self.max_frame_length} bytes")
            super().push(data, final)

    RFC6455WebSocket.Message = BoundedMessage


def _limit_threading(engine: Any) -> None:
    from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI  # type: ignore[import-untyped]
    from simple_websocket import Server  # type: ignore[import-untyped]

    class BoundedServer(Server):
        """Wakes who waits for a message once there will be none: after one too long it would sleep on."""

        def _handle_events(self) -> bool:
            goes_on = bool(super()._handle_events())
            if not goes_on:
                self.connected = False
                self.event.set()
            return goes_on

    class BoundedWebSocket(SimpleWebSocketWSGI):
        """As its base, with a bound."""

        def __call__(self, environ: dict[str, Any], _start_response: Any) -> Any:
            self.ws = BoundedServer(environ, max_message_size=engine.max_http_buffer_size)
            self.app(self)
            raise ConnectionError  # Werkzeug's way to end a connection without an answer

    engine._async = {**engine._async, "websocket": BoundedWebSocket}
