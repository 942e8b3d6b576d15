"""Closes sessions that only take up room: silent live pages, and connections that never join a namespace."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from webapp.sockets.live import LiveSessions

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0

MOST_UNFINISHED: Final = 128
"""Engine.IO sessions without a Socket.IO namespace; a page's session is without one only for a moment."""

MOST_UNFINISHED_OF_AN_ADDRESS: Final = 32


class Housekeeping:
    """Looks after the sessions once a second, and whenever one begins."""

    def __init__(self, live: LiveSessions, handshake_timeout: float, on_refusal: Callable[[str, str], None]):
        """Look after sessions.

        Args:
            live: the live sessions.
            handshake_timeout: seconds that a connection has to open a namespace.
            on_refusal: called with `unfinished_session` and the address of one that had to go early.
        """
        self._live, self._handshake_timeout, self._on_refusal = live, handshake_timeout, on_refusal
        self._first_seen: dict[str, float] = {}

    def start(self) -> None:
        """Begin, in the background."""
        threading.Thread(target=self._run, name="housekeeping", daemon=True).start()

    def make_room(self, address: str) -> None:
        """End the oldest unfinished sessions, of an address and of all, so that another one may begin.

        The new session is not refused instead: an honest one joins a namespace within a moment.
        """
        server = self._live.server
        unfinished = _unfinished(server)
        own = [sid for sid in unfinished if _address(server, sid) == address]
        ending = own[: max(0, len(own) + 1 - MOST_UNFINISHED_OF_AN_ADDRESS)]
        ending += unfinished[: max(0, len(unfinished) + 1 - MOST_UNFINISHED - len(ending))]
        for sid in ending:
            self._on_refusal("unfinished_session", _address(server, sid))
            _end(server, sid)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY_S)
            try:
                self._live.close_idle()
                self._close_unfinished(self._live.server)
            except Exception:  # one client's broken connection must not end the care for the others
                log.exception("housekeeping failed and goes on")

    def _close_unfinished(self, server: Any) -> None:
        """Close Engine.IO connections that have been without a Socket.IO namespace for too long."""
        now = time.monotonic()
        self._first_seen = {sid: self._first_seen.get(sid, now) for sid in _unfinished(server)}
        for sid, since in self._first_seen.items():
            if now - since > self._handshake_timeout:
                _end(server, sid)


def _unfinished(server: Any) -> list[str]:
    """The Engine.IO connections that have opened no namespace, the oldest first."""
    connected = {
        eio_sid
        for namespace in list(server.manager.get_namespaces())
        for _, eio_sid in server.manager.get_participants(namespace, None)
    }
    return [sid for sid in list(server.eio.sockets) if sid not in connected]


def _address(server: Any, sid: str) -> str:
    return str(server.environ.get(sid, {}).get("REMOTE_ADDR", ""))


def _end(server: Any, sid: str) -> None:
    socket = server.eio.sockets.get(sid)
    if socket is not None:
        socket.end()
