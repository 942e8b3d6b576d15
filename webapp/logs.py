"""The log: lines on standard error, for people or as JSON, one object a line.

    {"time": "2026-11-27T12:00:00.000+00:00", "level": "WARNING", "logger": "webapp.metrics.refusals",
     "part": "web", "pid": 4711, "message": "refused no_token from 192.168.1.7 (3 since the start)"}

`error` holds a traceback, where there is one. What anything else prints becomes such a line, too.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from types import TracebackType
from typing import Final

TEXT: Final = "text"
JSON: Final = "json"
FORMS: Final = (TEXT, JSON)

log = logging.getLogger(__name__)


def start_log(form: str, part: str) -> None:
    """Log to standard error from now on.

    Args:
        form: one of `FORMS`.
        part: of the server that this process is, `web` or `worker`.
    """
    handler = logging.StreamHandler(sys.stderr)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    if form == TEXT:
        name = "worker %(process)d: " if part == "worker" else ""
        handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)s {name}%(message)s"))
        return
    handler.setFormatter(_json_formatter(part))
    # What cannot be written, on a full disk, is lost: saying so would fail, too.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda failed: _log_uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.stdout = LoggedLines("stdout")
    sys.stderr = LoggedLines("stderr")


def _json_formatter(part: str) -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(
        ["levelname", "name", "message", "process"],
        rename_fields={"levelname": "level", "name": "logger", "process": "pid", "exc_info": "error"},
        static_fields={"part": part},
        timestamp="time",
    )


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    log.error("an error that nothing caught: %s", kind.__name__, exc_info=(kind, error or kind(), trace))


class LoggedLines(io.TextIOBase):
    """A stream each of whose lines becomes a line of the log: eventlet and others print what they cannot raise."""

    def __init__(self, name: str):
        """Stand for a stream of that name."""
        self._log, self._begun = logging.getLogger(name), ""

    def write(self, text: str) -> int:
        """Log the whole lines, and keep the rest until its end comes."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                self._log.info("%s", line.rstrip())
        return len(text)

    def writable(self) -> bool:
        """It is."""
        return True
