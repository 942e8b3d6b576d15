"""What clients send stays out of the log, even where it is no message, no request and no frame at all.

The libraries below would like to tell what they could not read, with a traceback each time. One line
without a word of it says enough.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType


def socket_logger() -> logging.Logger:
    """The logger for Socket.IO and Engine.IO: errors only, clients' faults in one line each."""
    logger = logging.getLogger("webapp.sockets")
    logger.setLevel(logging.ERROR)
    logger.addFilter(shorten_client_fault)
    return logger


def shorten_client_fault(record: logging.LogRecord) -> bool:
    """Let a failure of our own handlers through as it is, any other one as one line."""
    if record.exc_info and record.exc_info[2] and not is_ours(record.exc_info[2]):
        name = type(record.exc_info[1]).__name__
        record.msg, record.args, record.exc_info = "a client's message could not be read (%s)", (name,), None
    return True


def is_ours(trace: TracebackType | None) -> bool:
    """Whether an error came from a module of this package, and not from what a client sent to a library."""
    return any(frame.f_globals.get("__name__", "").startswith("webapp.") for frame, _ in traceback.walk_tb(trace))
