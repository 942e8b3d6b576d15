"""The live socket: a frame in, its faces back as the acknowledgement.

    browser                     web process                   worker
       | -- "frame", bytes, ack 7 --> |                          |
       |                              | -- newest of the slot -> |
       |                              | <- result -------------- |
       | <----- ack 7, result ------- |                          |

The handler waits for the outcome, so an acknowledgement means that there is room for another frame.
Handlers are registered with python-socketio itself: Flask's request context, which none of them
needs, costs more than the rest of the handler.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from flask_socketio import SocketIO

from vision.labels import DECADES, EXPRESSIONS, GENDERS
from webapp import VERSION
from webapp.config import Settings
from webapp.pool import WorkerPool
from webapp.sharing.gate import Gate
from webapp.statistics import SessionStatistics, Statistics
from webapp.tickets import Outcome

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 2


class RawJson(str):
    """Text that is JSON already: sent as it stands, not parsed and written again."""

    __slots__ = ()


class FrameJson:
    """The `json` that Socket.IO uses: as the standard library's, but for `RawJson`."""

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(value: Any, **options: Any) -> str:
        """Write JSON; a list's `RawJson` elements go in as they are."""
        if isinstance(value, list) and any(isinstance(element, RawJson) for element in value):
            return "[" + ",".join(FrameJson.dumps(element, **options) for element in value) + "]"
        return str(value) if isinstance(value, RawJson) else json.dumps(value, **options)


class LiveSessions:
    """The sessions of all browsers now connected."""

    def __init__(self, settings: Settings, pool: WorkerPool, statistics: Statistics, gate: Gate):
        """Take what frames are sent to, what counts them, and who lets people in."""
        self._gate = gate
        self._settings, self._pool, self._statistics = settings, pool, statistics
        self._sessions: dict[str, tuple[int, SessionStatistics]] = {}

    def register(self, socketio: SocketIO) -> None:
        """Handle the events of the default namespace."""
        self._server = socketio.server
        self._server.on("connect", self.connect)
        self._server.on("disconnect", self.disconnect)
        self._server.on("frame", self.frame)

    def connect(self, sid: str, environ: dict, _auth: Any = None) -> None:
        """Open a session and tell the page what it needs to know."""
        self._gate.require_camera(environ)
        number = self._pool.open_session()
        self._sessions[sid] = (number, self._statistics.open(number))
        self._server.emit("hello", self._hello(), to=sid)

    def disconnect(self, sid: str, _reason: str = "") -> None:
        """Forget the session."""
        number, _ = self._sessions.pop(sid, (None, None))
        if number is not None:
            self._statistics.close(number)
            self._pool.close_session(number)

    def frame(self, sid: str, *arguments: Any) -> Any:
        """Analyze a frame; what this returns is its acknowledgement."""
        number, statistics = self._sessions.get(sid, (None, None))
        if number is None or statistics is None:
            return {"dropped": True, "reason": "shutting_down"}
        refusal = self._refuse(arguments)
        if refusal is not None:
            statistics.add_error(refusal["code"])
            return refusal
        outcome = self._pool.analyze_frame(number, bytes(arguments[0]))
        if outcome.error is not None:
            error = json.loads(outcome.error)
            statistics.add_error(error["code"])
            return error
        statistics.add(outcome)
        return acknowledgement(outcome)

    def connected(self) -> dict[str, int]:
        """How many live pages are connected."""
        return {"cameras": len(self._sessions)}

    def say_goodbye(self) -> None:
        """Tell every page that the server goes down, so that it need not guess."""
        self._server.emit("goodbye", {"reason": "shutting_down"})

    def _hello(self) -> dict:
        return {
            "version": VERSION,
            "max_frame_bytes": self._settings.max_frame_bytes,
            "max_pixels": self._settings.max_pixels,
            "max_in_flight": MAX_IN_FLIGHT,
            "detector": self._settings.detector,
            "expressions": EXPRESSIONS,
            "genders": GENDERS,
            "decades": DECADES,
        }

    def _refuse(self, arguments: tuple[Any, ...]) -> dict | None:
        """What is wrong with the arguments of a `frame` event; None if nothing is."""
        if len(arguments) != 1 or not isinstance(arguments[0], (bytes, bytearray)):
            got = ", ".join(type(argument).__name__ for argument in arguments) or "nothing"
            return {
                "error": f"a frame event takes one argument, the image's bytes; it came with {got}",
                "code": "bad_arguments",
            }
        size, limit = len(arguments[0]), self._settings.max_frame_bytes
        if not size:
            return {"error": "the image is empty: no bytes arrived", "code": "empty"}
        if size > limit:
            return {"error": f"the frame has {size:,} bytes; at most {limit:,} are taken", "code": "too_many_bytes"}
        return None


def acknowledgement(outcome: Outcome) -> Any:
    """An outcome as the browser gets it: the worker's JSON with two timings more, or why there is none."""
    if outcome.result is None:
        return {"dropped": True, "reason": outcome.dropped}
    return RawJson(with_server_timings(outcome).decode())


def with_server_timings(outcome: Outcome) -> bytes:
    """A result's JSON with `queue` and `server` added to its `timings_ms`, which stands last in it."""
    result = outcome.result or b""
    if not result.endswith(b"}}"):
        raise ValueError("a result's JSON must end with its timings")
    return result[:-2] + f',"queue":{outcome.queue_ms:.2f},"server":{outcome.server_ms:.2f}}}}}'.encode()
