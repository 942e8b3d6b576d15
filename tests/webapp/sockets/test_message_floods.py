"""What one WebSocket or one polled session may send: the rest closes it, and nobody else notices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
import websocket

from benchmarks.harness.serving import Server, serving
from tests.webapp.bystander import unharmed
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.processes import resident_mb, statistics, wait_until

Connect = Callable[..., LiveClient]

PIECE = bytes(2 * 1024 * 1024)
DASHBOARD = "40/dashboard,"
LIVE = "40"


@pytest.fixture(scope="module")
def sturdy(async_mode: str) -> Iterator[Server]:
    """One server of that mode for all of these: each leaves it as it found it."""
    with serving("--workers", "1", "--async-mode", async_mode, "--max-queued-packets", "3") as started:
        yield started


def opened(server: Server, *messages: str) -> websocket.WebSocket:
    """A WebSocket that has said these already, and asks for nothing else."""
    url = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    socket = websocket.create_connection(url, timeout=5)
    socket.recv()
    for message in messages:
        socket.send(message)
        socket.recv()
    return socket


def send_until_closed(socket: websocket.WebSocket, send: Callable[[int], object], times: int) -> int:
    """How many of so many were sent before the server had closed it."""
    for number in range(times):
        try:
            send(number)
        except (OSError, websocket.WebSocketException):
            return number
    return times


def is_closed(socket: websocket.WebSocket) -> bool:
    """Whether the server closes it, after whatever it has still to say."""
    socket.settimeout(5)
    try:
        while socket.recv_frame().opcode != websocket.ABNF.OPCODE_CLOSE:
            continue
    except (websocket.WebSocketTimeoutException, TimeoutError):
        return False
    except (OSError, websocket.WebSocketException):
        return True
    return True


def refused(server: Server, code: str) -> int:
    return int(statistics(server)["totals"]["refused"].get(code, 0))


def ping(socket: websocket.WebSocket, _number: int) -> object:
    return socket.ping(b"x" * 100)


def fragment(socket: websocket.WebSocket, number: int) -> object:
    """A message that never ends, in pieces of one byte."""
    opcode = websocket.ABNF.OPCODE_CONT if number else websocket.ABNF.OPCODE_BINARY
    return socket.send_frame(websocket.ABNF(fin=0, opcode=opcode, data=b"x"))


FLOODS: list[Any] = [
    pytest.param(DASHBOARD, ping, 20_000, "too_many_messages", id="pings"),
    pytest.param(LIVE, fragment, 20_000, "too_many_messages", id="pieces of one byte"),
    pytest.param(LIVE, lambda socket, _: socket.send("3"), 20_000, "too_many_messages", id="pongs of Engine.IO"),
    pytest.param(LIVE, lambda socket, _: socket.send("40/nowhere"), 20_000, "too_many_messages", id="namespaces"),
    pytest.param(
        DASHBOARD, lambda socket, _: socket.send('42/dashboard,["x"]'), 500, "only_receives", id="a watcher's"
    ),
    pytest.param(LIVE, lambda socket, _: socket.send('42["x"]'), 500, "unknown_event", id="unknown events"),
    pytest.param(LIVE, lambda socket, _: socket.send_binary(PIECE), 20, "bad_message", id="images without an event"),
]


@pytest.mark.parametrize(("first", "send", "times", "code"), FLOODS)
def test_who_floods_is_closed_and_counted(
    sturdy: Server,
    connect: Connect,
    portrait_jpeg: bytes,
    first: str,
    send: Callable[[websocket.WebSocket, int], object],
    times: int,
    code: str,
) -> None:
    # Each namespace that there is not is answered; who reads no answer may reach the limit of what waits for it first.
    ends = (code, "never_reads") if code == "too_many_messages" and first == LIVE else (code,)
    before, memory = sum(refused(sturdy, end) for end in ends), resident_mb(sturdy)
    with unharmed(sturdy, connect(sturdy), portrait_jpeg, share=0.3), closing(opened(sturdy, first)) as flooder:
        sent = send_until_closed(flooder, lambda number: send(flooder, number), times)
        assert sent < times or is_closed(flooder)
    assert sum(refused(sturdy, end) for end in ends) > before
    assert resident_mb(sturdy) - memory < 60


BAD: list[Any] = [
    pytest.param(DASHBOARD, '59999999999-/dashboard,["x",{"_placeholder":true,"num":0}]', id="attachments in billions"),
    pytest.param(LIVE, '5999999999-["frame",{"_placeholder":true,"num":0}]', id="of a frame"),
    pytest.param(LIVE, '65-1["x"]', id="an acknowledgement with attachments"),
    pytest.param(LIVE, '431["x"]', id="an acknowledgement that nobody waits for"),
    pytest.param(LIVE, "[" + "[]," * 700_000 + "[]]", id="two megabytes of lists"),
    pytest.param(LIVE, '42["' + "x" * 5000 + '"]', id="a long event"),
    pytest.param(LIVE, "42" + "[" * 3000, id="lists in lists"),
    pytest.param(LIVE, '42["disconnect"]', id="an event of Socket.IO's own"),
    pytest.param(DASHBOARD, '42/dashboard,["disconnect"]', id="of the dashboard's"),
    pytest.param(LIVE, '42["\\u0063onnect",{}]', id="written in another way"),
    pytest.param(LIVE, '42["*"]', id="every event"),
    pytest.param(LIVE, '51-["frame",{"_placeholder":true,"num":9}]', id="an image that there is not"),
    pytest.param(LIVE, "4", id="nothing"),
    pytest.param(LIVE, "42{}", id="no list"),
]


@pytest.mark.parametrize(("first", "message"), BAD)
def test_what_no_client_of_ours_sends_ends_its_connection(sturdy: Server, first: str, message: str) -> None:
    with closing(opened(sturdy, first)) as socket:
        with suppress(OSError, websocket.WebSocketException):
            socket.send(message)
            socket.send_binary(b"an image")
        assert is_closed(socket)
    wait_until(lambda: statistics(sturdy)["sessions"] == {})


def test_attachments_beyond_one_are_passed_over(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client = connect(sturdy)
    assert outcome(client.ask(portrait_jpeg, portrait_jpeg)) == "bad_arguments"
    assert client.ask(portrait_jpeg, event="picture")["code"] == "unknown_event"
    assert outcome(client.ask(portrait_jpeg)) == "result", "and what comes after them is a frame again"


def test_a_page_that_sends_as_fast_as_it_may_goes_on(sturdy: Server, connect: Connect, no_face_jpeg: bytes) -> None:
    client, end, answers = connect(sturdy), time.monotonic() + 3, 0
    while time.monotonic() < end:
        answers += outcome(client.ask(no_face_jpeg)) in ("result", "too_many_frames")
    assert answers > 10 and not client.disconnected.is_set()
