"""Each node's numbers in Redis, for the dashboards of all nodes. They fade out with a node, or with Redis."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from redis import Redis
from redis.client import Pipeline

from webapp.cluster.away import StoreAwayError
from webapp.cluster.store import PREFIX, Store

Record = dict[str, Any]

LASTS_S: Final = 5
"""Seconds after which a node's numbers are no longer shown, if no newer ones come."""

AT_ONCE: Final = 20
"""Nodes whose numbers are read with one call, which has a deadline: a node's are 14 kB, and more of one with many cameras."""

WATCHED_S: Final = 3
"""Seconds for which nodes go on writing after somebody has read."""

NUMBERS: Final = f"{PREFIX}numbers:"
NODES: Final = f"{PREFIX}nodes"
WATCHED: Final = f"{PREFIX}watched"


class Records:
    """The numbers of all nodes, as one of them writes and reads them."""

    def __init__(self, store: Store, node: str):
        """Write as a node."""
        self._store, self._node = store, node
        self._others: list[Record] = []
        self._read_at = 0.0

    def write(self, pipeline: Pipeline, record: Record | None) -> None:
        """Add to a beat that this node lives, and its numbers where somebody watches."""
        now = self._store.now()
        pipeline.zadd(NODES, {self._node: now})
        pipeline.zremrangebyscore(NODES, "-inf", now - 12 * LASTS_S)
        if record is not None:
            pipeline.set(_key(self._node), json.dumps(record, separators=(",", ":")), ex=LASTS_S)

    def remove(self, redis: Redis) -> None:
        """Take this node's numbers away."""
        redis.zrem(NODES, self._node)
        redis.delete(_key(self._node))

    def others(self) -> list[Record]:
        """The newest numbers of the other nodes. While Redis is away: those read last, until they are too old."""
        try:
            self._others, self._read_at = self._read(), time.monotonic()
        except StoreAwayError:
            return self._others if time.monotonic() - self._read_at < LASTS_S else []
        return self._others

    def _read(self) -> list[Record]:
        self._store.call(lambda redis: redis.set(WATCHED, 1, ex=WATCHED_S))
        since = self._store.now() - LASTS_S
        nodes = self._store.call(lambda redis: redis.zrangebyscore(NODES, since, "+inf"))
        keys = [_key(node) for node in nodes if node != self._node]
        records = []
        for first in range(0, len(keys), AT_ONCE):
            for text in self._texts(keys[first : first + AT_ONCE]):
                if text is not None:  # else it has ended since
                    records.append(json.loads(text))
                    time.sleep(0)  # other green threads have their turn
        return records

    def _texts(self, keys: list[str]) -> list[str | None]:
        return list(self._store.call(lambda redis: redis.mget(keys)))


def _key(node: str) -> str:
    return f"{NUMBERS}{node}"
