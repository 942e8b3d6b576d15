"""Whether a node lives: it subscribes to a channel of its own, to which nobody writes.

Redis drops the subscription the moment the node's process ends. So the others can ask, and need not wait for anything to run
out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from webapp.cluster.store import PREFIX

RETRY_S: Final = 1.0

LOOK_S: Final = 5.0
"""Seconds after which a silent subscription is looked at again."""


def show_presence(url: str, options: dict[str, Any], node: str) -> None:
    """Be subscribed from now on, in the background, whenever Redis is there."""

    def stay() -> None:
        while True:
            try:
                for _ in subscribed(url, options, _channel(node)):
                    pass
            except RedisError:  # the store has said so, or will
                time.sleep(RETRY_S)

    threading.Thread(target=stay, name="presence", daemon=True).start()


def absent(redis: Redis, nodes: Iterable[str]) -> set[str]:
    """Which of these nodes have ended."""
    by_channel = {_channel(node): node for node in nodes}
    return {by_channel[channel] for channel, count in redis.pubsub_numsub(*by_channel) if not count}


def subscribed(url: str, options: dict[str, Any], channel: str) -> Iterator[dict[str, Any] | None]:
    """What is published on a channel, and None whenever that was nothing for some seconds.

    Raises:
        RedisError: Redis has gone away.
    """
    with Redis.from_url(url, **options) as redis, redis.pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe(channel)
        while True:
            yield subscription.get_message(timeout=LOOK_S)


def _channel(node: str) -> str:
    return f"{PREFIX}alive:{node}"
