"""`run.py bench nodes`: what the messages of many nodes cost one real Redis. No pictures, no web processes.

Every simulated node is a real `Cluster`: it beats, holds its cameras' places, and lets cameras come and go. Its numbers are as
large as a real node's. The nodes beat one after the other in this process, as fast as once a second each or as it can; so figures
are told for one beat as well, and from these for all nodes at their rate.
"""

from __future__ import annotations

import json as json_module
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from redis import Redis

from benchmarks import report
from benchmarks.options import ABOVE_ZERO, json_option
from deploy.redis_server import RedisServer
from launcher.version import VERSION
from measuring.percentiles import percentiles
from vision.tasks import DECADES, EXPRESSIONS, GENDERS, STAGES
from webapp.cluster.cluster import BEAT_S, Cluster, Sources
from webapp.cluster.records import NODES, NUMBERS, WATCHED
from webapp.metrics.server_load import FIGURES, KEPT
from webapp.metrics.statistics import HISTORY_S
from webapp.roles import CAMERA, WATCH

STAY_S: Final = 60.0
"""Seconds for which a camera stays connected before another one takes its place."""

ANY_NUMBER: Final = 10_000_000


@click.command()
@click.option("--nodes", type=click.IntRange(2), default=1000, show_default=True, help="How many.")
@click.option("--cameras", type=click.IntRange(1), default=10, show_default=True, help="Of each node.")
@click.option("--seconds", type=ABOVE_ZERO, default=20, show_default=True, help="How long to measure, twice.")
@click.option(
    "--redis", default="", metavar="URL", help="Redis to measure, whose keys are deleted (default: one of its own)."
)
@json_option
def command(*, nodes: int, cameras: int, seconds: float, redis: str, json: Path | None) -> None:
    """Measure what the messages of many nodes cost one Redis: while nobody watches, and while somebody does."""
    with _redis(redis) as url, Redis.from_url(url, decode_responses=True, protocol=2) as client:
        client.flushdb()
        crowd = [Node(url, number, cameras) for number in range(nodes)]
        figures = {
            "nodes": nodes,
            "cameras": nodes * cameras,
            "unwatched": measure(crowd, client, seconds, watched=False),
            "watched": measure(crowd, client, seconds, watched=True),
            "dashboard": measure_dashboard(crowd, client),
        }
    report.report(f"{nodes} nodes with {cameras} cameras each, and one Redis", figures, json)


@contextmanager
def _redis(url: str) -> Iterator[str]:
    with ExitStack() as stack:
        if url:
            yield url
            return
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="raut-"))
        server = RedisServer(Path(folder))
        stack.callback(server.stop)
        server.start()
        yield server.url


class Node:
    """A node without pictures: what it tells Redis is all there is of it."""

    def __init__(self, url: str, number: int, cameras: int) -> None:
        """Join, with all cameras connected.

        Args:
            url: of Redis.
            number: which one it is.
            cameras: how many it has.
        """
        self.cluster = Cluster(url)
        self.snapshot = snapshot_of(number, cameras)
        self._sources = Sources(lambda: self.snapshot, lambda _sid: 0.0, lambda _tokens: None)
        self._cameras, self._leaving, self._came = cameras, 0.0, 0
        self._connected: list[str] = []
        self.cluster.beat(self._sources)
        for _ in range(cameras):
            self._connect()

    def beat(self) -> None:
        """Do what a node does in a second."""
        self.cluster.beat(self._sources)
        self._leaving += self._cameras * BEAT_S / STAY_S
        while self._leaving >= 1:
            self._leaving -= 1
            self.cluster.places[CAMERA].free(self._connected.pop(0))
            self._connect()

    def _connect(self) -> None:
        self._came += 1
        sid = f"{self.cluster.node}{self._came:012d}"  # as long as Socket.IO's
        if not self.cluster.places[CAMERA].take(sid, "203.0.113.7", ANY_NUMBER):
            raise RuntimeError("Redis gave no place, though there is no limit: is it another server's?")
        self.cluster.next_number()
        self._connected.append(sid)


def snapshot_of(number: int, cameras: int) -> dict[str, Any]:
    """A node's numbers after two minutes of cameras at 30 results a second."""
    people = {"expression": EXPRESSIONS, "age": DECADES, "gender": GENDERS}
    figures = dict.fromkeys(FIGURES, 12.34)
    return {
        "at": 1_795_800_000.123,
        "version": VERSION,
        "uptime_s": 3600,
        "history_s": HISTORY_S,
        "stages": STAGES,
        "sessions": [_session(number * cameras + i) for i in range(cameras)],
        "people": {task: dict.fromkeys(labels, 1) for task, labels in people.items()},
        "connected": {CAMERA: cameras, WATCH: 0},
        "limits": {CAMERA: ANY_NUMBER, WATCH: 64},
        "totals": {
            "sessions": 100,
            "received": 100_000,
            "answered": 99_000,
            "dropped": 900,
            "errors": 100,
            "refused": {},
        },
        "workers": {"alive": 2, "wanted": 2, "waiting": 3, "replaced": 0},
        "load": {
            "now": figures | {"worker_cores": [0.85, 0.84], "machine_cores": [0.91, 0.92]},
            "history": {name: [12.34] * KEPT for name in FIGURES},
        },
    }


def _session(number: int) -> dict[str, Any]:
    return {
        "number": number + 1,
        "name": "Kamera di pintu",
        "key": f"{number:012x}",
        "history": [30] * HISTORY_S,
        "since": 1_795_800_000.1,
        "received": 3600,
        "answered": 3590,
        "dropped": {"newer_frame": 10},
        "errors": {},
        "faces": 2,
        "fps": 29.9,
        "ms": {name: {"p50": 1.23, "p95": 4.56} for name in (*STAGES, "total", "queue", "server")},
    }


@dataclass(frozen=True)
class Spent:
    """What Redis says that it has done so far: CPU seconds, commands, bytes read and written."""

    cpu_s: float
    commands: int
    bytes_in: int
    bytes_out: int

    @classmethod
    def now(cls, client: Redis) -> Spent:
        """As of this moment."""
        told = client.info("all")
        cpu_s = float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
        names = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes")
        return cls(cpu_s, *(int(told[name]) for name in names))


def measure(crowd: list[Node], client: Redis, seconds: float, *, watched: bool) -> dict[str, Any]:
    """Let all nodes beat for a while.

    Args:
        crowd: the nodes.
        client: a connection of its own.
        seconds: how long.
        watched: somebody has a dashboard open, so every node writes its numbers.
    """
    if watched:
        client.set(WATCHED, 1)
    else:
        client.delete(WATCHED)
    _beat_until(crowd, time.monotonic() + BEAT_S, least=len(crowd))  # each learns whether anybody watches
    before, own, began = Spent.now(client), time.process_time(), time.monotonic()
    beats = _beat_until(crowd, began + seconds, least=1)
    after, took = Spent.now(client), time.monotonic() - began
    cpu_us = 1e6 * (after.cpu_s - before.cpu_s) / beats
    bytes_of_one = (after.bytes_in - before.bytes_in + after.bytes_out - before.bytes_out) / beats
    commands = (after.commands - before.commands) / beats
    return {
        "seconds": round(took, 1),
        "beats_per_second": round(beats / took, 1),
        "commands_per_second": round((after.commands - before.commands) / took),
        "redis_cores": round((after.cpu_s - before.cpu_s) / took, 3),
        "load_cores": round((time.process_time() - own) / took, 2),
        "of_one_beat": {"commands": round(commands, 2), "redis_cpu_us": round(cpu_us, 1), "bytes": round(bytes_of_one)},
        "of_all_nodes_each_second": {
            "commands": round(commands * len(crowd)),
            "redis_cores": round(cpu_us * len(crowd) / 1e6, 3),
            "megabits": round(8 * bytes_of_one * len(crowd) / 1e6, 1),
        },
    }


def _beat_until(crowd: list[Node], end: float, least: int) -> int:
    """Let nodes beat by turns, each once a second at most; how many beats that were."""
    began, beats = time.monotonic(), 0
    while beats < least or time.monotonic() < end:
        due = began + BEAT_S * beats / len(crowd)
        time.sleep(max(0.0, due - time.monotonic()))
        crowd[beats % len(crowd)].beat()
        beats += 1
    return beats


def measure_dashboard(crowd: list[Node], client: Redis) -> dict[str, Any]:
    """What one node does, each second, for its dashboards: it reads all others' numbers and adds them up."""
    for node in crowd:
        node.beat()
        client.persist(f"{NUMBERS}{node.cluster.node}")  # this process may be slower than all the nodes' own
    seconds, _ = client.time()
    client.zadd(NODES, {node.cluster.node: seconds for node in crowd})
    before = Spent.now(client)
    read_ms, whole = _timed(lambda: crowd[0].cluster.whole(crowd[0].snapshot))
    after = Spent.now(client)
    return {
        "nodes_read": len(whole["nodes"]),
        "cameras_shown": len(whole["sessions"]),
        "node_cpu_ms": percentiles(read_ms, 50),
        "redis_cpu_ms": round(1000 * (after.cpu_s - before.cpu_s) / len(read_ms), 2),
        "megabytes_read": round((after.bytes_out - before.bytes_out) / len(read_ms) / 1e6, 2),
        "megabytes_to_a_watcher": round(len(json_module.dumps(whole, separators=(",", ":"))) / 1e6, 2),
    }


def _timed(work: Callable[[], dict[str, Any]], times: int = 3) -> tuple[list[float], dict[str, Any]]:
    took, answer = [], {}
    for _ in range(times):
        began = time.process_time()
        answer = work()
        took.append(1000 * (time.process_time() - began))
    return took, answer
