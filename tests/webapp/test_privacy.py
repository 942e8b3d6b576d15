"""No frame touches the disk or a log: not a whole one, not a damaged one, not one in the wrong place."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import websocket

from benchmarks.harness.serving import Server
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.processes import PATIENCE_S, wait_until, web_process
from webapp.inference.result_json import result_json
from webapp.inference.tickets import Outcome
from webapp.server.log_filters import socket_logger

ROOT = Path(__file__).resolve().parents[2]

MARKER = b"VISIBLE-NOWHERE-BUT-HERE"
BOUNDARY = b"edge"

Connect = Callable[..., LiveClient]


@pytest.fixture
def marked_jpeg(portrait_jpeg: bytes) -> bytes:
    """The portrait with the marker in comments all over its first 1.2 MB."""
    comment = MARKER * 2000
    segment = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
    return portrait_jpeg[:2] + segment * 26 + portrait_jpeg[2:]


@pytest.fixture
def marked_frame(portrait_jpeg: bytes) -> bytes:
    """The same, small enough for the live socket."""
    return portrait_jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(MARKER) + 2) + MARKER + portrait_jpeg[2:]


@pytest.fixture
def private_server(tmp_path: Path, async_mode: str) -> Iterator[Server]:
    """A server that finds no other folder to write to than an empty one, where its words go too."""
    folders = {name: str(tmp_path) for name in ("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME")}
    server = Server()
    command = [sys.executable, "-m", "webapp", "--port", str(server.port), "--workers", "1", "--async-mode", async_mode]
    with (tmp_path / "output").open("wb") as output:
        server.process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=os.environ | folders | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(server.answers, timeout=60)
            yield server
        finally:
            server.stop()


def files_with_marker(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and MARKER in path.read_bytes()]


def files_held_open(server: Server, folder: Path) -> set[str]:
    """Files of that folder that the server's processes hold open, deleted ones too."""
    processes = [web_process(server), *web_process(server).children()]
    held = set()
    for process in processes:
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                held.add(str(descriptor.readlink()))
    return {path for path in held if path.startswith((str(folder), "/tmp", "/var/tmp", "/dev/shm"))}  # noqa: S108


def multipart(data: bytes) -> bytes:
    head = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="image"; filename="' + MARKER + b'.jpg"\r\n'
    return head + b"Content-Type: image/jpeg\r\n\r\n" + data + b"\r\n--" + BOUNDARY + b"--\r\n"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at open files by /proc, which is Linux's")
def test_an_upload_stays_in_memory(private_server: Server, tmp_path: Path, marked_jpeg: bytes) -> None:
    body = multipart(marked_jpeg)
    assert len(body) > 1_000_000
    before = files_held_open(private_server, tmp_path)
    connection = http.client.HTTPConnection("127.0.0.1", private_server.port, timeout=PATIENCE_S)
    connection.putrequest("POST", "/api/analyze")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY.decode()}")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:-10])
    time.sleep(0.5)  # nearly all of it is there, and the server waits for the rest
    assert files_held_open(private_server, tmp_path) == before
    connection.send(body[-10:])
    answer = connection.getresponse()
    assert len(json.loads(answer.read())["faces"]) == 1
    connection.close()
    assert files_with_marker(tmp_path) == []


def test_frames_are_written_nowhere(
    private_server: Server, connect: Connect, tmp_path: Path, marked_frame: bytes, marked_jpeg: bytes
) -> None:
    for transport in ("websocket", "polling"):
        client = connect(private_server, transports=[transport])
        assert outcome(client.ask(marked_frame)) == "result"
        assert outcome(client.ask(marked_frame[:2000])) == "truncated"
        assert outcome(client.ask(MARKER)) == "not_an_image"
        assert outcome(client.ask(MARKER.decode())) == "bad_arguments"
        assert outcome(client.ask(marked_frame, marked_frame)) == "bad_arguments"
        client._io.emit(MARKER.decode(), marked_frame)  # an event that nobody defined
    for body in (marked_frame, marked_jpeg, MARKER, marked_jpeg * 16):
        post(private_server, body)
    assert_silent(private_server, tmp_path)


def test_frames_in_the_wrong_place_are_written_nowhere(
    private_server: Server, tmp_path: Path, marked_frame: bytes
) -> None:
    # A server that cannot read its request would like to tell what it got.
    lines = (MARKER, b"POST " + MARKER, b"GET / HTTP/1.1\r\n" + MARKER, b"GET / " + MARKER + b"\r\n\r\n", marked_frame)
    for line in lines:
        with socket.create_connection(("127.0.0.1", private_server.port), timeout=PATIENCE_S) as raw:
            raw.sendall(line + b"\r\n\r\n")
            with contextlib.suppress(OSError):  # ENOTCONN, which is no ConnectionError: it may have hung up already
                raw.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while raw.recv(65536):
                    pass
    text = MARKER.decode()
    for message in (f'42["{text}"', f"4{text}", text, f"42/{text},1", f'451-["frame",{text}]', marked_frame):
        url = private_server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        web_socket = websocket.create_connection(url, timeout=PATIENCE_S)
        web_socket.recv()
        web_socket.send("40")
        connection, is_text = web_socket.sock, isinstance(message, str)
        assert connection is not None
        web_socket.send(message, websocket.ABNF.OPCODE_TEXT if is_text else websocket.ABNF.OPCODE_BINARY)
        with contextlib.suppress(OSError, websocket.WebSocketException):
            web_socket.send("1")  # Engine.IO's close, and what came too late
            for _ in range(3):
                connection.sendall(MARKER + b"\r\n\r\n")
                time.sleep(0.02)
        web_socket.shutdown()
    assert_silent(private_server, tmp_path)


def test_a_failure_of_ours_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    logger = socket_logger()
    for fail in (lambda: result_json(Outcome()), lambda: json.loads(MARKER)):
        try:
            fail()
        except ValueError:
            logger.exception("message handler error")
    ours, theirs = caplog.records
    assert ours.exc_info and ours.getMessage() == "message handler error"
    assert not theirs.exc_info and theirs.getMessage() == "a client's message could not be read (JSONDecodeError)"


def post(server: Server, body: bytes) -> None:
    for content, content_type in (
        (body, "image/jpeg"),
        (multipart(body), "multipart/form-data; boundary=edge"),
        (multipart(body), "multipart/form-data; boundary=other"),
        (body, "multipart/form-data"),
        (b"image=" + body, "application/x-www-form-urlencoded"),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
        connection.request("POST", "/api/analyze", content, {"Content-Type": content_type})
        assert connection.getresponse().status in (200, 400, 413)
        connection.close()


def assert_silent(server: Server, folder: Path) -> None:
    """Nothing was written, and the server is well; the marker would have been found."""
    assert server.answers()
    assert files_with_marker(folder) == []
    said = (folder / "output").read_text()
    assert "Raut is at" in said and "Traceback" not in said
    server.stop()
    assert files_with_marker(folder) == []
    assert [path.name for path in folder.iterdir()] == ["output"]
