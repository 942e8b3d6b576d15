"""What clients send stays out of the log, even where it is no message, no request and no frame at all.

The libraries below would like to tell what they could not read, with a traceback each time. One line
without a word of it says enough.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)


def close_unreadable_websockets(engine: Any) -> None:
    """Let a WebSocket whose message nobody can read end like one whose client has gone.

    By itself Engine.IO raises the error through the server, and keeps the session until a ping is missed.

    Args:
        engine: the `engineio.Server`.
    """
    make_socket = engine._async["websocket"]

    def make_quiet_socket(handle: Callable[[Any], Any], server: Any) -> Any:
        def handle_quietly(socket: Any) -> Any:
            try:
                return handle(socket)
            except Exception as error:
                log.warning("a WebSocket's message could not be read (%s)", type(error).__name__)
                session = handle.__self__  # type: ignore[attr-defined]  # the engineio.Socket whose method it is
                session.close(wait=False, abort=True, reason=server.reason.TRANSPORT_ERROR)
                return []

        return make_socket(handle_quietly, server)

    engine._async = {**engine._async, "websocket": make_quiet_socket}


def socket_logger() -> logging.Logger:
    """The logger for Socket.IO and Engine.IO: errors only, clients' faults in one line each."""
    logger = logging.getLogger("webapp.sockets")
    logger.setLevel(logging.ERROR)
    logger.addFilter(shorten_client_fault)
    return logger


def shorten_client_fault(record: logging.LogRecord) -> bool:
    """Let a failure of our own handlers through as it is, any other one as one line."""
    if record.exc_info and record.exc_info[2] and not _is_ours(record.exc_info[2]):
        name = type(record.exc_info[1]).__name__
        record.msg, record.args, record.exc_info = "a client's message could not be read (%s)", (name,), None
    return True


def _is_ours(trace: TracebackType) -> bool:
    return any(frame.f_globals.get("__name__", "").startswith("webapp.") for frame, _ in traceback.walk_tb(trace))
