"""A body without a Content-Length is a body: the same answers and the same bounds, whichever server reads it."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.processes import resident_mb

HEAD = b"POST /api/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"


def chunks(data: bytes, size: int = 4096, extension: bytes = b"") -> bytes:
    """The data in chunks of `size` bytes, with its end."""
    parts = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts) + b"0\r\n\r\n"


def converse(server: Server, *pieces: bytes, end: bool = True) -> list[tuple[int, dict]]:
    """Send pieces over one connection; statuses and JSON of all answers until the server closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            if end:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has heard enough; its answer is there all the same
        received = b""
        while got := connection.recv(65536):
            received += got
    return list(_answers(received))


def _answers(received: bytes) -> Iterator[tuple[int, dict]]:
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        status = int(lines[0].split()[1])
        if status == 100:
            continue
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers["content-length"])
        yield status, json.loads(received[:length])
        received = received[length:]


@pytest.mark.parametrize(
    "made_of",
    [
        pytest.param(lambda jpeg: HEAD + b"\r\n" + chunks(jpeg), id="plain"),
        pytest.param(lambda jpeg: HEAD + b"\r\n" + chunks(jpeg, 1), id="chunks of one byte"),
        pytest.param(lambda jpeg: HEAD + b"\r\n" + chunks(jpeg, 10**6), id="one chunk"),
        pytest.param(lambda jpeg: HEAD + b"\r\n" + chunks(jpeg, 4096, b";a=b"), id="with extensions"),
        pytest.param(lambda jpeg: HEAD + b"\r\n" + chunks(jpeg)[:-2] + b"Digest: 1\r\n\r\n", id="with a trailer"),
        pytest.param(lambda jpeg: HEAD.replace(b"chunked", b"Chunked") + b"\r\n" + chunks(jpeg), id="in capitals"),
        pytest.param(lambda jpeg: HEAD + b"Content-Type: image/jpeg\r\n\r\n" + chunks(jpeg), id="of a declared type"),
        pytest.param(lambda jpeg: HEAD + b"Expect: 100-continue\r\n\r\n" + chunks(jpeg), id="as curl -T - asks first"),
    ],
)
def test_an_image_in_chunks_is_analyzed(
    server: Server, portrait_jpeg: bytes, made_of: Callable[[bytes], bytes]
) -> None:
    ((status, answer),) = converse(server, made_of(portrait_jpeg), end=False)
    assert (status, len(answer.get("faces", ()))) == (200, 1)


def test_a_form_in_chunks_is_analyzed(server: Server, portrait_jpeg: bytes) -> None:
    form = b'--edge\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n%s\r\n--edge--\r\n'
    head = HEAD + b"Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
    ((status, answer),) = converse(server, head + chunks(form % portrait_jpeg))
    assert (status, len(answer["faces"])) == (200, 1)


BAD = [
    # Chunks that are none, each with the status that it gets.
    pytest.param(HEAD + b"\r\nxyz\r\n", 400, "bad_request", id="a size that is no number"),
    pytest.param(HEAD + b"\r\n-5\r\nhello\r\n0\r\n\r\n", 400, "bad_request", id="a negative size"),
    pytest.param(HEAD + b"\r\n0x5\r\nhello\r\n0\r\n\r\n", 400, "bad_request", id="a size as Python writes it"),
    pytest.param(
        HEAD + b"\r\n1_0\r\n" + bytes(16) + b"\r\n0\r\n\r\n", 400, "bad_request", id="a size with an underline"
    ),
    pytest.param(HEAD + b"\r\n\r\nhello\r\n0\r\n\r\n", 400, "bad_request", id="no size"),
    pytest.param(
        HEAD + b"\r\n" + b"0" * 5000 + b"5\r\nhello\r\n0\r\n\r\n", 400, "bad_request", id="a size of 5,000 digits"
    ),
    pytest.param(
        HEAD + b"\r\n5\r\nhello world\r\n0\r\n\r\n", 400, "bad_request", id="a chunk that is longer than it says"
    ),
    pytest.param(HEAD + b"\r\n50\r\nhello\r\n0\r\n\r\n", 400, "bad_request", id="a chunk that is shorter than it says"),
    pytest.param(HEAD + b"\r\n5\r\nhello\r\n", 400, "bad_request", id="no last chunk"),
    pytest.param(HEAD + b"\r\n0\r\n" + b"A: b\r\n" * 100 + b"\r\n", 400, "bad_request", id="a hundred trailers"),
    pytest.param(HEAD + b"\r\n0\r\n\r\n", 400, "empty", id="an empty body"),
    pytest.param(HEAD + b"\r\n5\r\nhello\r\n0\r\n\r\n", 400, "not_an_image", id="text"),
    pytest.param(
        HEAD + b"Content-Length: 15\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400, "bad_request", id="with a length, too"
    ),
    pytest.param(
        HEAD.replace(b"chunked", b"gzip, chunked") + b"\r\n0\r\n\r\n", 501, "not_implemented", id="compressed"
    ),
    pytest.param(HEAD.replace(b"chunked", b"identity") + b"\r\nhello", 501, "not_implemented", id="of another coding"),
]


@pytest.mark.parametrize(("request_bytes", "status", "code"), BAD)
def test_refuses_what_is_not_chunks(server: Server, request_bytes: bytes, status: int, code: str) -> None:
    second = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answers = converse(server, request_bytes + (second if b"0\r\n\r\n" in request_bytes else b""))
    assert [(got, answer.get("code")) for got, answer in answers] == [(status, code)], "one answer, and no second"
    assert len(answers[0][1]["error"].splitlines()) == 1
    assert server.answers()


@pytest.mark.parametrize("megabytes", [18, 40])
def test_a_body_of_too_many_bytes_is_refused_in_words(server: Server, megabytes: int) -> None:
    one = b"100000\r\n" + bytes(2**20) + b"\r\n"
    before = resident_mb(server)
    answers = converse(server, HEAD + b"\r\n", *islice(iter(lambda: one, b""), megabytes), b"0\r\n\r\n")
    assert [(status, answer["code"]) for status, answer in answers] == [(413, "too_many_bytes")]
    assert resident_mb(server) - before < 60


def test_a_body_without_an_end_fills_no_memory(server: Server) -> None:
    one = b"100000\r\n" + bytes(2**20) + b"\r\n"
    before = resident_mb(server)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection,
        contextlib.suppress(
            OSError
        ),  # eventlet hangs up; Werkzeug reads on, ten megabytes at a time, and throws them away
    ):
        connection.sendall(HEAD + b"\r\n")
        for _ in range(300):
            connection.sendall(one)
    assert resident_mb(server) - before < 60
    assert server.answers()


@pytest.mark.parametrize("stated", [1, 10_000_000])
def test_a_body_that_is_not_as_long_as_it_says(server: Server, portrait_jpeg: bytes, stated: int) -> None:
    """Its Content-Length is too small (a cut image), or too large (the client ends before)."""
    head = b"POST /api/analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % stated
    (status, answer), *rest = converse(server, head + portrait_jpeg)
    assert (status, answer["code"]) in {(400, "truncated"), (400, "not_an_image"), (400, "bad_request")}
    assert rest == []
    assert server.answers()
