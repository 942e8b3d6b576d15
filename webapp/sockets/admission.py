"""Places for cameras and watchers: each role has a limit, and who exceeds it is refused with one sentence.

a place is free ------------------------------------------> the newcomer has it
a camera has been silent for ten seconds -----------------> it gives way
one address has more places than the newcomer's will have -> its newest one gives way
else -----------------------------------------------------> too_many_cameras, too_many_watchers
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from socketio.exceptions import ConnectionRefusedError as Refused

from webapp.config import Settings
from webapp.metrics.refusals import Refusals
from webapp.roles import CAMERA, WATCH

NOUNS: Final = {CAMERA: ("camera", "cameras"), WATCH: ("watcher", "watchers")}
"""What those in a role are called in sentences and codes: one of them, several."""

SILENT_S: Final = 10.0
"""Seconds without a frame after which a page loses its place if somebody else needs it."""


@dataclass
class Place:
    """One taken place.

    Attributes:
        role: `CAMERA` or `WATCH`.
        sid: of the Socket.IO connection.
        address: of the client.
        heard_at: when it was taken or its last frame came, by `time.monotonic`.
    """

    role: str
    sid: str
    address: str
    heard_at: float


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
        self._places: dict[str, Place] = {}

    def enter(self, role: str, sid: str, address: str) -> tuple[Place, Place | None]:
        """Let one more in.

        Args:
            role: `CAMERA` or `WATCH`.
            sid: of its Socket.IO connection.
            address: where it comes from.

        Returns:
            The place, and the one that gives way to it, whose client must be disconnected; None if none has to.

        Raises:
            Refused: the limit is reached; the page gets a sentence as `message` and `data.code`.
        """
        with self._lock:
            taken = [place for place in self._places.values() if place.role == role]
            gives_way = _gives_way(taken, address) if len(taken) >= self.limits[role] else None
            if gives_way is not None:
                del self._places[gives_way.sid]
            if gives_way is not None or len(taken) < self.limits[role]:
                place = self._places[sid] = Place(role, sid, address, time.monotonic())
                return place, gives_way
        raise self._full(role, address)

    def leave(self, sid: str) -> None:
        """Free the place; of one that had none, nothing happens."""
        with self._lock:
            self._places.pop(sid, None)

    def count(self, role: str) -> int:
        """How many are in."""
        with self._lock:
            return sum(place.role == role for place in self._places.values())

    def _full(self, role: str, address: str) -> Refused:
        (one, several), limit = NOUNS[role], self.limits[role]
        code = f"too_many_{several}"
        self._refusals.add(code, address)
        some = f"{limit} {several}" if limit > 1 else f"one {one}"
        return Refused(
            f"this server takes {some} at once and has no place free: try again later", {"code": code, "limit": limit}
        )


def _gives_way(taken: list[Place], address: str) -> Place | None:
    """The place that a new page gets where all are taken; None if it gets none."""
    quietest = min(taken, key=lambda place: place.heard_at)
    if quietest.role == CAMERA and time.monotonic() - quietest.heard_at > SILENT_S:
        return quietest
    places = Counter(place.address for place in taken)
    greediest, most = places.most_common(1)[0]
    if most <= places[address] + 1:
        return None
    return [place for place in taken if place.address == greediest][-1]
