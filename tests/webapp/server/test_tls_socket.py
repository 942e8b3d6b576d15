"""One TLS connection, read in one thread and written to in others."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.server.tls_socket import SharedSSLSocket
from webapp.sharing.authority import load_or_make, server_certificate

MESSAGE = 20_000
COUNT = 150


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    return server_certificate(folder, load_or_make(folder), [ipaddress.ip_address("127.0.0.1")])


@pytest.fixture
def pair(chain: tuple[Path, Path]) -> Iterator[tuple[SharedSSLSocket, SharedSSLSocket]]:
    """Both ends of a connection, hands shaken."""
    server_context, client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server_context.load_cert_chain(*chain)
    client_context.check_hostname, client_context.verify_mode = False, ssl.CERT_NONE
    ends: list[SharedSSLSocket] = []
    for context, plain in zip((server_context, client_context), socket.socketpair(), strict=True):
        context.sslsocket_class = SharedSSLSocket
        plain.settimeout(20)
        ends.append(
            context.wrap_socket(plain, server_side=context is server_context, do_handshake_on_connect=False)  # type: ignore[arg-type]
        )
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda end: end.do_handshake(), ends))
    yield ends[0], ends[1]
    for end in ends:
        end.close()


def test_what_two_threads_write_and_one_reads_arrives_whole(pair: tuple[SharedSSLSocket, SharedSSLSocket]) -> None:
    heard: dict[SharedSSLSocket, list[bytes]] = {end: [] for end in pair}

    def write(end: SharedSSLSocket, letter: bytes) -> None:
        for number in range(COUNT):
            end.sendall(message(letter, number))

    def read(end: SharedSSLSocket) -> None:
        stream = end.makefile("rb")
        heard[end] = [stream.read(MESSAGE) for _ in range(2 * COUNT)]

    jobs = [threading.Thread(target=read, args=(end,)) for end in pair]
    jobs += [threading.Thread(target=write, args=(end, letter)) for end in pair for letter in (b"a", b"b")]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
        assert not job.is_alive()
    expected = sorted(message(letter, number) for letter in (b"a", b"b") for number in range(COUNT))
    assert all(sorted(heard[end]) == expected for end in pair)


def message(letter: bytes, number: int) -> bytes:
    return hashlib.sha256(letter + b"%d" % number).digest() * (MESSAGE // 32)


def test_waits_no_longer_than_it_may(pair: tuple[SharedSSLSocket, SharedSSLSocket]) -> None:
    one, _ = pair
    one.settimeout(0.2)
    assert one.gettimeout() == 0.2
    with pytest.raises(TimeoutError):
        one.recv(1)
    with pytest.raises(TimeoutError):
        one.sendall(bytes(50_000_000))  # which nobody reads


def test_who_reads_hears_of_the_end(pair: tuple[SharedSSLSocket, SharedSSLSocket]) -> None:
    one, other = pair
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(one.recv, 1)
        assert not reading.done()
        one.shutdown(socket.SHUT_RDWR)  # by another thread
        assert reading.result(10) == b""
    with pytest.raises((ssl.SSLEOFError, ConnectionError)):
        while other.recv(1):
            pass
        raise ConnectionError
