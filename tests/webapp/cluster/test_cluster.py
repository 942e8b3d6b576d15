"""What nodes share: tokens, the cameras' numbers, wrong links, and the numbers on the dashboard."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from redis import Redis

from tests.webapp.cluster.conftest import SNAPSHOT, Join, sources
from webapp.cluster.cluster import NUMBERS_AT_ONCE, TOKENS
from webapp.sharing.login_throttle import FORGIVEN, LoginThrottle

pytestmark = pytest.mark.services

OWN = {"camera": "c" * 22, "watch": "w" * 22}
OTHER = {"camera": "d" * 22, "watch": "v" * 22}


def test_all_nodes_have_the_tokens_of_the_first(join: Join) -> None:
    assert join().agree_on_tokens(OWN, new=False) == OWN
    assert join().agree_on_tokens(OTHER, new=False) == OWN


def test_new_tokens_reach_the_nodes_that_run(join: Join) -> None:
    first, second = join(), join()
    first.agree_on_tokens(OWN, new=False)
    second.agree_on_tokens(OTHER, new=True)
    used: list[Mapping[str, str]] = []
    for _ in range(2):
        first.beat(sources(use_tokens=used.append))
    assert used == [OTHER], "told once"


def test_a_redis_that_has_forgotten_gets_the_tokens_again(join: Join, redis: Redis) -> None:
    node = join()
    node.agree_on_tokens(OWN, new=False)
    redis.flushall()
    node.beat(sources())
    assert json.loads(str(redis.get(TOKENS))) == OWN


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"camera": "c"}', json.dumps({"camera": "short", "watch": "w" * 22}), json.dumps(OWN | {"watch": "c" * 22})],
)  # fmt: skip
def test_what_is_no_pair_of_tokens_is_not_taken(join: Join, redis: Redis, text: str) -> None:
    redis.set(TOKENS, text)
    node = join()
    assert node.agree_on_tokens(OWN, new=False) == OWN
    used: list[Mapping[str, str]] = []
    node.beat(sources(use_tokens=used.append))
    assert not used


def test_no_two_cameras_have_one_number(join: Join, redis: Redis) -> None:
    first, second = join(), join()
    taken = [node.next_number() for _ in range(40) for node in (first, second)]
    redis.flushall()  # Redis is started anew: what was given must not be given again
    for node in (first, second) * 2:
        node.beat(sources())
    taken += [node.next_number() for _ in range(NUMBERS_AT_ONCE) for node in (first, second)]
    assert len(set(taken)) == len(taken)
    assert min(taken) == 1


def test_wrong_links_count_at_all_nodes(join: Join, redis: Redis) -> None:
    first, second = (LoginThrottle(join().tries) for _ in range(2))
    for attempt in range(FORGIVEN + 1):
        (first if attempt % 2 else second).wrong("203.0.113.7")
    assert first.wait_s("203.0.113.7") and second.wait_s("203.0.113.7")
    assert not second.wait_s("203.0.113.8"), "another address"
    (key,) = redis.keys("raut:tries:*")
    assert 0 < redis.ttl(key) <= 1000, "Redis forgets it by itself"


def test_numbers_are_written_while_somebody_watches(join: Join, redis: Redis) -> None:
    watching, other = join(), join()
    own = SNAPSHOT | {"sessions": [{"number": 2}]}
    assert not redis.keys("raut:numbers:*"), "nobody watches"
    assert watching.whole(own)["sessions"] == [{"number": 2}]
    for _ in range(2):  # a beat learns that somebody watches, and the next one tells
        other.beat(sources(SNAPSHOT | {"sessions": [{"number": 1}]}))
    whole = watching.whole(own)
    assert whole["sessions"] == [{"number": 1, "node": other.node}, {"number": 2, "node": watching.node}]
    assert [node["cameras"] for node in whole["nodes"]] == [1, 1]
    assert "machine" not in whole and "node" not in whole
    assert whole["load"]["now"]["machine_cores"] == [0.5], "both are on one machine"
    assert 0 < redis.ttl(f"raut:numbers:{other.node}") <= 5, "they fade out by themselves"
    other.leave()
    assert watching.whole(own)["sessions"] == [{"number": 2}], "a node that ends takes its numbers along"
