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

WATCHED_S: Final = 3
"""Seconds for which nodes go on writing after somebody has read."""

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
            texts = self._read()
        except StoreAwayError:
            return self._others if time.monotonic() - self._read_at < LASTS_S else []
        self._others, self._read_at = [], time.monotonic()
        for text in texts:
            self._others.append(json.loads(text))
            time.sleep(0)  # other green threads have their turn: a hundred nodes' numbers are some milliseconds
        return self._others

    def _read(self) -> list[str]:
        self._store.call(lambda redis: redis.set(WATCHED, 1, ex=WATCHED_S))
        since = self._store.now() - LASTS_S
        nodes = self._store.call(lambda redis: redis.zrangebyscore(NODES, since, "+inf"))
        keys = [_key(node) for node in nodes if node != self._node]
        return [text for text in self._store.call(lambda redis: redis.mget(keys)) if text] if keys else []


def _key(node: str) -> str:
    return f"{PREFIX}numbers:{node}"
