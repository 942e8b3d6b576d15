"""The TLS port: whatever is done to it, the others are served."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psutil
import pytest
import websocket

from tests.webapp.lan import HOST, LanServer
from tests.webapp.processes import PATIENCE_S
from webapp.server.tls_listener import HANDSHAKE_S


@contextmanager
def raw_connections(lan: LanServer, count: int, first_bytes: bytes = b"") -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection((HOST, lan.port), timeout=20)) for _ in range(count)]
        for one in opened:
            if first_bytes:
                one.sendall(first_bytes)
        yield opened


def talk(lan: LanServer, said: bytes) -> bytes:
    """What the server says to it until it closes."""
    with raw_connections(lan, 1, said) as (connection,):
        heard = b""
        try:
            while part := connection.recv(4096):
                heard += part
        except ConnectionResetError:
            pass
        return heard


@pytest.mark.parametrize(
    "first_bytes",
    [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ids=["silent", "one byte of a handshake", "the beginning of a ClientHello"],
)
def test_200_handshakes_that_never_end_harm_nobody(lan: LanServer, portrait_jpeg: bytes, first_bytes: bytes) -> None:
    # Not python-socketio's client: it reads and writes one TLS connection in two threads, which Python before 3.13
    # does not always survive.
    raw = lan.raw_socket(lan.token("camera"))
    try:
        raw.send("40")
        labels(raw, portrait_jpeg)
        with raw_connections(lan, 200, first_bytes):
            began = time.monotonic()
            for _ in range(20):
                labels(raw, portrait_jpeg)
            assert lan.get("/healthz").status == 200, "newcomers get in as well"
            assert time.monotonic() - began < 8
    finally:
        raw.shutdown()


def labels(raw: websocket.WebSocket, jpeg: bytes) -> None:
    """Send a frame and wait until its faces have come."""
    raw.send('451-7["frame",{"_placeholder":true,"num":0}]')
    raw.send_binary(jpeg)
    while not (heard := str(raw.recv())).startswith("437"):
        if heard == "2":
            raw.send("3")
    assert '"faces":[{' in heard


def test_a_handshake_that_drips_is_ended(lan: LanServer) -> None:
    with raw_connections(lan, 1, b"\x16\x03\x01\x02\x00") as (connection,):
        began = time.monotonic()
        connection.settimeout(1)
        while time.monotonic() - began < HANDSHAKE_S + 15:
            try:
                connection.sendall(b"\x01")  # a timeout of the socket would begin anew each time
                if not connection.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < HANDSHAKE_S + 10


@pytest.mark.parametrize("path", ["/", "/trust?a=b"])
def test_plain_http_is_sent_to_https(lan: LanServer, path: str) -> None:
    connection = http.client.HTTPConnection(HOST, lan.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"]) == (307, lan.url + path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert b"https" in answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "said",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no host to send it to
        b"GET / HTTP/1.1\r\nHost: evil.example/x\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"SSH-2.0-client\r\n\r\n\r\n\r\n" + bytes(5000),
        b"\x16\x03\x01\x00\x05hello",  # TLS by its first byte only
        b"\x80\x2e\x01\x00\x02",  # SSL 2
    ],
)
def test_what_is_neither_gets_no_answer_to_obey(lan: LanServer, said: bytes) -> None:
    if not said.endswith(b"\r\n\r\n") and not said.startswith(b"\x16"):
        said += b"\r\n\r\n"
    heard = talk(lan, said)
    assert b"Location" not in heard and b"Traceback" not in heard
    assert lan.get("/healthz").status == 200


def test_who_does_not_trust_the_certificate_harms_nobody(lan: LanServer) -> None:
    for _ in range(5):
        with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection((HOST, lan.port)) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)
    assert lan.get("/healthz").status == 200


def test_speaks_tls_1_2_and_1_3_only(lan: LanServer) -> None:
    versions: list[str | None] = []
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = lan.trusting()
        context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection((HOST, lan.port), timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as secure,
        ):
            versions.append(secure.version())
    assert versions == ["TLSv1.2", "TLSv1.3"]


@pytest.mark.parametrize(
    "ciphers",
    [
        "ECDHE-ECDSA-AES256-SHA384",  # CBC: Lucky Thirteen
        "ECDHE-ECDSA-AES128-SHA",
    ],
)
def test_speaks_no_cipher_of_old(lan: LanServer, ciphers: str) -> None:
    context = lan.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    with (
        socket.create_connection((HOST, lan.port), timeout=20) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
        context.wrap_socket(plain, server_hostname=HOST),
    ):
        pass


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_gives_no_session_tickets(lan: LanServer, version: ssl.TLSVersion) -> None:
    context = lan.trusting()
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((HOST, lan.port), timeout=PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        secure.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        while secure.recv(4096):
            continue
        assert secure.session is None or not secure.session.has_ticket


def test_one_connection_carries_several_requests(lan: LanServer) -> None:
    connection = http.client.HTTPSConnection(HOST, lan.port, timeout=20, context=lan.trusting())
    try:
        for _ in range(5):
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
    finally:
        connection.close()


def test_nothing_is_left_of_those_who_went(lan: LanServer) -> None:
    def files() -> int:
        return psutil.Process(lan.pid).num_fds()

    lan.get("/healthz")
    before = files()
    for leave in (b"", b"\x16\x03", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        with raw_connections(lan, 20, leave):
            pass
        for _ in range(5):
            lan.get("/healthz")
    assert settles(lambda: files() <= before + 3), f"{before} descriptors before, {files()} after"


def settles(holds: Callable[[], bool]) -> bool:
    """Whether it comes true while connections are closed."""
    deadline = time.monotonic() + 15
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
