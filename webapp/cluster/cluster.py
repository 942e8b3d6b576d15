"""This node among the others: what it tells them once a second, and what all of them share.

    places, wrong tokens ---- counted in Redis as they happen
    numbers, tokens, leases - told with the beat, once a second
    messages to clients ----- the queue

While Redis is away a node goes on alone: limits hold for it alone, the others' numbers fade out, and the next beat that
comes through tells everything anew. Nothing in Redis has to outlive it.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from redis import Redis

from webapp.cluster.away import StoreAwayError
from webapp.cluster.machine import machine_id
from webapp.cluster.merging import merged
from webapp.cluster.message_queue import MessageQueue
from webapp.cluster.places import SharedPlaces
from webapp.cluster.presence import show_presence
from webapp.cluster.records import WATCHED, Record, Records
from webapp.cluster.store import PREFIX, Store
from webapp.cluster.tries import SharedTries
from webapp.links import links_of
from webapp.roles import CAMERA, UPLOAD, WATCH

log = logging.getLogger(__name__)

BEAT_S: Final = 1.0

TOKENS: Final = f"{PREFIX}tokens"
NUMBERS: Final = f"{PREFIX}cameras"

NUMBERS_AT_ONCE: Final = 64
"""Cameras' numbers that a node takes from Redis for later."""

_NEXT_NUMBERS: Final = """
local known, had, wanted = redis.call('GET', KEYS[1]), tonumber(ARGV[1]), tonumber(ARGV[2])
if not known and had > 0 then wanted = 0 end
local last = math.max(tonumber(known or 0), had) + wanted
redis.call('SET', KEYS[1], last)
return {last, wanted}
"""
"""Where Redis has forgotten, every node first says up to which number it has had some: none of those is given again."""

Links = Mapping[str, str]


@dataclass(frozen=True)
class Sources:
    """What the beat asks the application; `Cluster.start` says what each is."""

    snapshot: Callable[[], Record]
    heard_s_ago: Callable[[str], float]
    use_tokens: Callable[[Links], None]


class Cluster:
    """The nodes that share a Redis, as one of them sees them.

    Attributes:
        node: this one's id, made up at random.
        places: by role, and of uploads.
        tries: wrong tokens.
    """

    def __init__(self, url: str):
        """Know where Redis is. Whether it is there shows with the first call."""
        self.node = secrets.token_hex(4)
        self._url, self._store = url, Store(url)
        self.places = {kind: SharedPlaces(self._store, self.node, kind) for kind in (CAMERA, WATCH, UPLOAD)}
        self.tries = SharedTries(self._store)
        self._records = Records(self._store, self.node)
        self._numbers: deque[int] = deque()
        self._highest = 0
        self._tokens: Links | None = None
        self._watched = False
        self._left = False

    def message_queue(self) -> MessageQueue:
        """For Socket.IO: by it, one node speaks to another's clients."""
        return MessageQueue(self._url, self._store)

    def agree_on_tokens(self, own: Links, *, new: bool) -> Links:
        """The tokens of all nodes: those of the first one, or of the one that was started to make new ones.

        Args:
            own: what this node would use by itself; it does where Redis is away.
            new: give them to all others, whatever they have.
        """
        try:
            self._store.call(lambda redis: redis.set(TOKENS, json.dumps(dict(own)), nx=not new), probe=True)
            self._tokens = links_of(self._store.call(lambda redis: redis.get(TOKENS))) or own
        except StoreAwayError:
            self._tokens = own
        return self._tokens

    def next_number(self) -> int:
        """A number for a camera: one that no other has.

        Without Redis it is made up: of seven digits, so that two nodes hardly ever take the same.
        """
        try:
            return self._numbers.popleft()
        except IndexError:
            return 1_000_000 + secrets.randbelow(9_000_000)

    def whole(self, own: Record) -> Record:
        """This node's snapshot made one of all nodes."""
        return merged(self._labelled(own), self._records.others())

    def start(
        self,
        snapshot: Callable[[], Record],
        heard_s_ago: Callable[[str], float],
        use_tokens: Callable[[Links], None],
    ) -> None:
        """Begin to beat: once now, then in the background.

        Args:
            snapshot: gives this node's numbers, as the dashboard shows them.
            heard_s_ago: seconds since a place's client was heard of, by its `sid`.
            use_tokens: called with the tokens of the links, when another node has made new ones.
        """
        sources = Sources(snapshot, heard_s_ago, use_tokens)
        self.beat(sources)
        show_presence(self._url, self._store.options, self.node)
        threading.Thread(target=self._run, args=(sources,), name="cluster", daemon=True).start()

    def beat(self, sources: Sources) -> None:
        """Tell the others what they need of this node, and learn what it needs of them; done once a second."""
        record = self._labelled(sources.snapshot()) if self._watched else None
        try:
            seconds, microseconds = self._store.call(lambda redis: redis.time(), probe=True)
            self._store.set_clock(seconds + microseconds / 1e6)
            self._store.call(lambda redis: self._exchange(redis, record, sources))
        except StoreAwayError:
            return

    def leave(self) -> None:
        """Let the others forget this node at once: it ends, and beats no more."""
        self._left = True
        with suppress(StoreAwayError):
            self._store.call(self._records.remove)

    def _run(self, sources: Sources) -> None:
        while True:
            time.sleep(BEAT_S)
            if self._left:
                return
            try:
                self.beat(sources)
            except Exception:  # the next beat may be fine
                log.exception("a beat of this node failed")

    def _exchange(self, redis: Redis, record: Record | None, sources: Sources) -> None:
        wanted = NUMBERS_AT_ONCE if len(self._numbers) < NUMBERS_AT_ONCE // 2 else 0
        pipeline = redis.pipeline(transaction=False)
        pipeline.get(WATCHED)
        pipeline.get(TOKENS)
        pipeline.eval(_NEXT_NUMBERS, 1, NUMBERS, self._highest, wanted)
        self._records.write(pipeline, record)
        for places in self.places.values():
            places.renew(pipeline, sources.heard_s_ago)
        watched, tokens, (self._highest, taken), *_ = pipeline.execute()
        self._watched = watched is not None
        self._numbers.extend(range(self._highest - taken + 1, self._highest + 1))
        if tokens is None and self._tokens is not None:  # Redis has been started anew, and remembers nothing
            redis.set(TOKENS, json.dumps(dict(self._tokens)), nx=True)
        self._take_tokens(links_of(tokens), sources)

    def _take_tokens(self, tokens: Links | None, sources: Sources) -> None:
        if self._tokens is not None and tokens is not None and tokens != self._tokens:
            self._tokens = tokens
            sources.use_tokens(tokens)

    def _labelled(self, snapshot: Record) -> Record:
        return snapshot | {"node": self.node, "machine": machine_id()}
