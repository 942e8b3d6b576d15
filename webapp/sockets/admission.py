"""How many may come in: cameras and watchers, each up to its limit, counted and refused with one sentence."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from socketio.exceptions import ConnectionRefusedError as Refused

from webapp.config import Settings

CAMERA: Final = "camera"
WATCHER: Final = "watcher"


class Admission:
    """Who is connected in which role.

    Whether somebody may have a role at all (tokens, addresses) is decided before `enter`; here only
    numbers count.
    """

    def __init__(self, settings: Settings):
        """Know the limits."""
        self.limits = {CAMERA: settings.max_cameras, WATCHER: settings.max_watchers}
        self._lock = threading.Lock()
        self._roles: dict[str, str] = {}
        self._refusals: Counter[str] = Counter()

    def enter(self, role: str, sid: str) -> None:
        """Let one more in.

        Args:
            role: `CAMERA` or `WATCHER`.
            sid: of its Socket.IO connection.

        Raises:
            Refused: the limit is reached; the page gets a sentence as `message` and `data.code`.
        """
        code, limit = f"too_many_{role}s", self.limits[role]
        with self._lock:
            if sum(taken == role for taken in self._roles.values()) < limit:
                self._roles[sid] = role
                return
            self._refusals[code] += 1
        some = f"{limit} {role}s" if limit > 1 else f"one {role}"
        raise Refused(
            f"this server takes {some} at once and has no place free: try again later", {"code": code, "limit": limit}
        )

    def leave(self, sid: str) -> None:
        """Free the place; of one that had none, nothing happens."""
        with self._lock:
            self._roles.pop(sid, None)

    def refuse(self, code: str) -> None:
        """Count a refusal that was decided elsewhere."""
        with self._lock:
            self._refusals[code] += 1

    def count(self, role: str) -> int:
        """How many are in."""
        with self._lock:
            return sum(taken == role for taken in self._roles.values())

    def refusals(self) -> dict[str, int]:
        """How often each code was given since the start."""
        with self._lock:
            return dict(self._refusals)
