"""Places for cameras and watchers: each role has a limit, and who exceeds it is refused with one sentence.

Where several nodes share a Redis, they share the places, too.

a place is free ------------------------------------------> the newcomer has it
a camera has been silent for ten seconds -----------------> it gives way
one address has more places than the newcomer's will have -> its newest one gives way
else -----------------------------------------------------> too_many_cameras, too_many_watchers
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from socketio.exceptions import ConnectionRefusedError as Refused

from webapp.cluster.away import StoreAwayError
from webapp.config import Settings
from webapp.metrics.refusals import Refusals
from webapp.roles import CAMERA, WATCH

if TYPE_CHECKING:
    from webapp.cluster.places import SharedPlaces, Taken

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

    def __init__(self, settings: Settings, refusals: Refusals, shared: Mapping[str, SharedPlaces] | None = None):
        """Know the limits.

        Args:
            settings: of the server.
            refusals: counts who is refused.
            shared: the places of all nodes by role; None where this node is alone.
        """
        self.limits = {CAMERA: settings.max_cameras, WATCH: settings.max_watchers}
        self._refusals, self._shared = refusals, shared or {}
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
        place = Place(role, sid, address, time.monotonic())
        try:
            gives_way = self._enter_shared(place) if role in self._shared else self._enter_here(place)
        except StoreAwayError:  # what the others have is not known now: this node's own limit holds
            gives_way = self._enter_alone(place)
        return place, gives_way

    def leave(self, sid: str) -> None:
        """Free the place; of one that had none, nothing happens."""
        with self._lock:
            place = self._places.pop(sid, None)
        if place is not None and place.role in self._shared:
            with suppress(StoreAwayError):
                self._shared[place.role].free(sid)

    def heard_s_ago(self, sid: str) -> float:
        """Seconds since somebody with a place was heard of; 0 for others."""
        place = self._places.get(sid)
        return time.monotonic() - place.heard_at if place else 0.0

    def count(self, role: str) -> int:
        """How many are in."""
        with self._lock:
            return sum(place.role == role for place in self._places.values())

    def count_everywhere(self, role: str) -> int:
        """How many are in at all nodes together."""
        try:
            return self._shared[role].count()
        except (KeyError, StoreAwayError):
            return self.count(role)

    def _enter_alone(self, place: Place) -> Place | None:
        try:
            return self._enter_here(place)
        except Refused:
            with suppress(StoreAwayError):
                self._shared[place.role].free(place.sid)
            raise

    def _enter_here(self, place: Place) -> Place | None:
        """Take a place of this node's; which one gives way to it."""
        with self._lock:
            taken = [other for other in self._places.values() if other.role == place.role]
            gives_way = _gives_way(taken, place.address) if len(taken) >= self.limits[place.role] else None
            if gives_way is None and len(taken) >= self.limits[place.role]:
                raise self._full(place.role, place.address)
            if gives_way is not None:
                del self._places[gives_way.sid]
            self._places[place.sid] = place
        return gives_way

    def _enter_shared(self, place: Place) -> Place | None:
        """Take a place of all nodes'; which one gives way to it, at this node or another."""
        shared, limit = self._shared[place.role], self.limits[place.role]
        gives_way = None
        if not shared.take(place.sid, place.address, limit):
            places = {taken.sid: (taken, _as_here(place.role, taken, ago)) for taken, ago in shared.taken()}
            gives_way = _gives_way([here for _, here in places.values()], place.address)
            if gives_way is None or not shared.take(
                place.sid, place.address, limit, instead_of=[places[gives_way.sid][0]]
            ):
                raise self._full(place.role, place.address)
        with self._lock:
            if gives_way is not None:
                self._places.pop(gives_way.sid, None)
            self._places[place.sid] = place
        return gives_way

    def _full(self, role: str, address: str) -> Refused:
        (one, several), limit = NOUNS[role], self.limits[role]
        code = f"too_many_{several}"
        self._refusals.add(code, address)
        some = f"{limit} {several}" if limit > 1 else f"one {one}"
        return Refused(
            f"this server takes {some} at once and has no place free: try again later", {"code": code, "limit": limit}
        )


def _as_here(role: str, taken: Taken, heard_s_ago: float) -> Place:
    """A place as it would be at this node."""
    return Place(role, taken.sid, taken.address, time.monotonic() - heard_s_ago)


def _gives_way(taken: list[Place], address: str) -> Place | None:
    """The place that a new page gets where all are taken; None if it gets none."""
    if not taken:
        return None
    quietest = min(taken, key=lambda place: place.heard_at)
    if quietest.role == CAMERA and time.monotonic() - quietest.heard_at > SILENT_S:
        return quietest
    places = Counter(place.address for place in taken)
    greediest, most = places.most_common(1)[0]
    if most <= places[address] + 1:
        return None
    return [place for place in taken if place.address == greediest][-1]
