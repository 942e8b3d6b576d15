"""The snapshots of several nodes as one, which a dashboard shows as it shows a single server's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

Snapshot = dict[str, Any]

HIGHEST: Final = ("cpu_web", "lag_p50", "lag_p99")
"""Figures of the load of which the highest is shown: each node has one web process and one loop. Others are added up."""


def merged(own: Snapshot, others: Sequence[Snapshot]) -> Snapshot:
    """One snapshot of all nodes.

    Args:
        own: this node's, `Monitor.snapshot`'s; `node` is its id and `machine` says which machine it runs on.
        others: those of the other nodes, which may be some seconds old.

    Returns:
        The same keys without `machine`; numbers are added up, sessions put together, and `nodes` tells the nodes apart.
    """
    nodes = [own, *others]
    whole = own | {
        "uptime_s": max(one["uptime_s"] for one in nodes),
        "sessions": sorted((s for one in nodes for s in _sessions(one, nodes)), key=lambda session: session["number"]),
        "people": {task: _added(one["people"].get(task, {}) for one in nodes) for task in own["people"]},
        "connected": _added(one["connected"] for one in nodes),
        "totals": _added(_numbers(one["totals"]) for one in nodes)
        | {"refused": _added(one["totals"]["refused"] for one in nodes)},
        "workers": _added(one["workers"] for one in nodes),
        "load": _load([one["load"] for one in nodes], [one["machine"] for one in nodes]),
        "nodes": sorted(map(_summary, nodes), key=lambda node: node["node"]),
    }
    return {name: value for name, value in whole.items() if name not in ("machine", "node")}


def _sessions(one: Snapshot, nodes: Sequence[Snapshot]) -> list[Snapshot]:
    """A node's sessions; where there are other nodes, each says which it is on."""
    return one["sessions"] if len(nodes) == 1 else [session | {"node": one["node"]} for session in one["sessions"]]


def _summary(one: Snapshot) -> Snapshot:
    """A node by itself, in a few numbers."""
    return {
        "node": one["node"],
        "cameras": len(one["sessions"]),
        "fps": one["load"]["now"]["fps"],
        "workers": one["workers"]["alive"],
        "waiting": one["workers"]["waiting"],
    }


def _load(loads: Sequence[Snapshot], machines: Sequence[str]) -> Snapshot:
    nows = [load["now"] for load in loads]
    figures = loads[0]["history"]
    cores = dict(zip(machines, (now["machine_cores"] for now in nows), strict=True))  # each machine once
    lists = {
        "worker_cores": [core for now in nows for core in now["worker_cores"]],
        "machine_cores": [core for machine in cores.values() for core in machine],
    }
    return {
        "now": {name: _one(name, (now[name] for now in nows)) for name in figures} | lists,
        "history": {name: _aligned(name, [load["history"][name] for load in loads]) for name in figures},
    }


def _aligned(name: str, histories: Sequence[Sequence[float]]) -> list[float]:
    """One history of several that end now and may begin at different times."""
    newest_first = zip_longest(*(reversed(history) for history in histories), fillvalue=0.0)
    return [_one(name, values) for values in newest_first][::-1]


def _one(name: str, values: Iterable[float]) -> float:
    return max(values) if name in HIGHEST else round(sum(values), 2)


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        for name, count in one.items():
            total[name] += count
    return dict(total)


def _numbers(totals: Mapping[str, Any]) -> dict[str, int]:
    return {name: count for name, count in totals.items() if name != "refused"}
