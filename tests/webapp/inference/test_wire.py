"""Messages between the web process and a worker."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.tasks import STAGES
from webapp.inference import wire

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of one connection."""
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(10)
        other.settimeout(10)
        yield one, other


def _send_beside(connection: socket.socket, *message: object) -> threading.Thread:
    """Send in a thread: a large message fills the socket's buffer before anybody reads."""
    sender = threading.Thread(target=wire.send, args=(connection, *message))
    sender.start()
    return sender


# Lengths around those where a message is sent another way, and one that needs many reads.
@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 1_000_000, 16_000_000])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_a_message_arrives_as_it_was_sent(pair: Pair, length: int, parts: int) -> None:
    one, other = pair
    body = bytes(range(256)) * (length // 256) + bytes(length % 256)
    cut = length // parts
    pieces = [body[number * cut : (number + 1) * cut] for number in range(parts - 1)] + [body[(parts - 1) * cut :]]
    sender = _send_beside(one, wire.FRAME, 2**64 - 1, *pieces)
    message = wire.receive(other)
    sender.join()
    assert (message.kind, message.number) == (wire.FRAME, 2**64 - 1)
    assert message.body == body


def test_messages_keep_their_order_and_their_borders(pair: Pair) -> None:
    one, other = pair
    sent = [(wire.FRAME, 1, b"one"), (wire.FORGET, 2, b""), (wire.PICTURE, 3, b"\x00" * 1000), (wire.RESULT, 4, b"{}")]
    for message in sent:
        wire.send(one, *message)
    assert [(kind, number, bytes(body)) for kind, number, body in (wire.receive(other) for _ in sent)] == sent


def test_reads_a_message_that_comes_byte_by_byte(pair: Pair) -> None:
    one, other = pair
    collector, source = socket.socketpair()
    with collector, source:
        wire.send(source, wire.ERROR, 7, b"slowly")
        whole = collector.recv(1000)

    def drip() -> None:
        for byte in whole:
            one.send(bytes((byte,)))

    sender = threading.Thread(target=drip)
    sender.start()
    message = wire.receive(other)
    sender.join()
    assert (message.kind, message.number, bytes(message.body)) == (wire.ERROR, 7, b"slowly")


@pytest.mark.parametrize("kept", [0, 1, 3, 4, 5, 12, 13, 15])
def test_an_end_in_the_middle_is_an_end(pair: Pair, kept: int) -> None:
    """The other process may be killed at any byte."""
    one, other = pair
    one.sendall((struct.pack(">IBQ", 9 + 4, wire.RESULT, 1) + b"body")[:kept])
    one.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        wire.receive(other)


@given(st.integers(0, 2**64 - 1), st.binary(max_size=100))
def test_a_session_s_number_stands_before_its_frame(session: int, frame: bytes) -> None:
    number, rest = wire.unpack_session(memoryview(wire.pack_session(session) + frame))
    assert (number, bytes(rest)) == (session, frame)


MILLISECONDS = st.lists(st.floats(0, 1e6, width=32), min_size=len(STAGES), max_size=len(STAGES))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 65_535), MILLISECONDS, st.text(max_size=99))
def test_a_result_comes_as_it_was_sent(width: int, height: int, faces: int, ms: list[float], faces_json: str) -> None:
    result = wire.Result(width, height, faces, dict(zip(STAGES, ms, strict=True)), faces_json)
    assert wire.unpack_result(memoryview(wire.pack_result(result))) == result


def test_a_stage_that_did_not_run_took_no_time() -> None:
    packed = wire.pack_result(wire.Result(640, 480, 0, {"decode": 1.0, "total": 1.5}, "[]"))
    assert wire.unpack_result(memoryview(packed)).stages_ms == dict.fromkeys(STAGES, 0.0) | {"decode": 1.0}


@pytest.mark.parametrize("length", [0, 8, 9 + 101, 2**32 - 1])
def test_reads_nothing_of_what_is_no_message_or_too_long_a_one(pair: Pair, length: int) -> None:
    one, other = pair
    one.sendall(struct.pack(">IBQ", length, wire.HELLO, 1) + b"body")
    with pytest.raises(wire.MessageError, match=f"{length:,} bytes"):
        wire.receive(other, longest=100)
    assert other.recv(100) == b"body"


def test_takes_a_message_just_as_long_as_it_may_be(pair: Pair) -> None:
    one, other = pair
    wire.send(one, wire.HELLO, 1, bytes(100))
    assert wire.receive(other, longest=100).body == bytes(100)


@pytest.mark.parametrize("came", [b"", struct.pack(">IBQ", 9 + 4, wire.HELLO, 1) + b"bod"])
def test_waits_until_the_deadline_and_no_longer(pair: Pair, came: bytes) -> None:
    one, other = pair
    one.sendall(came)
    with pytest.raises(TimeoutError):
        wire.receive(other, deadline=time.monotonic() + 0.1)
