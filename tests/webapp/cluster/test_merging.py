"""Several nodes' numbers as one server's."""

from __future__ import annotations

from typing import Any

from tests.webapp.cluster.conftest import SNAPSHOT
from webapp.cluster.merging import merged


def node(name: str, machine: str = "m1", **changed: Any) -> dict[str, Any]:
    return SNAPSHOT | {"node": name, "machine": machine, "at": 1.0, "limits": {"camera": 64}} | changed


def load(cpu_web: list[float], fps: list[float], cores: list[float]) -> dict[str, Any]:
    now = {"cpu_web": cpu_web[-1], "fps": fps[-1], "worker_cores": [0.2], "machine_cores": cores}
    return {"now": now, "history": {"cpu_web": cpu_web, "fps": fps}}


def test_counts_are_added_up() -> None:
    totals = {"sessions": 2, "received": 30, "answered": 20, "dropped": 9, "errors": 1}
    one = node(
        "a",
        totals=totals | {"refused": {"busy": 1}},
        people={"gender": {"female": 1, "male": 0}},
        connected={"camera": 2, "watch": 1},
        uptime_s=3,
    )
    other = node("b", totals=totals | {"refused": {"busy": 2, "jsonp": 1}}, people={"gender": {"female": 0, "male": 2}})
    whole = merged(one, [other])
    assert whole["totals"] == {name: 2 * count for name, count in totals.items()} | {"refused": {"busy": 3, "jsonp": 1}}
    assert whole["people"] == {"gender": {"female": 1, "male": 2}}
    assert whole["connected"] == {"camera": 2, "watch": 1}
    assert whole["workers"]["alive"] == 2
    assert (whole["uptime_s"], whole["at"], whole["limits"]) == (7, 1.0, {"camera": 64})


def test_a_history_ends_now_whenever_it_began() -> None:
    whole = merged(
        node("a", load=load([0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [0.5])),
        [node("b", load=load([0.9], [10.0], [0.5])), node("c", "m2", load=load([0.0, 0.0], [5.0, 5.0], [0.7, 0.8]))],
    )["load"]
    assert whole["history"] == {"cpu_web": [0.1, 0.2, 0.9], "fps": [1.0, 7.0, 18.0]}, "the busiest loop; all results"
    assert whole["now"]["machine_cores"] == [0.5, 0.7, 0.8], "two nodes share a machine, and its core is shown once"
    assert whole["now"]["worker_cores"] == [0.2, 0.2, 0.2]


def test_each_camera_says_which_node_it_is_on() -> None:
    whole = merged(node("a", sessions=[{"number": 3}]), [node("b", sessions=[{"number": 1}])])
    assert whole["sessions"] == [{"number": 1, "node": "b"}, {"number": 3, "node": "a"}]


def test_a_node_by_itself_is_its_own_whole() -> None:
    own = node("a", sessions=[{"number": 3}, {"number": 4}])
    whole = merged(own, [])
    assert whole["nodes"] == [{"node": "a", "cameras": 2, "fps": 0.0, "workers": 1, "waiting": 0}]
    alike = {name for name in own if name not in ("node", "machine")}
    assert {name: whole[name] for name in alike} == {name: own[name] for name in alike}
