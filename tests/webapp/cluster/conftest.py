"""One real Redis for all, emptied before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from deploy.redis_server import RedisServer
from tests.services import redis_serving
from webapp.cluster.cluster import Cluster, Sources

Join = Callable[[], Cluster]

SNAPSHOT = {
    "uptime_s": 7,
    "sessions": [],
    "people": {"gender": {"female": 0, "male": 0}},
    "connected": {"camera": 0, "watch": 0},
    "totals": {"sessions": 0, "received": 0, "answered": 0, "dropped": 0, "errors": 0, "refused": {}},
    "workers": {"alive": 1, "wanted": 1, "waiting": 0, "replaced": 0},
    "load": {
        "now": {"cpu_web": 0.1, "fps": 0.0, "worker_cores": [0.0], "machine_cores": [0.5]},
        "history": {"cpu_web": [0.1], "fps": [0.0]},
    },
}


def sources(snapshot: dict | None = None, use_tokens: Callable = lambda _: None) -> Sources:
    return Sources(lambda: snapshot or SNAPSHOT, lambda _sid: 0.0, use_tokens)


@pytest.fixture(scope="package")
def redis_server() -> Iterator[RedisServer]:
    with redis_serving() as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    """What is really in Redis."""
    with Redis.from_url(redis_server.url, decode_responses=True, protocol=2) as client:
        client.flushall()
        yield client


@pytest.fixture
def join(redis: Redis, redis_server: RedisServer) -> Join:
    """A further node's view of what all share; its process shows no presence, as if it had ended."""

    def join() -> Cluster:
        cluster = Cluster(redis_server.url)
        cluster.beat(sources())
        return cluster

    return join
