"""Connections that say nothing, take for ever or never end: they are cut off, and nobody else notices."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from benchmarks.harness.serving import Server, serving
from tests.webapp.attackers import connection_to, median_s
from tests.webapp.bystander import unharmed
from tests.webapp.lan import HOST, LanServer, lan_serving
from tests.webapp.processes import PATIENCE_S, resident_mb, statistics, wait_until, web_process

ELSEWHERE = ("127.0.0.66", "127.0.0.67", "127.0.0.68")
MOST_STRANGERS = 40
HEAD_S, REQUEST_S = 3, 5


@pytest.fixture(scope="module")
def shared(async_mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanServer]:
    """A server of that mode on the LAN, to be attacked."""
    flags = ("--async-mode", async_mode, "--max-strangers", str(MOST_STRANGERS))
    with lan_serving(tmp_path_factory.mktemp("silent"), *flags) as started:
        yield started


@pytest.fixture(scope="module")
def hasty(async_mode: str) -> Iterator[Server]:
    """A server of that mode that gives little time."""
    timeouts = ("--handshake-timeout", str(HEAD_S), "--request-timeout", str(REQUEST_S))
    with serving("--workers", "1", "--async-mode", async_mode, "--max-uploads", "4", *timeouts) as started:
        yield started


def test_silent_strangers_make_room_for_guests(shared: LanServer, portrait_jpeg: bytes) -> None:
    server = web_process(shared)
    before, open_before = median_s(shared.health), server.num_fds()
    with (
        closing(shared.connect("camera")) as camera,
        unharmed(shared, camera, portrait_jpeg, share=0.3),
        ExitStack() as held,
    ):
        for source in itertools.islice(itertools.cycle(ELSEWHERE), 150):
            held.enter_context(connection_to(shared, source, silent=True))
        wait_until(lambda: server.num_fds() <= open_before + MOST_STRANGERS + 20)
        assert median_s(shared.health) < 10 * before
        assert shared.get("/", role="camera").status == 200
    assert shared.refused("too_many_strangers") >= 100


def test_guests_are_no_strangers(shared: LanServer) -> None:
    """Who has shown a token keeps the connection, however many silent ones come."""
    request = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nCookie: __Host-raut={shared.token('watch')}\r\n\r\n".encode()
    if shared.arguments[-3] == "threading":
        pytest.skip("closes every connection after its one request")
    with ExitStack() as held:
        guest = held.enter_context(connection_to(shared))
        guest.sendall(request)
        assert b"workers" in guest.recv(65536)
        for _ in range(MOST_STRANGERS + 10):
            held.enter_context(connection_to(shared, ELSEWHERE[0], silent=True))
        guest.sendall(request)
        assert b"workers" in guest.recv(65536)


def test_a_server_takes_the_descriptors_that_it_may_have(async_mode: str) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        with serving("--workers", "1", "--async-mode", async_mode) as server:
            assert web_process(server).rlimit(resource.RLIMIT_NOFILE)[0] == min(hard, 65_536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/analyze HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("beginning", "drip"),
    [
        pytest.param(b"GE", b"T", id="a request line"),
        pytest.param(HEAD + b"X-Slow: ", b"x", id="a header"),
        pytest.param(HEAD, b"X-Slow: x\r\n", id="headers"),
        pytest.param(POST + b"Content-Length: 100000\r\n\r\n", b"x", id="a body"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"),
        pytest.param(
            b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", b"x", id="nowhere"
        ),
    ],
)
def test_what_drips_is_cut_off_as_a_whole(hasty: Server, beginning: bytes, drip: bytes) -> None:
    """Each byte comes in time, and all of them would take for ever."""
    with connection_to(hasty) as connection:
        connection.sendall(beginning)

        def is_cut_off() -> bool:
            time.sleep(0.3)
            try:
                connection.sendall(drip)
            except OSError:
                return True
            return False

        assert wait_until(is_cut_off) < PATIENCE_S


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        pytest.param(CHUNKED, b"1" * 100_000, id="a chunk's length"),
        pytest.param(CHUNKED + b"0\r\n", b"X: x\r\n" * 20_000, id="lines after the last chunk"),
        pytest.param(HEAD + b"X: ", b"x" * 100_000, id="a header"),
        pytest.param(HEAD, (b"X: " + b"x" * 60_000 + b"\r\n"), id="headers"),
        pytest.param(
            b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n",
            bytes(100_000),
            id="a body that nobody reads",
        ),
    ],
)
def test_what_never_ends_is_not_kept(hasty: Server, beginning: bytes, piece: bytes) -> None:
    hasty.health()
    memory, sent = resident_mb(hasty), 0
    with connection_to(hasty) as connection:
        connection.settimeout(PATIENCE_S)
        with suppress(ConnectionError):
            connection.sendall(beginning)
            while sent < 100_000_000:
                connection.sendall(piece)
                sent += len(piece)
    assert sent < 100_000_000, "it was cut off"
    assert resident_mb(hasty) - memory < 30
    wait_until(hasty.answers)


def test_who_asks_and_never_reads_is_cut_off(hasty: Server) -> None:
    requests = b"GET /static/css/base.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    with connection_to(hasty) as connection:
        connection.settimeout(PATIENCE_S)
        with pytest.raises(ConnectionError):
            while True:
                connection.sendall(requests)


def test_slow_uploads_take_their_places_first_and_not_all(hasty: Server, portrait_jpeg: bytes) -> None:
    head = POST + b"Content-Length: 1000000\r\n\r\n" + bytes(1000)
    whole = POST + b"Content-Length: %d\r\n\r\n" % len(portrait_jpeg) + portrait_jpeg
    memory = resident_mb(hasty)
    with ExitStack() as held:
        slow = [held.enter_context(connection_to(hasty, ELSEWHERE[0])) for _ in range(3)]
        for connection in slow:
            connection.sendall(head)
        with connection_to(hasty) as honest:
            honest.sendall(whole)
            assert b" 200 OK" in _answer(honest), "one address has half of them"
        assert statistics(hasty)["totals"]["refused"]["busy"] >= 1
    assert resident_mb(hasty) - memory < 30


def _answer(connection: socket.socket) -> bytes:
    """What it is answered; nothing where it is cut off first."""
    connection.settimeout(PATIENCE_S)
    with suppress(ConnectionError):
        return connection.recv(65_536)
    return b""


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=" + ",".join(f"{i}-{i}" for i in range(700)),
        "bytes=" + "0-," * 2000 + "0-",
        "bytes=0-0",
        "bytes=5-2",
        "x",
    ],
    ids=["700 ranges", "the whole 2,000 times", "one byte", "the wrong way round", "nonsense"],
)
def test_ranges_never_give_more_than_the_file(hasty: Server, ranges: str) -> None:
    with connection_to(hasty) as connection:
        connection.settimeout(PATIENCE_S)
        connection.sendall(
            b"GET /static/css/base.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: %s\r\n\r\n"
            % ranges.encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.split()[1] in (b"200", b"206", b"416")
    assert len(answer) < (Path("static") / "css" / "base.css").stat().st_size + 3000
