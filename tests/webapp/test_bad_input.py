"""What the HTTP API makes of good and bad requests, and what wrong WebSocket messages do to it: nothing."""

from __future__ import annotations

import json
import os
import struct
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import websocket

from benchmarks.harness.serving import Server
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.processes import resident_mb, statistics, wait_until

UPLOAD_LIMIT = 16 * 1024 * 1024

Connect = Callable[..., LiveClient]


def ask(server: Server, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, dict[str, str]]:
    """Status, JSON and headers of an answer; a POST where there is a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.url + path, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), dict(error.headers)


def analyze(server: Server, body: bytes, content_type: str = "image/jpeg") -> tuple[int, dict]:
    status, answer, _ = ask(server, "/api/analyze", body, Content_Type=content_type)
    return status, answer


def multipart(field: str, data: bytes) -> tuple[bytes, str]:
    """A form with one file, and its content type."""
    head = f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="a.jpg"\r\n\r\n'.encode()
    return head + data + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def test_analyzes_a_body(server: Server, portrait_jpeg: bytes) -> None:
    status, answer = analyze(server, portrait_jpeg)
    assert status == 200
    assert (answer["width"], answer["height"], len(answer["faces"])) == (640, 480, 1)
    assert answer["faces"][0]["track"] is None, "a picture by itself has no tracks"
    assert {"queue", "server", "total"} <= set(answer["timings_ms"])


def test_analyzes_a_form(server: Server, portrait_jpeg: bytes) -> None:
    status, answer = analyze(server, *multipart("image", portrait_jpeg))
    assert (status, len(answer["faces"])) == (200, 1)


def test_analyzes_a_body_of_any_declared_type(server: Server, portrait_jpeg: bytes) -> None:
    # What curl --data-binary says it sends.
    status, answer = analyze(server, portrait_jpeg, "application/x-www-form-urlencoded")
    assert (status, len(answer["faces"])) == (200, 1)


BAD_UPLOADS = [
    pytest.param(lambda jpeg: b"", 400, "empty", id="an empty body"),
    pytest.param(lambda jpeg: b"this is not an image", 400, "not_an_image", id="text"),
    pytest.param(lambda jpeg: jpeg[: len(jpeg) // 2], 400, "truncated", id="a truncated JPEG"),
    pytest.param(lambda jpeg: jpeg[:2] + bytes(900), 400, "not_an_image", id="a damaged JPEG"),
    pytest.param(lambda jpeg: bytes(20 * 1024 * 1024), 413, "too_many_bytes", id="20 MB of zeros"),
    pytest.param(lambda jpeg: jpeg + bytes(UPLOAD_LIMIT), 413, "too_many_bytes", id="a JPEG just over the limit"),
]


@pytest.mark.parametrize(("made_of", "status", "code"), BAD_UPLOADS)
def test_refuses_a_bad_upload(
    server: Server, portrait_jpeg: bytes, made_of: Callable[[bytes], bytes], status: int, code: str
) -> None:
    got, answer = analyze(server, made_of(portrait_jpeg))
    assert (got, answer["code"]) == (status, code)
    assert set(answer) == {"error", "code"} and len(answer["error"].splitlines()) == 1
    assert analyze(server, portrait_jpeg)[0] == 200, "and goes on answering"


def test_refuses_a_form_without_the_image(server: Server, portrait_jpeg: bytes) -> None:
    status, answer = analyze(server, *multipart("picture", portrait_jpeg))
    assert (status, answer["code"]) == (400, "empty")


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=other", "\x7f/%%"])
def test_refuses_a_form_that_cannot_be_read(server: Server, portrait_jpeg: bytes, content_type: str) -> None:
    body, _ = multipart("image", portrait_jpeg)
    status, answer = analyze(server, body, content_type)
    assert status == 400 and answer["code"] in ("empty", "not_an_image", "bad_request")


def test_refuses_a_picture_of_too_many_pixels_before_it_decodes(server: Server, huge_png: bytes) -> None:
    before = resident_mb(server)
    status, answer = analyze(server, huge_png)
    assert (status, answer["code"]) == (413, "too_many_pixels")
    assert "12000 x 12000" in answer["error"]
    assert resident_mb(server) - before < 50, "decoded it would have taken 800 MB"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/nowhere", None, 404, "not_found"),
        ("/api/nowhere", b"x", 404, "not_found"),
        ("/vendor/..%2f..%2frun.py", None, 404, "not_found"),
        ("/static/..%2frun.py", None, 404, "not_found"),
        ("/api/analyze", None, 405, "method_not_allowed"),  # a GET
        ("/healthz", b"x", 405, "method_not_allowed"),  # a POST
    ],
)
def test_answers_wrong_requests_as_json(server: Server, path: str, body: bytes | None, status: int, code: str) -> None:
    got, answer, _ = ask(server, path, body)
    assert (got, answer["code"]) == (status, code)
    assert "Traceback" not in answer["error"]


def test_says_which_method_would_do(server: Server) -> None:
    assert "POST" in ask(server, "/api/analyze")[2]["Allow"]


def test_memory_stays_flat_under_bad_input(server: Server, portrait_jpeg: bytes, huge_png: bytes) -> None:
    bad = [b"", b"text", portrait_jpeg[:5000], huge_png, bytes(20 * 1024 * 1024), portrait_jpeg[:2] + bytes(900)]

    def round_of_bad_input() -> None:
        for body in bad:
            assert analyze(server, body)[0] in (400, 413)

    for _ in range(3):  # buffers and caches grow to their size once
        round_of_bad_input()
    before = resident_mb(server)
    for _ in range(8):
        round_of_bad_input()
    assert resident_mb(server) - before < 25, "8 × (20 MB upload, 144-million-pixel PNG, …) must leave nothing behind"
    assert analyze(server, portrait_jpeg)[0] == 200


WRONG_MESSAGES: list[Any] = [
    pytest.param(['42["frame"'], id="JSON that does not end"),
    pytest.param(["42"], id="an event without a name"),
    pytest.param(["42{}"], id="an event that is an object"),
    pytest.param(["42[]"], id="an empty event"),
    pytest.param(["42[17,18]"], id="an event named by a number"),
    pytest.param(["4"], id="a message without a type"),
    pytest.param(["4x"], id="a message of no type"),
    pytest.param(["9"], id="a packet of no type"),
    pytest.param([""], id="nothing at all"),
    pytest.param(["43999[1]"], id="an acknowledgement that nobody asked for"),
    pytest.param([b"\x00\x01"], id="bytes that belong to no event"),
    pytest.param(['451-0["frame",{"_placeholder":true,"num":7}]', b"x"], id="a place that does not exist"),
    pytest.param(['451-0["frame",{"_placeholder":true,"num":-1}]', b"x"], id="a place before the first"),
    pytest.param(['459999999-0["frame"]'], id="ten million attachments announced"),
    pytest.param(['451-0["frame",{"_placeholder":true,"num":0}]', "42[]"], id="text where bytes were announced"),
    pytest.param(["42" + "[" * 50_000], id="JSON nested deeply"),
    pytest.param([os.urandom(3000)], id="noise"),
    pytest.param(["42/other,0[1]"], id="a namespace that nobody opened"),
    pytest.param(["42" + "9" * 5000 + '["frame"]'], id="an acknowledgement number of 5,000 digits"),
]


@pytest.mark.parametrize("messages", WRONG_MESSAGES)
def test_wrong_websocket_messages_harm_at_most_their_own_connection(
    server: Server, connect: Connect, portrait_jpeg: bytes, messages: list[str | bytes]
) -> None:
    other = connect(server)
    raw = websocket.create_connection(server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket")
    try:
        raw.recv()
        raw.send("40")
        for message in messages:
            raw.send(message, websocket.ABNF.OPCODE_TEXT if isinstance(message, str) else websocket.ABNF.OPCODE_BINARY)
    finally:
        raw.shutdown()
    assert outcome(other.ask(portrait_jpeg)) == "result"
    assert not other.disconnected.is_set()
    wait_until(lambda: len(statistics(server)["sessions"]) == 1)  # before a ping without an answer ends it


FRAGMENT = 2**20


def one_frame(raw: websocket.WebSocket) -> None:
    """The beginning of a frame of four gigabytes."""
    assert raw.sock is not None
    raw.sock.sendall(struct.pack(">BBQ", 0x82, 0xFF, 2**32) + bytes(4))
    for _ in range(100):
        raw.sock.sendall(bytes(FRAGMENT))


def many_fragments(raw: websocket.WebSocket) -> None:
    """A message in small frames that has no end."""
    for number in range(100):
        opcode = websocket.ABNF.OPCODE_CONT if number else websocket.ABNF.OPCODE_BINARY
        raw.send_frame(websocket.ABNF(0, opcode=opcode, data=bytes(FRAGMENT)))


@pytest.mark.parametrize("send", [one_frame, many_fragments])
def test_a_message_without_an_end_is_cut_off(
    server: Server, connect: Connect, portrait_jpeg: bytes, send: Callable[[websocket.WebSocket], None]
) -> None:
    other = connect(server)
    assert outcome(other.ask(portrait_jpeg)) == "result"
    before = resident_mb(server)
    raw = websocket.create_connection(server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket")
    raw.recv()
    sessions = statistics(server)["sessions"].keys()
    raw.send("40")
    wait_until(lambda: statistics(server)["sessions"].keys() - sessions)
    (session,) = statistics(server)["sessions"].keys() - sessions
    with pytest.raises((OSError, websocket.WebSocketException)):
        send(raw)
    raw.shutdown()
    assert resident_mb(server) - before < 30
    wait_until(lambda: session not in statistics(server)["sessions"])  # before a ping without an answer ends it
    assert outcome(other.ask(portrait_jpeg)) == "result"


def test_a_message_beyond_the_buffer_costs_only_its_own_connection(
    server: Server, connect: Connect, portrait_jpeg: bytes
) -> None:
    greedy, other = connect(server), connect(server)
    greedy.send(bytes(8 * 1024 * 1024))
    assert greedy.disconnected.wait(30)
    assert outcome(other.ask(portrait_jpeg)) == "result"
