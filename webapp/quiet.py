"""What clients send stays out of the log, even where it is no message, no request and no frame at all.

The libraries below would like to tell what they could not read, with a traceback each time. One line
without a word of it says enough.
"""

from __future__ import annotations

import errno
import logging
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class QuietSockets:
    """Ends a WebSocket whose message nobody can read like one whose client has gone."""

    def __init__(self, app: WsgiApp):
        """Wrap an application."""
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on.

        Raises:
            BrokenPipeError: the WebSocket failed; servers end its connection without a word.
        """
        try:
            return self._app(environ, start_response)
        except OSError:
            raise
        except Exception as error:
            if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
                raise
            log.warning("a WebSocket's message could not be read (%s)", type(error).__name__)
            raise BrokenPipeError(errno.EPIPE, "the WebSocket failed") from None


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
