"""How many may come in: cameras and watchers, each up to its limit, counted and refused with one sentence."""

from __future__ import annotations

import threading
from typing import Final

from socketio.exceptions import ConnectionRefusedError as Refused

from webapp.config import Settings
from webapp.metrics.refusals import Refusals
from webapp.roles import CAMERA, WATCH

NOUNS: Final = {CAMERA: ("camera", "cameras"), WATCH: ("watcher", "watchers")}
"""What those in a role are called in sentences and codes: one of them, several."""


class Admission:
    """Who is connected in which role.

    Whether somebody may have a role at all (tokens, addresses) is decided before `enter`; here only
    numbers count.
    """

    def __init__(self, settings: Settings, refusals: Refusals):
        """Know the limits, and where refusals are counted."""
        self.limits = {CAMERA: settings.max_cameras, WATCH: settings.max_watchers}
        self._refusals = refusals
        self._lock = threading.Lock()
        self._roles: dict[str, str] = {}

    def enter(self, role: str, sid: str) -> None:
        """Let one more in.

        Args:
            role: `CAMERA` or `WATCH`.
            sid: of its Socket.IO connection.

        Raises:
            Refused: the limit is reached; the page gets a sentence as `message` and `data.code`.
        """
        (one, several), limit = NOUNS[role], self.limits[role]
        with self._lock:
            if sum(taken == role for taken in self._roles.values()) < limit:
                self._roles[sid] = role
                return
        code = f"too_many_{several}"
        self._refusals.add(code)
        some = f"{limit} {several}" if limit > 1 else f"one {one}"
        raise Refused(
            f"this server takes {some} at once and has no place free: try again later", {"code": code, "limit": limit}
        )

    def leave(self, sid: str) -> None:
        """Free the place; of one that had none, nothing happens."""
        with self._lock:
            self._roles.pop(sid, None)

    def count(self, role: str) -> int:
        """How many are in."""
        with self._lock:
            return sum(taken == role for taken in self._roles.values())
