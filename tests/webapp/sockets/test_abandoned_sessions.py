"""Sessions that are begun and left: they end by themselves, and take no place from those who come to stay."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator

import pytest
import socketio

from benchmarks.harness.serving import Server, serving
from tests.webapp.clock import stopped_clock
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.processes import statistics, wait_until, web_process
from webapp.config import Settings
from webapp.metrics.refusals import Refusals
from webapp.roles import CAMERA, WATCH
from webapp.server.message_limit import limit_messages
from webapp.sockets import admission as places
from webapp.sockets.admission import Admission
from webapp.sockets.guarded_socket import SocketRules, guard_sockets
from webapp.sockets.housekeeping import MOST_UNFINISHED_OF_AN_ADDRESS

Connect = Callable[..., LiveClient]

HANDSHAKE_S = 3
NEIGHBOUR = "127.0.0.66"


@pytest.fixture(scope="module")
def sturdy(async_mode: str) -> Iterator[Server]:
    """One server of that mode for all of these: each leaves it as it found it."""
    flags = ("--async-mode", async_mode, "--handshake-timeout", str(HANDSHAKE_S), "--max-cameras", "4")
    with serving("--workers", "1", *flags) as started:
        yield started


def poll(server: Server, sid: str = "", body: str | None = None, source: str = "127.0.0.1") -> tuple[int, str]:
    """One request of Engine.IO's long polling: status and body."""
    path = "/socket.io/?EIO=4&transport=polling" + (f"&sid={sid}" if sid else "")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(source, 0))
    connection.request("GET" if body is None else "POST", path, body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def begin(server: Server, source: str = "127.0.0.1", *, camera: bool = False) -> str:
    """A new polled session, with a camera's place or with none; nobody ever polls it again."""
    sid = poll(server, source=source)[1].partition('"sid":"')[2].partition('"')[0]
    if camera:
        assert poll(server, sid, "40", source)[1] == "OK"
        assert "hello" in poll(server, sid, source=source)[1]
    return sid


def is_known(server: Server, sid: str) -> bool:
    return poll(server, sid, "3")[0] == 200


def test_those_left_make_room_and_end(sturdy: Server, connect: Connect, no_face_jpeg: bytes) -> None:
    threads = web_process(sturdy).num_threads()
    left = [begin(sturdy) for _ in range(MOST_UNFINISHED_OF_AN_ADDRESS + 8)]
    assert [is_known(sturdy, sid) for sid in left[:8]] == [False] * 8, "the oldest went"
    assert outcome(connect(sturdy).ask(no_face_jpeg)) == "result", "and somebody new gets in beside the others"
    assert statistics(sturdy)["totals"]["refused"]["unfinished_session"] >= 8
    wait_until(lambda: not any(is_known(sturdy, sid) for sid in left))
    wait_until(lambda: web_process(sturdy).num_threads() <= threads + 8)  # of the client that is still there


def test_a_session_ends_without_waiting_for_its_client() -> None:
    sio = socketio.Server(async_mode="threading")
    limit_messages(sio.eio, "threading")
    guard_sockets(SocketRules(sio, 100, 100_000, lambda *_: None))
    answer = sio.eio.handle_request(
        {"REQUEST_METHOD": "GET", "QUERY_STRING": "EIO=4&transport=polling", "PATH_INFO": "/socket.io/"},
        lambda *_: None,
    )
    assert b'"sid"' in b"".join(answer) and len(sio.eio.sockets) == 1
    (sid,) = sio.eio.sockets
    began = time.monotonic()
    sio.eio.disconnect(sid)  # which would wait until its goodbye has been fetched
    assert time.monotonic() - began < 5 and not sio.eio.sockets


@pytest.mark.parametrize("before", ["an image", "a frame's announcement"])
def test_a_page_that_is_sent_away_may_be_sending_a_frame(before: str) -> None:
    """Its image is no bad message; one of a client that never had a camera is."""
    sio = socketio.Server(async_mode="threading")
    guard_sockets(SocketRules(sio, 100, 100_000, lambda *_: None))
    for _ in range(2):
        sio.eio.handle_request(
            {"REQUEST_METHOD": "GET", "QUERY_STRING": "EIO=4&transport=polling", "PATH_INFO": "/socket.io/"},
            lambda *_: None,
        )
    page, stranger = sio.eio.sockets.values()
    camera = sio.manager.connect(page.sid, "/")
    assert page.takes_binary() if before == "an image" else page.admit('51-1["frame",{"_placeholder":true,"num":0}]')
    sio.manager.disconnect(camera, "/")
    assert page.takes_binary() and not stranger.takes_binary()


def test_jsonp_is_not_spoken(sturdy: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sturdy.port, timeout=30)
    connection.request("GET", "/socket.io/?EIO=4&transport=polling&j=0")
    answer = connection.getresponse()
    assert answer.status == 400 and b"jsonp" in answer.read()
    connection.close()
    sid = begin(sturdy)
    assert poll(sturdy, sid, "d=40")[0] == 400, "nor its form of a payload"


def test_one_address_does_not_hold_all_places(sturdy: Server, connect: Connect, no_face_jpeg: bytes) -> None:
    for _ in range(4):
        begin(sturdy, NEIGHBOUR, camera=True)
    clients = [connect(sturdy), connect(sturdy)]
    assert [outcome(client.ask(no_face_jpeg)) for client in clients] == ["result", "result"], "half of them are others'"


def test_who_gives_way_where_all_places_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = stopped_clock(monkeypatch, places)
    admission = Admission(Settings(max_cameras=3, max_watchers=2), Refusals())
    silent, _ = admission.enter(CAMERA, "silent", "a")
    others = [admission.enter(CAMERA, sid, "a")[0] for sid in ("second", "third")]
    clock.now += 5
    assert admission.enter(CAMERA, "newcomer", "b")[1] is others[1], "the newest of the address that has most"
    with pytest.raises(places.Refused):
        admission.enter(CAMERA, "fourth", "a")
    clock.now += 6
    others[0].heard_at = clock.now
    assert admission.enter(CAMERA, "fifth", "a")[1] is silent, "who has been silent for long, whoever asks"
    assert admission.count(CAMERA) == 3
    watchers = [admission.enter(WATCH, sid, "a") for sid in ("w1", "w2")]
    clock.now += 100
    with pytest.raises(places.Refused):
        admission.enter(WATCH, "w3", "a")  # a dashboard sends nothing anyway
    assert admission.enter(WATCH, "w4", "b")[1] is watchers[1][0]
