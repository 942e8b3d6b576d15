"""Whose image a worker gets next: its time is shared by address, and among the sessions of an address.

Each address and each session has used so much of the worker's time, in seconds. The one that has used least is next; who
waits again after a pause starts level with the others, so that nobody saves time up. An image counts for what it is likely
to take when it is sent, and for what it took when it is answered: whoever sends images that take long gets fewer answers,
and the others as many as before.

A worker does not stop in the middle of an image. So whose image took long waits as long afterwards, while others are
active: between two such images the worker is free for theirs, also for those that have not come yet.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from webapp.inference.tickets import Ticket

LIKELY_S: Final = 0.01
"""What a session's first image is taken to need."""

LONG_S: Final = 0.05
"""What takes less never takes long."""

TIMES_LONGER: Final = 4.0
"""Nor does what takes up to so many times as long as the images of others: a slow machine is slow for all."""

ACTIVE_S: Final = 1.0
"""Who has sent an image within so long is active."""

REMEMBERED: Final = 256
"""Addresses, before some are forgotten that have no session here."""


@dataclass
class _Account:
    """What somebody has used.

    Attributes:
        used: seconds of the worker's time.
        seen_at: when their last image came, by `time.monotonic`.
        rests_until: after an image that took long.
        likely: what their next image is likely to take, by the last one.
    """

    used: float = 0.0
    seen_at: float = -ACTIVE_S
    rests_until: float = 0.0
    likely: float = LIKELY_S

    def level(self, clock: float) -> None:
        """Start where the others are, after a pause."""
        self.used = max(self.used, clock)

    def charge(self, seconds: float, charged: float, others: Iterable[_Account]) -> None:
        """Count what an image took beyond what was charged for it; rest, if others are active and it took long."""
        now = time.monotonic()
        self.used += seconds - charged
        self.likely = seconds
        usual = min((one.likely for one in others if one is not self and now - one.seen_at < ACTIVE_S), default=seconds)
        if seconds > max(LONG_S, TIMES_LONGER * usual):
            self.rests_until = now + seconds


@dataclass
class _Party(_Account):
    """A session with its newest frame, or an address's pictures."""

    waiting: deque[Ticket] = field(default_factory=deque)

    def is_ready(self, now: float) -> bool:
        """Whether an image of theirs may be next."""
        return bool(self.waiting) and now >= self.rests_until


@dataclass
class _Address(_Account):
    clock: float = 0.0
    parties: dict[int | None, _Party] = field(default_factory=dict)

    def waits(self) -> bool:
        """Whether any image waits."""
        return any(party.waiting for party in self.parties.values())

    def is_ready(self, now: float) -> bool:
        """Whether an image of theirs may be next."""
        return now >= self.rests_until and any(party.is_ready(now) for party in self.parties.values())


class Turns:
    """The images that wait for one worker. Not for several threads at once: its owner has a lock."""

    def __init__(self) -> None:
        """Begin without any."""
        self._addresses: dict[str, _Address] = {}
        self._clock = 0.0
        self._count = 0

    def __len__(self) -> int:
        """How many images wait."""
        return self._count

    def put(self, ticket: Ticket) -> Ticket | None:
        """Let an image wait.

        Returns:
            The older frame of its session, which will not be analysed.
        """
        if ticket.address not in self._addresses and len(self._addresses) >= REMEMBERED:
            self._forget_addresses()
        address = self._addresses.setdefault(ticket.address, _Address())
        if not address.waits():
            address.level(self._clock)
        party = address.parties.setdefault(ticket.session, _Party())
        if not party.waiting:
            party.level(address.clock)
        address.seen_at = party.seen_at = time.monotonic()
        older = party.waiting.popleft() if party.waiting and ticket.session is not None else None
        party.waiting.append(ticket)
        self._count += older is None
        return older

    def next(self, *, idle: bool = True) -> Ticket | None:
        """Who is next, without taking it; None if nobody may be.

        Args:
            idle: whether the worker has nothing to do. An image that is likely to take long is not sent before: whoever
                comes meanwhile would wait for two.
        """
        now = time.monotonic()
        ready = [address for address in self._addresses.values() if address.is_ready(now)]
        if not ready:
            return None
        address = min(ready, key=lambda one: one.used)
        party = min((one for one in address.parties.values() if one.is_ready(now)), key=lambda one: one.used)
        return party.waiting[0] if idle or party.likely <= LONG_S else None

    def take(self, ticket: Ticket) -> None:
        """Let the next one go to the worker."""
        address = self._addresses[ticket.address]
        party = address.parties[ticket.session]
        party.waiting.popleft()
        self._count -= 1
        self._clock, address.clock = max(self._clock, address.used), max(address.clock, party.used)
        address.used += party.likely
        party.used += party.likely
        ticket.charged = party.likely

    def charge(self, ticket: Ticket, seconds: float) -> None:
        """Note what an image took."""
        address = self._addresses.get(ticket.address)
        if address is None:
            return  # it has gone meanwhile
        address.charge(seconds, ticket.charged, self._addresses.values())
        party = address.parties.get(ticket.session)
        if party is not None:
            party.charge(seconds, ticket.charged, address.parties.values())

    def forget(self, session: int) -> Ticket | None:
        """Forget a session; what it has used stays its address's.

        Returns:
            Its frame that waited.
        """
        for address in self._addresses.values():
            party = address.parties.pop(session, None)
            if party is not None:
                self._count -= len(party.waiting)
                return party.waiting[0] if party.waiting else None
        return None

    def clear(self) -> list[Ticket]:
        """Forget everything; the images that waited."""
        left = [
            ticket
            for address in self._addresses.values()
            for party in address.parties.values()
            for ticket in party.waiting
        ]
        self._addresses.clear()
        self._count = 0
        return left

    def _forget_addresses(self) -> None:
        """Forget half of those that have nothing here: the ones that owe least."""
        idle = [
            name
            for name, address in self._addresses.items()
            if not address.waits() and not address.parties.keys() - {None}
        ]
        idle.sort(key=lambda name: self._addresses[name].used)
        for name in idle[: len(idle) // 2 + 1]:
            del self._addresses[name]
