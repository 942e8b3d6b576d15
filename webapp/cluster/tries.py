"""What is remembered of an address at all nodes, as small JSON objects that one change at a time alters."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

from redis.client import Pipeline

from webapp.cluster.store import PREFIX, Store

Remembered = dict[str, Any]

LONGEST_S: Final = 86_400.0


class SharedTries:
    """Wrong tokens by address, counted for all nodes together.

    Redis forgets each by itself, so a guesser with many addresses does not fill it for long.
    """

    def __init__(self, store: Store):
        """Keep them in a store."""
        self._store = store

    def now(self) -> float:
        """Seconds by the clock of all nodes."""
        return self._store.now()

    def of(self, device: str) -> Remembered:
        """What is remembered of an address; empty where that is nothing.

        Raises:
            StoreAwayError: Redis is away.
        """
        return _read(self._store.call(lambda redis: redis.get(_key(device))))

    def change(self, device: str, changed: Callable[[Remembered], tuple[Remembered, float]]) -> None:
        """Alter it; where another node does so at the same time, begin again with what that one wrote.

        Args:
            device: the address.
            changed: gives what is remembered from now on, and for how many seconds.

        Raises:
            StoreAwayError: Redis is away.
        """
        key = _key(device)

        def alter(pipeline: Pipeline) -> None:
            after, seconds = changed(_read(pipeline.get(key)))
            pipeline.multi()
            pipeline.set(key, json.dumps(after), ex=math.ceil(min(max(seconds, 1.0), LONGEST_S)))

        self._store.call(lambda redis: redis.transaction(alter, key))


def _key(device: str) -> str:
    return f"{PREFIX}tries:{device}"


def _read(text: str | None) -> Remembered:
    read = json.loads(text) if text else {}
    return read if isinstance(read, dict) else {}
