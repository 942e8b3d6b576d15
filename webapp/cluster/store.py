"""Redis, as something that may be away: every call has a deadline, and a node goes on alone until it is back.

call --> there: the answer
     --> away:  StoreAwayError, at once; only the node's beat tries again, once a second
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.cluster.away import StoreAwayError

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 0.5
"""Seconds that Redis has to answer, and to take a connection. It stands beside the nodes, and answers within 1 ms."""

MOST_CONNECTIONS: Final = 8

PREFIX: Final = "raut:"
"""What all keys begin with. Deployments that share one Redis take databases of their own: `redis://HOST:6379/1`."""

Answer = TypeVar("Answer")


class Store:
    """A connection to Redis that may come and go.

    Attributes:
        options: of every connection, `redis.Redis.from_url`'s.
    """

    def __init__(self, url: str):
        """Know where Redis is; nothing is connected yet.

        Args:
            url: as in `redis://HOST:6379/0`, `rediss://` for TLS, or `unix:///FILE`.
        """
        self.options: dict[str, Any] = {
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "decode_responses": True,
        }
        pool = BlockingConnectionPool.from_url(url, max_connections=MOST_CONNECTIONS, timeout=TIMEOUT_S, **self.options)
        self._redis = Redis(connection_pool=pool)
        self._away_since: float | None = None
        self._ahead_s = 0.0

    @property
    def away(self) -> bool:
        """Whether the last call failed."""
        return self._away_since is not None

    def call(self, work: Callable[[Redis], Answer], *, probe: bool = False) -> Answer:
        """Ask Redis something.

        Args:
            work: is given the client.
            probe: try also while it counts as away.

        Raises:
            StoreAwayError: it does not answer, or refuses.
        """
        if self.away and not probe:
            raise StoreAwayError
        try:
            answer = work(self._redis)
        except RedisError as error:
            self._went_away(error)
            raise StoreAwayError from None
        self._came_back()
        return answer

    def now(self) -> float:
        """Seconds by Redis' clock, which is the same for all nodes."""
        return time.monotonic() + self._ahead_s

    def set_clock(self, seconds: float) -> None:
        """Take Redis' time as of this moment."""
        self._ahead_s = seconds - time.monotonic()

    def _went_away(self, error: RedisError) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            log.warning("Redis is away, and this node goes on alone until it is back: %s", error)

    def _came_back(self) -> None:
        if self._away_since is not None:
            log.info("Redis is back after %.1f s", time.monotonic() - self._away_since)
            self._away_since = None
