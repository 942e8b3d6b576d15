"""Each limit: what is refused at it, with which words, and that the place is free again afterwards."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import socketio
from socketio.exceptions import ConnectionError as NotConnected

from benchmarks.harness.serving import Server
from tests.webapp.live_client import WAIT_S, LiveClient, outcome
from tests.webapp.processes import stopped, wait_until, workers_of
from tests.webapp.test_bad_input import analyze
from tests.webapp.watcher import Watcher
from webapp.config import Settings
from webapp.server.connections import Connections
from webapp.server.rate_limit import TokenBucket

StartServer = Callable[..., Server]
Connect = Callable[..., LiveClient]


def refusal(url: str, namespace: str) -> dict[str, Any]:
    """What a client is told that is not let in."""
    told: queue.Queue[dict] = queue.Queue()
    client = socketio.Client(reconnection=False)
    client.on("connect_error", told.put, namespace=namespace)
    with pytest.raises(NotConnected):
        client.connect(url, transports=["websocket"], namespaces=[namespace])
    return told.get(timeout=WAIT_S)


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_one_camera_too_many_is_told_so_and_gets_the_next_free_place(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes
) -> None:
    server = start_server("--workers", "1", "--max-cameras", "2")
    clients = [connect(server), connect(server)]
    told = refusal(server.url, "/")
    assert told["data"] == {"code": "too_many_cameras", "limit": 2}
    assert "2 cameras at once" in told["message"] and len(told["message"].splitlines()) == 1
    assert outcome(clients[0].ask(portrait_jpeg)) == "result"
    clients[1].close()

    def comes_in() -> bool:
        try:
            connect(server)
        except NotConnected:
            return False
        return True

    assert eventually(comes_in)


def test_one_watcher_too_many_is_told_so(start_server: StartServer) -> None:
    server = start_server("--workers", "1", "--max-watchers", "1")
    with Watcher(server.url) as watcher:
        assert refusal(server.url, "/dashboard")["data"] == {"code": "too_many_watchers", "limit": 1}
        assert eventually(lambda: watcher.newest()["totals"]["refused"] == {"too_many_watchers": 1})


def test_frames_beyond_the_rate_are_refused_and_the_session_goes_on(
    start_server: StartServer, connect: Connect, no_face_jpeg: bytes
) -> None:
    server = start_server("--workers", "1", "--max-fps", "5")
    client, answers = connect(server), queue.Queue[dict]()
    for _ in range(40):
        client.send(no_face_jpeg, answers=answers)
    got = [answers.get(timeout=WAIT_S) for _ in range(40)]
    refused = [answer for answer in got if outcome(answer) == "too_many_frames"]
    assert len(refused) >= 40 - 10 - 5, "ten at once, and what comes in while they are sent"
    assert refused[0]["error"] == "too many frames: at most 5 a second are taken"
    time.sleep(0.5)
    assert outcome(client.ask(no_face_jpeg)) == "result"


def test_an_idle_session_is_told_and_closed_and_an_active_one_is_not(
    start_server: StartServer, connect: Connect, no_face_jpeg: bytes
) -> None:
    server = start_server("--workers", "1", "--idle-timeout", "2")
    idle, active = connect(server), connect(server)
    told: queue.Queue[dict] = queue.Queue()
    idle._io.on("idle", told.put)
    deadline = time.monotonic() + 10
    while not idle.disconnected.is_set() and time.monotonic() < deadline:
        assert outcome(active.ask(no_face_jpeg)) == "result"
        time.sleep(0.2)
    assert idle.disconnected.is_set()
    assert told.get(timeout=1) == {"seconds": 2.0}
    assert outcome(active.ask(no_face_jpeg)) == "result"


def test_one_picture_too_many_at_once_is_told_to_come_again(start_server: StartServer, portrait_jpeg: bytes) -> None:
    server = start_server("--workers", "1", "--max-uploads", "1")
    answers = queue.Queue[tuple[int, dict]]()
    with stopped(*workers_of(server)):
        first = threading.Thread(target=lambda: answers.put(analyze(server, portrait_jpeg)))
        first.start()
        wait_until(lambda: server.health()["workers"]["waiting"] == 1)
        status, answer = analyze(server, portrait_jpeg)
        assert (status, answer["code"]) == (503, "busy")
    first.join()
    assert answers.get()[0] == 200


def test_one_connection_too_many_of_an_address_gets_a_sentence(async_mode: str, start_server: StartServer) -> None:
    server = start_server("--workers", "1", "--async-mode", async_mode, "--max-connections-per-address", "5")
    held = [socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) for _ in range(5)]
    try:
        time.sleep(0.5)
        with socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) as one_more:
            one_more.settimeout(10)
            head, _, body = one_more.makefile("rb").read().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503") and b"Retry-After" in head
        assert json.loads(body)["code"] == "too_many_connections"
        assert server.answers(), "other addresses are served"
    finally:
        for one in held:
            one.close()

    def served_again() -> bool:
        with socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) as again:
            again.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            again.settimeout(10)
            return again.recv(20).startswith(b"HTTP/1.1 200")

    assert eventually(served_again)


def test_counts_connections_by_address() -> None:
    refused: list[tuple[str, str]] = []
    connections = Connections(Settings(max_connections_per_address=1), lambda *refusal: refused.append(refusal))
    with connections.visit("a") as first, connections.visit("a") as second, connections.visit("b") as other:
        assert (first is not None, second is not None, other is not None) == (True, False, True)
        assert (connections.count(), refused) == (2, [("too_many_connections", "a")])
    assert connections.count() == 0
    with connections.visit("a") as again:
        assert again is not None


def test_no_limit_counts_all_the_same() -> None:
    refused: list[tuple[str, str]] = []
    connections = Connections(Settings(max_connections_per_address=0), lambda *refusal: refused.append(refusal))
    with connections.visit("a") as first, connections.visit("a") as second:
        assert first is not None and second is not None and (connections.count(), refused) == (2, [])


def test_a_bucket_gives_its_rate_and_a_burst() -> None:
    bucket = TokenBucket(10)
    start = bucket._filled_at
    assert sum(bucket.take(start) for _ in range(50)) == 20, "two seconds' worth at once"
    assert sum(bucket.take(start + 0.01 * step) for step in range(1, 301)) == pytest.approx(30, abs=1)
    assert sum(bucket.take(start + 1000) for _ in range(50)) == 20, "and never more, however long nobody came"


def test_what_was_dear_is_paid_for_afterwards() -> None:
    bucket = TokenBucket(10)
    start = bucket._filled_at
    bucket.charge(25)
    assert bucket.wait_s(5, start) == pytest.approx(0.6), "twenty were there, five are owed, and one is to come"
    bucket.charge(1000)
    assert bucket.wait_s(1, start) is None and bucket.wait_s(5, start) == pytest.approx(2.1), "a whole bucket at most"
