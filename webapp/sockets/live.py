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

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from flask_socketio import SocketIO

from vision.tasks import DECADES, EXPRESSIONS, GENDERS, STAGES
from webapp import VERSION
from webapp.config import Settings
from webapp.inference.pool import WorkerPool
from webapp.inference.result_json import result_json
from webapp.inference.tickets import Outcome
from webapp.metrics.loop_lag import LoopLag
from webapp.metrics.refusals import Refusals
from webapp.metrics.statistics import SessionStatistics, Statistics
from webapp.roles import CAMERA
from webapp.sharing.access import Access
from webapp.sharing.addresses import is_own_address
from webapp.sockets.admission import Admission, Place
from webapp.sockets.camera_name import clean_name
from webapp.sockets.failures import KEEPS_FAILING, Failures
from webapp.sockets.frame_budget import FrameBudget
from webapp.sockets.guarded_socket import rest, strike

log = logging.getLogger(__name__)

MAX_IN_FLIGHT = 2


@dataclass(frozen=True)
class Session:
    """One connected live page."""

    number: int
    statistics: SessionStatistics
    budget: FrameBudget
    place: Place
    failures: Failures = field(default_factory=Failures)


class LiveSessions:
    """The sessions of all browsers now connected.

    Attributes:
        server: the `socketio.Server`, once `register` was called.
    """

    def __init__(
        self,
        settings: Settings,
        pool: WorkerPool,
        statistics: Statistics,
        admission: Admission,
        access: Access,
        refusals: Refusals,
        loop_lag: LoopLag,
    ):
        """Take the workers, the statistics, the places, the check of who may come in, the counter of refusals, and the loop's lag."""
        self._loop_lag = loop_lag
        self._refusals = refusals
        self._settings, self._pool, self._statistics = settings, pool, statistics
        self._admission, self._access = admission, access
        self._sessions: dict[str, Session] = {}
        self._draining = False

    def register(self, socketio: SocketIO) -> None:
        """Handle the events of the default namespace."""
        self.server = socketio.server
        self.server.on("connect", self.connect)
        self.server.on("disconnect", self.disconnect)
        self.server.on("frame", self.frame)
        self.server.on("new_camera", self.new_camera)
        self.server.on("name_camera", self.name_camera)
        self.server.on("*", self.refuse)

    def connect(self, sid: str, environ: dict, _auth: Any = None) -> None:
        """Open a session and tell the page what it needs to know."""
        self._access.require_camera(environ)
        place, gives_way = self._admission.enter(CAMERA, sid, environ.get("REMOTE_ADDR", ""))
        if gives_way is not None:
            self.server.disconnect(gives_way.sid)
        number = self._pool.open_session(place.address)
        budget, statistics = FrameBudget(self._settings.max_fps), self._statistics.open(number)
        self._sessions[sid] = Session(number, statistics, budget, place)
        own = {"key": statistics.key, "same_machine": is_own_address(environ.get("REMOTE_ADDR", ""))}
        self.server.emit("hello", self._hello() | own, to=sid, ignore_queue=True)

    def disconnect(self, sid: str, _reason: str = "") -> None:
        """Forget the session."""
        self._admission.leave(sid)
        session = self._sessions.pop(sid, None)
        if session is not None:
            self._statistics.close(session.number)
            self._pool.close_session(session.number)

    def frame(self, sid: str, *arguments: Any) -> Any:
        """Analyze a frame; what this returns is its acknowledgement."""
        session = self._sessions.get(sid)
        if session is None or self._draining:
            return {"dropped": True, "reason": "shutting_down"}
        session.place.heard_at = time.monotonic()
        refusal = self._too_fast(sid, session) or self._refuse(arguments)
        if refusal is not None:
            session.statistics.add_error(refusal["code"])
            return refusal
        outcome = self._pool.analyze_frame(session.number, bytes(arguments[0]))
        self._close_if_failing(sid, session.failures.too_many_with(outcome))
        if outcome.error is not None:
            session.statistics.add_error(outcome.error["code"])
            return outcome.error
        session.statistics.add(outcome)
        return acknowledgement(outcome, self._loop_lag.mean_ms)

    def new_camera(self, sid: str, *_arguments: Any) -> None:
        """Forget whose faces were seen: the page has switched its camera."""
        session = self._sessions.get(sid)
        if session is not None and session.budget.take():  # it costs no more than a frame, and no less
            self._pool.begin_camera(session.number)

    def name_camera(self, sid: str, *arguments: Any) -> None:
        """Call a camera by the name that its people chose; an empty one takes the name away."""
        session = self._sessions.get(sid)
        if session is not None and session.budget.take():
            session.statistics.name = clean_name(arguments[0] if arguments else "")

    def refuse(self, _event: str, sid: str, *_arguments: Any) -> dict:
        """Answer an event that this server does not know."""
        strike(self.server, sid, "/", "unknown_event")
        return {
            "error": "the events of a live page are `frame`, `new_camera` and `name_camera`",
            "code": "unknown_event",
        }

    def close_idle(self) -> None:
        """Close the sessions that have sent no frame for too long; each is told first."""
        limit = self._settings.idle_timeout
        now = time.monotonic()
        for sid, session in list(self._sessions.items()):
            if limit and now - session.statistics.heard_at > limit:
                self.server.emit("idle", {"seconds": limit}, to=sid, ignore_queue=True)
                self.server.disconnect(sid)

    def drain(self, seconds: float) -> None:
        """Refuse further frames, and wait up to `seconds` until those in work are answered."""
        self._draining = True
        deadline = time.monotonic() + seconds
        while self._pool.state()["waiting"] and time.monotonic() < deadline:
            time.sleep(0.02)

    def connected(self) -> dict[str, int]:
        """How many live pages are connected."""
        return {"cameras": self._admission.count_everywhere(CAMERA)}

    def say_goodbye(self) -> None:
        """Tell every page that the server is going down; those of other nodes stay."""
        self.server.emit("goodbye", {"reason": "shutting_down"}, ignore_queue=True)

    def ends(self) -> bool:
        """Whether the server is about to end."""
        return self._draining

    def send_away(self) -> None:
        """Disconnect every page: it connects again at once, to another node where there is one."""
        for sid in list(self._sessions):
            self.server.disconnect(sid)

    def _hello(self) -> dict:
        return {
            "version": VERSION,
            "max_frame_bytes": self._settings.max_frame_bytes,
            "max_pixels": self._settings.max_frame_pixels,
            "max_in_flight": MAX_IN_FLIGHT,
            "detector": self._settings.detector,
            "stages": STAGES,
            "expressions": EXPRESSIONS,
            "genders": GENDERS,
            "decades": DECADES,
        }

    def _too_fast(self, sid: str, session: Session) -> dict | None:
        if session.budget.take():
            return None
        rest(self.server, sid, session.budget.refuse())
        most = f"{self._settings.max_fps:g}"
        return {"error": f"too many frames: at most {most} a second are taken", "code": "too_many_frames"}

    def _close_if_failing(self, sid: str, too_many: bool) -> None:
        """Close a session on whose pictures the workers fail again and again; it is told first."""
        if too_many:
            self._refusals.add(KEEPS_FAILING["code"])
            self.server.emit("closed", KEEPS_FAILING, to=sid, ignore_queue=True)
            self.server.disconnect(sid)

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


def acknowledgement(outcome: Outcome, lag_ms: float) -> Any:
    """An outcome as the browser gets it: the result, or why there is none.

    Args:
        outcome: of its frame.
        lag_ms: how late the event loop is: a frame waits so long before its time on the server begins to count.
    """
    if outcome.result is None:
        return {"dropped": True, "reason": outcome.dropped}
    return result_json(outcome, lag=lag_ms)
