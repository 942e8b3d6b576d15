"""Places of all nodes: counted as one, freed with their node, and no reason to wait for Redis."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from socketio.exceptions import ConnectionRefusedError as Refused

from deploy.redis_server import RedisServer
from tests.services import redis_serving
from tests.webapp.cluster.conftest import Join, sources
from tests.webapp.processes import wait_until
from webapp.cluster.away import StoreAwayError
from webapp.cluster.cluster import Cluster
from webapp.cluster.presence import show_presence
from webapp.cluster.store import TIMEOUT_S
from webapp.config import Settings
from webapp.inference.pool import PoolBusyError, WorkerPool
from webapp.metrics.refusals import Refusals
from webapp.roles import CAMERA, UPLOAD
from webapp.sockets.admission import Admission

pytestmark = pytest.mark.services


def admission(node: Cluster, **limits: int) -> Admission:
    return Admission(Settings(**limits), Refusals(), node.places)  # type: ignore[arg-type]


@pytest.fixture
def living(join: Join, redis: Redis, redis_server: RedisServer) -> Join:
    """A node that shows that it lives."""

    def living() -> Cluster:
        node = join()
        show_presence(redis_server.url, node._store.options, node.node)
        wait_until(lambda: redis.pubsub_numsub(f"raut:alive:{node.node}")[0][1])
        return node

    return living


def test_the_last_place_is_taken_once(living: Join) -> None:
    nodes = [living(), living()]
    with ThreadPoolExecutor(8) as pool:
        took = list(pool.map(lambda i: nodes[i % 2].places[CAMERA].take(f"sid{i}", "10.0.0.1", 5), range(20)))
    assert sum(took) == 5
    assert [node.places[CAMERA].count() for node in nodes] == [5, 5]
    nodes[0].places[CAMERA].free(f"sid{took.index(True)}")
    nodes[1].places[CAMERA].free(f"sid{took.index(True)}")
    assert nodes[0].places[CAMERA].count() == 4


def test_a_node_that_has_ended_holds_no_place(join: Join, living: Join) -> None:
    gone, here = join(), living()
    assert all(gone.places[CAMERA].take(f"sid{i}", "10.0.0.1", 2) for i in range(2))
    assert here.places[CAMERA].take("new", "10.0.0.2", 2), "nobody waits until its places run out"
    assert here.places[CAMERA].count() == 1


def test_a_place_runs_out_that_nobody_renews(living: Join) -> None:
    silent, here = living(), living()
    silent.places[CAMERA].take("sid", "10.0.0.1", 1)
    assert not here.places[CAMERA].take("new", "10.0.0.2", 1)
    here._store.set_clock(here._store.now() + 6)
    assert here.places[CAMERA].take("new", "10.0.0.2", 1)


def test_who_has_most_gives_way_at_whichever_node(living: Join) -> None:
    nodes = living(), living()
    # Two nodes' clocks agree within milliseconds, and "c" shall be later than "b".
    nodes[1]._store.set_clock(nodes[1]._store.now() + 0.5)
    first, second = (admission(node, max_cameras=3) for node in nodes)
    for sid in ("a", "b"):
        first.enter(CAMERA, sid, "10.0.0.1")
    second.enter(CAMERA, "c", "10.0.0.1")
    place, gives_way = first.enter(CAMERA, "d", "10.0.0.2")
    assert gives_way is not None and gives_way.sid == "c", "the newest of the address with the most, at the other node"
    assert (place.sid, first.count_everywhere(CAMERA)) == ("d", 3)
    with pytest.raises(Refused, match="takes 3 cameras"):
        second.enter(CAMERA, "e", "10.0.0.2")


def test_uploads_are_counted_at_all_nodes(living: Join) -> None:
    first, second = (WorkerPool(Settings(max_uploads=2), living().places[UPLOAD]) for _ in range(2))
    with first.upload("10.0.0.1"):
        with pytest.raises(PoolBusyError), second.upload("10.0.0.1"):
            pass  # half of the places are an address's
        with second.upload("10.0.0.2"), pytest.raises(PoolBusyError), first.upload("10.0.0.3"):
            pass
    with second.upload("10.0.0.1"), first.upload("10.0.0.3"):
        pass  # all are free again


def stall(server: RedisServer) -> None:
    server.signal(signal.SIGSTOP)


def go_on(server: RedisServer) -> None:
    server.signal(signal.SIGCONT)


@pytest.mark.parametrize(
    ("away", "back", "taken"),
    [
        (RedisServer.stop, RedisServer.start, 1),  # it begins empty, and is told what is taken now
        (stall, go_on, 2),  # it remembers a place that was freed meanwhile until its lease is over
    ],
)
def test_without_redis_a_node_goes_on_alone(
    away: Callable[[RedisServer], None],
    back: Callable[[RedisServer], None],
    taken: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis_serving() as server:
        node = Cluster(server.url)
        node.beat(sources())
        places = admission(node, max_cameras=2)
        places.enter(CAMERA, "a", "10.0.0.1")
        with caplog.at_level(logging.INFO, "webapp.cluster"):
            away(server)
            began = time.monotonic()
            places.enter(CAMERA, "b", "10.0.0.1")
            with pytest.raises(Refused):  # its own limit holds
                places.enter(CAMERA, "c", "10.0.0.1")
            node.beat(sources())
            with pytest.raises(StoreAwayError):
                node.places[CAMERA].count()
            assert time.monotonic() - began < 8 * TIMEOUT_S, "no call waits for long"
            assert places.count_everywhere(CAMERA) == 2
            places.leave("a")
            back(server)
            node.beat(sources())
        assert places.count_everywhere(CAMERA) == taken
        lines = [record.getMessage()[:13] for record in caplog.records if record.name == "webapp.cluster.store"]
        assert lines == ["Redis is away", "Redis is back"]
