"""The web process's end of a worker, and the worker's own: real processes, without a server around them."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.webapp.processes import PATIENCE_S, runs, stopped, wait_until
from webapp.config import read_settings
from webapp.inference import wire, worker_start
from webapp.inference.tickets import Ticket
from webapp.inference.worker_link import IN_WORK, WorkerLink
from webapp.inference.worker_start import LONGEST_HELLO, WorkerError, accept_worker, shake_hands

ROOT = Path(__file__).resolve().parents[3]
SECRET = "a" * 64


def submit(link: WorkerLink, kinds: str, jpeg: bytes) -> list[Ticket]:
    """A ticket for each letter: a `f`rame of a session of its own, or a `p`icture."""
    sessions = range(1, len(kinds) + 1)
    tickets = [Ticket(jpeg, session if kind == "f" else None) for kind, session in zip(kinds, sessions, strict=True)]
    for ticket in tickets:
        link.submit(ticket)
    return tickets


def test_no_more_images_are_with_a_worker_than_it_needs(link: WorkerLink, portrait_jpeg: bytes) -> None:
    with stopped(psutil.Process(link.pid)):
        tickets = submit(link, "ffpfp", portrait_jpeg)
        assert sum(ticket.sent > 0 for ticket in tickets) == IN_WORK
    assert all(ticket.wait(PATIENCE_S).result for ticket in tickets)


def test_a_worker_is_lost_over_the_oldest_frame_in_work(link: WorkerLink, portrait_jpeg: bytes) -> None:
    with stopped(psutil.Process(link.pid)):
        tickets = submit(link, "fff", portrait_jpeg)
        link.kill()
        outcomes = [ticket.wait(PATIENCE_S) for ticket in tickets]
    assert [outcome.dropped for outcome in outcomes] == ["worker_lost"] * 3
    assert [outcome.fatal for outcome in outcomes] == [True, False, False]


def test_sessions_take_turns(link: WorkerLink, portrait_jpeg: bytes) -> None:
    with stopped(psutil.Process(link.pid)):
        tickets = submit(link, "ff" + "ffff", portrait_jpeg)
        newer = [Ticket(portrait_jpeg, session) for session in (4, 4, 3)]
        for ticket in newer:
            link.submit(ticket)
    outcomes = [ticket.wait(PATIENCE_S) for ticket in tickets + newer]
    dropped = [ticket.session for ticket, outcome in zip(tickets + newer, outcomes, strict=True) if outcome.dropped]
    assert dropped == [3, 4, 4], "the two older frames of session 4, the older one of session 3"
    served = sorted((ticket for ticket in tickets + newer if ticket.sent), key=lambda ticket: ticket.sent)
    assert [ticket.session for ticket in served] == [1, 2, 3, 4, 5, 6], "a newer frame keeps its session's turn"


@pytest.fixture
def started_worker() -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A worker's process and the listener that it will connect to."""
    settings = read_settings([])
    orders = {
        "secret": SECRET,
        "models": str(settings.models_dir or ""),
        "detector": "blazeface",
        "log": "text",
        "device": "cpu",
    }
    orders |= dict.fromkeys(("max_frame_bytes", "max_upload_bytes", "max_pixels", "max_frame_pixels"), 10**6)  # type: ignore[arg-type]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        subprocess.Popen([sys.executable, "-m", "webapp.inference.worker"], cwd=ROOT, **pipes) as process,  # type: ignore[call-overload]
    ):
        listener.settimeout(PATIENCE_S)
        process.stdin.write(json.dumps(orders | {"port": listener.getsockname()[1]}).encode() + b"\n")
        process.stdin.flush()
        yield process, listener
        process.kill()


def reset(connection: socket.socket) -> None:
    """Close it as a killed process does that had not read everything."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("end", [socket.socket.close, reset])
@pytest.mark.parametrize("when", ["before it is ready", "once it is ready", "before its answer"])
def test_a_worker_ends_quietly_when_the_web_process_is_gone(
    started_worker: tuple[subprocess.Popen[bytes], socket.socket], portrait_jpeg: bytes, end: object, when: str
) -> None:
    process, listener = started_worker
    connection = listener.accept()[0]
    assert bytes(wire.receive(connection).body) == SECRET.encode()
    if when != "before it is ready":
        connection.settimeout(PATIENCE_S)
        assert wire.receive(connection).kind == wire.READY
    if when == "before its answer":
        for number in range(20):
            wire.send(connection, wire.PICTURE, number, portrait_jpeg)
    end(connection)  # type: ignore[operator]
    assert process.communicate(timeout=PATIENCE_S) == (b"", b"")
    assert process.returncode == 0


def test_a_worker_that_is_told_nothing_ends_quietly() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "webapp.inference.worker"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def hello(secret: str) -> bytes:
    return struct.pack(">IBQ", 9 + len(secret), wire.HELLO, 1) + secret.encode()


STRANGERS = [
    pytest.param(b"", id="who says nothing"),
    pytest.param(None, id="who goes at once"),
    pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="a browser"),
    pytest.param(hello("b" * 64), id="who guesses"),
    pytest.param(hello(SECRET)[:-1], id="who stops before the end"),
    pytest.param(struct.pack(">IBQ", 2**32 - 1, wire.HELLO, 1) + SECRET.encode(), id="who announces four gigabytes"),
    pytest.param(hello("a" * (LONGEST_HELLO + 1)), id="whose hello is a little too long"),
    pytest.param(struct.pack(">IBQ", 8, wire.HELLO, 1), id="whose length is shorter than a message's head"),
]


@pytest.fixture
def idle_process() -> Iterator[subprocess.Popen[bytes]]:
    """Some process that lives."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("says", STRANGERS)
def test_waits_on_for_the_worker_after_a_stranger(idle_process: subprocess.Popen[bytes], says: bytes | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stranger, ours = (socket.create_connection(listener.getsockname()) for _ in range(2))
        with stranger, ours:
            if says is None:
                stranger.close()
            else:
                stranger.sendall(says)
            ours.sendall(hello(SECRET))
            before = psutil.Process().memory_info().rss
            with accept_worker(idle_process, listener, SECRET) as accepted:
                assert accepted.getpeername() == ours.getsockname()
            assert psutil.Process().memory_info().rss - before < 20e6


def test_a_stranger_cannot_hold_a_start_up_byte_by_byte(idle_process: subprocess.Popen[bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as slow:
        gone = threading.Event()

        def drip() -> None:
            for byte in struct.pack(">IBQ", 9 + 4000, wire.HELLO, 1) + bytes(4000):
                try:
                    slow.send(bytes((byte,)))
                except OSError:
                    return gone.set()
                if gone.wait(0.3):
                    return None

        dripping = threading.Thread(target=drip)
        dripping.start()
        with socket.create_connection(listener.getsockname()) as ours:
            ours.sendall(hello(SECRET))
            accept_worker(idle_process, listener, SECRET).close()
        assert gone.wait(PATIENCE_S), "the stranger was let go long before its 4,000 bytes"
        dripping.join()


def test_silent_strangers_do_not_keep_a_worker_waiting(idle_process: subprocess.Popen[bytes]) -> None:
    """One after the other they would, for longer than a worker has to start."""
    with ExitStack() as held:
        listener = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=200))
        for _ in range(100):
            held.enter_context(socket.create_connection(listener.getsockname()))
        ours = held.enter_context(socket.create_connection(listener.getsockname()))
        ours.sendall(hello(SECRET))
        accepted = held.enter_context(accept_worker(idle_process, listener, SECRET))
        assert accepted.getpeername() == ours.getsockname()


def test_says_so_when_the_process_ends_instead_of_connecting(idle_process: subprocess.Popen[bytes]) -> None:
    idle_process.kill()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(WorkerError, match=r"ended while it started \(exit status -9\)"),
    ):
        accept_worker(idle_process, listener, SECRET)


def test_hears_why_a_worker_ended_at_once(
    idle_process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine it has said why and ended before its hello is read."""
    heard = worker_start._hear

    def hear_late(*arguments: Any) -> None:
        time.sleep(0.2)
        heard(*arguments)

    monkeypatch.setattr(worker_start, "_hear", hear_late)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as ours:
            ours.sendall(hello(SECRET))
            wire.send(ours, wire.FAILED, 0, b"the model is damaged")
        idle_process.kill()
        idle_process.wait()
        with pytest.raises(WorkerError, match="the model is damaged"):
            shake_hands(idle_process, listener, SECRET)


def test_a_real_worker_comes_up_past_a_stranger() -> None:
    ports_before = listening_ports()
    links: list[WorkerLink] = []
    starting = threading.Thread(target=lambda: links.append(WorkerLink(read_settings([]), lambda _: None)))
    starting.start()
    wait_until(lambda: listening_ports() - ports_before)
    (port,) = listening_ports() - ports_before
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(b"\xff" * 10_000)
        starting.join(PATIENCE_S)
    assert len(links) == 1
    process = psutil.Process(links[0].pid)
    links[0].close()
    links[0].wait_for_end(PATIENCE_S)
    assert not runs(process)


def listening_ports() -> set[int]:
    """Ports on which this process listens."""
    connections = psutil.Process().net_connections("tcp4")
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}
