"""Places that all nodes share: of cameras, watchers and uploads. A limit holds for all nodes together.

A place is a member of two sorted sets. One has the time until which it is taken, the other when it was last heard of. Its node
renews it with every beat. One whose node has gone is freed as soon as somebody needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from redis.client import Pipeline

from webapp.cluster.away import StoreAwayError
from webapp.cluster.presence import absent
from webapp.cluster.store import PREFIX, Store

LEASE_S: Final = 5.0
"""Seconds after which a place that is not renewed is free, as where a node's machine has lost its power."""

_TAKE: Final = """
local taken, heard = KEYS[1], KEYS[2]
local member, address, now, until_, most, most_of_one = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local gone = redis.call('ZRANGEBYSCORE', taken, '-inf', now)
for i = 7, #ARGV do gone[#gone + 1] = ARGV[i] end
for _, one in ipairs(gone) do
    redis.call('ZREM', taken, one)
    redis.call('ZREM', heard, one)
end
if redis.call('ZCARD', taken) >= most then return 0 end
if most_of_one > 0 then
    local own = 0
    for _, one in ipairs(redis.call('ZRANGE', taken, 0, -1)) do
        if string.sub(one, -#address - 1) == ' ' .. address then own = own + 1 end
    end
    if own >= most_of_one then return 0 end
end
redis.call('ZADD', taken, until_, member)
redis.call('ZADD', heard, now, member)
return 1
"""
"""Counts and takes in one step, so that two nodes cannot both take the last place."""


@dataclass(frozen=True)
class Taken:
    """A place that is taken, at this node or another.

    Attributes:
        since: when, by Redis' clock.
        node: its id.
        sid: of the Socket.IO connection, or another name of who has it.
        address: of the client.
    """

    since: float
    node: str
    sid: str
    address: str

    @property
    def member(self) -> str:
        """As it stands in Redis. The address comes last: Redis looks for it there."""
        return f"{self.since:.3f} {self.node} {self.sid} {self.address}"

    @classmethod
    def of(cls, member: str) -> Taken:
        """Read what stands in Redis."""
        since, node, sid, address = member.split(" ", 3)
        return cls(float(since), node, sid, address)


class SharedPlaces:
    """The places of one kind, as one node sees them."""

    def __init__(self, store: Store, node: str, kind: str):
        """Share places.

        Args:
            store: where they are counted.
            node: this one's id.
            kind: what they are for.
        """
        self._store, self._node = store, node
        self._keys = f"{PREFIX}places:{kind}", f"{PREFIX}heard:{kind}"
        self._lock = threading.Lock()
        self._own: dict[str, Taken] = {}

    def take(self, sid: str, address: str, most: int, most_of_one: int = 0, instead_of: Iterable[Taken] = ()) -> bool:
        """Take a place, if there is one.

        Args:
            sid: who takes it.
            address: of the client.
            most: places of this kind.
            most_of_one: places that one address may have; 0 for any number.
            instead_of: places that are freed for it.

        Returns:
            Whether there was one.

        Raises:
            StoreAwayError: Redis is away: whether there is one is not known. The place is held from here on, and the next
                beat that comes through tells the others; `free` it where it is not wanted.
        """
        place = Taken(self._store.now(), self._node, sid, address)
        try:
            took = self._take_or_clear(place, most, most_of_one, instead_of)
        except StoreAwayError:
            self._hold(place)
            raise
        if took:
            self._hold(place)
        return took

    def free(self, sid: str) -> None:
        """Free a place of this node's; of one that it does not have, nothing happens.

        Raises:
            StoreAwayError: Redis is away: the place is free once its lease is over.
        """
        with self._lock:
            place = self._own.pop(sid, None)
        if place is not None:
            self._store.call(lambda redis: [redis.zrem(key, place.member) for key in self._keys])

    def taken(self) -> list[tuple[Taken, float]]:
        """All places taken now, the oldest first, each with the seconds since it was last heard of.

        Raises:
            StoreAwayError: Redis is away.
        """
        scored = self._store.call(lambda redis: redis.zrange(self._keys[1], 0, -1, withscores=True))
        now = self._store.now()
        places = [(Taken.of(member), now - heard) for member, heard in scored]
        return sorted(places, key=lambda one: one[0].since)

    def count(self) -> int:
        """How many are taken.

        Raises:
            StoreAwayError: Redis is away.
        """
        return int(self._store.call(lambda redis: redis.zcount(self._keys[0], self._store.now(), "+inf")))

    def renew(self, pipeline: Pipeline, heard_s_ago: Callable[[str], float]) -> None:
        """Add to a beat what keeps this node's places.

        Args:
            pipeline: of the beat.
            heard_s_ago: seconds since who has a place was heard of, by its `sid`.
        """
        with self._lock:
            own = list(self._own.values())
        if own:
            now = self._store.now()
            pipeline.zadd(self._keys[0], {place.member: now + LEASE_S for place in own})
            pipeline.zadd(self._keys[1], {place.member: now - heard_s_ago(place.sid) for place in own})

    def _hold(self, place: Taken) -> None:
        with self._lock:
            self._own[place.sid] = place

    def _take_or_clear(self, place: Taken, most: int, most_of_one: int, instead_of: Iterable[Taken]) -> bool:
        """Take a place; where there is none, see whether one is a gone node's."""
        took = self._take(place, most, most_of_one, instead_of)
        if not took and (gone := self._of_gone_nodes()):
            took = self._take(place, most, most_of_one, [*instead_of, *gone])
        return took

    def _take(self, place: Taken, most: int, most_of_one: int, gone: Iterable[Taken]) -> bool:
        now = self._store.now()
        arguments = (place.member, place.address, now, now + LEASE_S, most, most_of_one)
        members = (one.member for one in gone)
        return bool(self._store.call(lambda redis: redis.eval(_TAKE, 2, *self._keys, *arguments, *members)))

    def _of_gone_nodes(self) -> list[Taken]:
        """The places of nodes whose process has ended."""
        places = [place for place, _ in self.taken()]
        nodes = {place.node for place in places} - {self._node}
        if not nodes:
            return []
        gone = self._store.call(lambda redis: absent(redis, nodes))
        return [place for place in places if place.node in gone]
