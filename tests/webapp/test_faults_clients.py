"""Clients that never finish, never wait or never read: the server answers on, and another camera keeps its FPS."""

from __future__ import annotations

import queue
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import websocket

from benchmarks.harness.serving import Server, serving
from tests.webapp.bystander import unharmed
from tests.webapp.live_client import WAIT_S, LiveClient, outcome
from tests.webapp.processes import resident_mb, wait_until, web_process
from tests.webapp.watcher import Watcher

Connect = Callable[..., LiveClient]

HANDSHAKE_S = 3


@pytest.fixture(scope="module")
def sturdy() -> Iterator[Server]:
    """One server for all of these: each leaves it as it found it."""
    with serving("--workers", "2", "--handshake-timeout", str(HANDSHAKE_S), "--max-queued-packets", "3") as started:
        yield started


def hung_connection(server: Server, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.settimeout(10 * HANDSHAKE_S)
    connection.sendall(sent)
    return connection


def hung_websocket(server: Server) -> websocket.WebSocket:
    """The WebSocket is open, and the Socket.IO connection is never asked for."""
    opened = websocket.create_connection(server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket")
    opened.recv()
    return opened


BEGINNINGS = [
    b"",  # says nothing
    b"GET /socket.io/?EIO=4",  # half a request's first line
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",  # half a header
    b"POST /api/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf a bo",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS, where none is spoken
]


def test_200_connections_that_never_finish_their_handshake(
    sturdy: Server, connect: Connect, portrait_jpeg: bytes
) -> None:
    with unharmed(sturdy, connect(sturdy), portrait_jpeg), ExitStack() as held:
        raw = [held.enter_context(hung_connection(sturdy, BEGINNINGS[i % len(BEGINNINGS)])) for i in range(150)]
        sockets = [hung_websocket(sturdy) for _ in range(50)]
        for opened in sockets:
            held.callback(opened.shutdown)
        newcomer = connect(sturdy)
        assert outcome(newcomer.ask(portrait_jpeg)) == "result", "somebody new gets in beside them"
        for connection in raw:
            _read_to_the_end(connection)
        for opened in sockets:
            opened.settimeout(10 * HANDSHAKE_S)
            _read_websocket_to_the_end(opened)


def _read_to_the_end(connection: socket.socket) -> None:
    """Until the server has closed it: a timeout here fails the test."""
    try:
        while connection.recv(4096):
            continue
    except ConnectionResetError:
        return


def _read_websocket_to_the_end(opened: websocket.WebSocket) -> None:
    try:
        while opened.recv():
            continue
    except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
        return


def test_connections_beyond_the_file_descriptors_pass_by(connect: Connect, portrait_jpeg: bytes) -> None:
    """Where the system has no descriptor left, accepting fails: the server waits, and goes on."""
    resource = pytest.importorskip("resource")
    stack = ExitStack()
    server = stack.enter_context(serving("--workers", "1", "--handshake-timeout", "2"))
    # It has taken as many as it may; so there are few of them only from now on.
    web_process(server).rlimit(resource.RLIMIT_NOFILE, (80, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with stack:
        client = connect(server)
        for _ in range(120):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        assert outcome(client.ask(portrait_jpeg)) == "result", "who was there before is served"
        wait_until(server.answers)  # once the handshakes' time is over


def test_a_client_that_never_waits_for_answers(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    flooder, answers = connect(sturdy), queue.Queue[dict]()
    memory = resident_mb(sturdy)
    with unharmed(sturdy, connect(sturdy), portrait_jpeg):
        for number in range(400):
            flooder.send(portrait_jpeg, answers=answers if number % 2 else None)
            time.sleep(0.005)  # 200 a second
        outcomes = [outcome(answers.get(timeout=WAIT_S)) for _ in range(200)]
    assert set(outcomes) <= {"result", "newer_frame", "too_many_frames"}
    assert outcomes.count("too_many_frames") > 50, "three times as many as are taken"
    assert resident_mb(sturdy) - memory < 60


def polling(server: Server, sid: str = "", body: bytes | None = None) -> str:
    """One request of Engine.IO's long polling."""
    url = f"{server.url}/socket.io/?EIO=4&transport=polling" + (f"&sid={sid}" if sid else "")
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=WAIT_S) as response:
        return str(response.read().decode())


def test_a_watcher_that_never_reads_misses_numbers(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    with unharmed(sturdy, connect(sturdy), portrait_jpeg), Watcher(sturdy.url) as reader:
        sid = polling(sturdy).partition('"sid":"')[2].partition('"')[0]
        assert polling(sturdy, sid, b"40/dashboard,") == "OK"
        seen = [reader.newest()["at"] for _ in range(7)]
        waiting = polling(sturdy, sid).split("\x1e")
        polling(sturdy, sid, b"1")  # Engine.IO's goodbye
    assert len(set(seen)) == 7, "who reads gets each second's"
    assert sum("snapshot" in packet for packet in waiting) <= 3


def test_a_client_that_sends_and_never_reads_is_closed(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    sid = polling(sturdy).partition('"sid":"')[2].partition('"')[0]
    polling(sturdy, sid, b"40")
    with unharmed(sturdy, connect(sturdy), portrait_jpeg), Watcher(sturdy.url) as reader:
        with pytest.raises(urllib.error.HTTPError):
            for number in range(40):  # ten events in each request, each of which asks for an answer
                polling(sturdy, sid, b"\x1e".join(b'42%d["frame"]' % (10 * number + i) for i in range(10)))
                time.sleep(0.05)
        wait_until(lambda: reader.newest()["connected"]["camera"] == 1)
        assert reader.newest()["totals"]["refused"]["never_reads"] == 1
