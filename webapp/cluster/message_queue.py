"""Flask-SocketIO's message queue over Redis: what one node says to clients of another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from redis.exceptions import RedisError
from socketio import RedisManager

from webapp.cluster.away import StoreAwayError
from webapp.cluster.presence import subscribed
from webapp.cluster.store import PREFIX, Store

CHANNEL: Final = f"{PREFIX}messages"

RETRY_S: Final = 1.0


class MessageQueue(RedisManager):
    """python-socketio's manager over Redis, with this server's deadlines and its one log line when Redis goes away."""

    def __init__(self, url: str, store: Store):
        """Take part; `store` says when Redis is away."""
        super().__init__(url, channel=CHANNEL, redis_options=store.options)
        self._store = store

    def _publish(self, data: dict[str, Any]) -> None:
        with suppress(StoreAwayError):  # the other nodes' clients are not reached; this node's are
            self._store.call(lambda redis: redis.publish(self.channel, self.json.dumps(data)))

    def _listen(self) -> Iterator[str]:
        while True:
            try:
                for message in subscribed(self.redis_url, self.redis_options, self.channel):
                    if message is not None:
                        yield message["data"]
            except RedisError:  # the store has said so, or will
                time.sleep(RETRY_S)
