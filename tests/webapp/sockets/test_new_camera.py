"""A page that switches its camera says so, and nobody of the first is taken for somebody of the second."""

from __future__ import annotations

from benchmarks.harness.serving import Server
from tests.webapp.conftest import Connect
from tests.webapp.live_client import outcome


def tracks(answer: dict) -> list[int]:
    return [face["track"] for face in answer["faces"]]


def test_another_camera_begins_with_new_numbers(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client = connect(server)
    assert [tracks(client.ask(portrait_jpeg)) for _ in range(3)] == [[1]] * 3
    client.tell("new_camera")
    assert [tracks(client.ask(portrait_jpeg)) for _ in range(3)] == [[2]] * 3, "no number is used twice"


def test_whatever_comes_with_it_harms_nobody(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client, other = connect(server), connect(server)
    other.ask(portrait_jpeg)
    client.tell("new_camera")  # before any frame
    client.tell("new_camera", {"camera": [1, 2]}, b"bytes")
    assert outcome(client.ask(portrait_jpeg)) == "result"
    assert tracks(other.ask(portrait_jpeg)) == [1], "another session's faces keep their numbers"
