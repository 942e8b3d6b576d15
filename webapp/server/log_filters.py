"""Keeps what clients send out of the log, also where it is no valid message, request or frame.

Socket.IO and Engine.IO log what they could not read, with a traceback each time. One line without any of it is enough.
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
    """Leave the record of a failure in our own handlers as it is, and make any other one a single line."""
    if record.exc_info and record.exc_info[2] and not is_ours(record.exc_info[2]):
        name = type(record.exc_info[1]).__name__
        record.msg, record.args, record.exc_info = "a client's message could not be read (%s)", (name,), None
    return True


def is_ours(trace: TracebackType | None) -> bool:
    """Whether an error came from a module of this package, and not from what a client sent to a library."""
    return any(frame.f_globals.get("__name__", "").startswith("webapp.") for frame, _ in traceback.walk_tb(trace))
