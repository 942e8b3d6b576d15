"""`/dashboard`: the page, and the numbers that it gets once a second.

    cameras --frames--> statistics --1/s--> Monitor.snapshot --emit--> every watcher

A watcher is connected to the namespace `/dashboard`, where it can only receive. The snapshot is
computed once a second for all of them, and not at all while nobody watches. A watcher that reads too
slowly misses snapshots; they do not pile up in the server.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_socketio import SocketIO

from webapp import VERSION
from webapp.config import Settings
from webapp.roles import WATCH
from webapp.sockets.admission import Admission
from webapp.sockets.backpressure import queued
from webapp.sockets.guarded_socket import strike
from webapp.sockets.monitor import Monitor

log = logging.getLogger(__name__)

NAMESPACE: Final = "/dashboard"

EVERY_S: Final = 1.0

dashboard = Blueprint("dashboard", __name__)


@dashboard.get("/dashboard")
def page() -> ResponseReturnValue:
    """The dashboard."""
    return render_template("dashboard.html", version=VERSION)


class Dashboard:
    """The connected watchers, and the thread that sends them a snapshot each second."""

    def __init__(self, settings: Settings, monitor: Monitor, admission: Admission):
        """Take the settings, the source of the numbers, and the places."""
        self._monitor, self._admission = monitor, admission
        self._max_queued_packets = settings.max_queued_packets
        self._lock = threading.Lock()
        self._watchers: set[str] = set()
        self._pushing = False

    def register(self, socketio: SocketIO) -> None:
        """Handle the namespace's events."""
        self._server = socketio.server
        self._server.on("connect", self.connect, namespace=NAMESPACE)
        self._server.on("disconnect", self.disconnect, namespace=NAMESPACE)
        self._server.on("*", self.refuse, namespace=NAMESPACE)

    def connect(self, sid: str, environ: dict, _auth: Any = None) -> None:
        """Let a watcher in, and begin to push if it is the first.

        Who may watch is decided before this (`sharing/access.py`); here only their number counts.
        """
        _, gives_way = self._admission.enter(WATCH, sid, environ.get("REMOTE_ADDR", ""))
        if gives_way is not None:
            self._server.disconnect(gives_way.sid, namespace=NAMESPACE)
        with self._lock:
            self._watchers.add(sid)
            begins, self._pushing = not self._pushing, True
        if begins:
            threading.Thread(target=self._push, name="dashboard", daemon=True).start()

    def disconnect(self, sid: str, _reason: str = "") -> None:
        """Forget a watcher."""
        self._admission.leave(sid)
        with self._lock:
            self._watchers.discard(sid)

    def refuse(self, _event: str, sid: str, *_arguments: Any) -> dict:
        """Refuse an event: a watcher can only receive."""
        strike(self._server, sid, NAMESPACE, "only_receives")
        return {"error": "a dashboard only receives: nothing that it sends is looked at", "code": "only_receives"}

    def _push(self) -> None:
        """Send snapshots at a steady rate until the last watcher has gone."""
        while self._goes_on():
            began = time.monotonic()
            try:
                self._send()
            except Exception:  # the next second's numbers may be fine
                log.exception("a snapshot for the dashboard failed")
            time.sleep(max(0.1, EVERY_S - (time.monotonic() - began)))

    def _goes_on(self) -> bool:
        with self._lock:
            self._pushing = bool(self._watchers)
            return self._pushing

    def _send(self) -> None:
        snapshot = self._monitor.snapshot()
        most = self._max_queued_packets
        slow = [sid for sid in list(self._watchers) if queued(self._server, sid, NAMESPACE) >= most]
        self._server.emit("snapshot", snapshot, namespace=NAMESPACE, skip_sid=slow, ignore_queue=True)
