"""The live socket: what a frame is answered with, whatever it is."""

from __future__ import annotations

import queue
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.live_client import WAIT_S, LiveClient, outcome
from vision.tasks import STAGES

TIMINGS = {*STAGES, "total", "queue", "server"}

Connect = Callable[..., LiveClient]


def test_says_hello_with_what_a_page_must_know(server: Server, connect: Connect) -> None:
    hello = connect(server).hello()
    assert hello["max_in_flight"] == 2
    assert hello["max_frame_bytes"] > 100_000 and hello["max_pixels"] > 1_000_000
    assert hello["detector"] == "blazeface"
    assert hello["same_machine"] is False, "a proxy on this machine comes from loopback, too"
    assert hello["stages"] == ["decode", "detect", "align", "expression", "age", "gender"]
    assert (len(hello["expressions"]), len(hello["genders"]), len(hello["decades"])) == (7, 2, 11)
    assert isinstance(hello["version"], str)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_answers_a_frame_with_its_face(server: Server, connect: Connect, portrait_jpeg: bytes, transport: str) -> None:
    result = connect(server, transports=[transport]).ask(portrait_jpeg)
    assert (result["width"], result["height"], len(result["faces"])) == (640, 480, 1)
    (face,) = result["faces"]
    assert set(face) == {"track", "box", "score", "keypoints", "expression", "age", "gender", "quality"}
    x, y, width, height = face["box"]
    assert 0 <= x < x + width <= 640 and 0 <= y < y + height <= 480
    for task in ("expression", "gender"):
        assert sum(face[task]["scores"].values()) == pytest.approx(1, abs=0.01)
    assert sum(face["age"]["scores"]) == pytest.approx(1, abs=0.01)


def test_times_every_stage_and_the_waits_around_them(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    timings = connect(server).ask(portrait_jpeg)["timings_ms"]
    assert set(timings) == {*TIMINGS, "lag"}
    assert all(ms >= 0 for ms in timings.values())
    assert timings["server"] >= timings["total"], "the server's time contains the analysis"
    assert timings["server"] >= timings["queue"], "and the wait"


def test_answers_a_frame_without_a_face(server: Server, connect: Connect, no_face_jpeg: bytes) -> None:
    assert connect(server).ask(no_face_jpeg)["faces"] == []


def test_keeps_a_face_s_track_within_a_session(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client = connect(server)
    tracks = {client.ask(portrait_jpeg)["faces"][0]["track"] for _ in range(5)}
    assert len(tracks) == 1 and None not in tracks


def _png(width: int, height: int) -> bytes:
    """A PNG's header, whole and well-formed, with next to no pixels behind it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


BAD_ARGUMENTS: list[tuple[Any, ...]] = [
    (),  # nothing
    (None,),
    ("text",),
    (17,),
    (True,),
    ([b"a"],),  # a list of bytes is not bytes
    ({"image": b"a"},),  # nor is an object around them
    (b"a", b"b"),  # two
    ("x" * 4000,),  # long text
    ({"a": [[[[1]]]] * 300},),
]


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS, ids=lambda arguments: repr(arguments)[:30])
def test_refuses_wrong_arguments(server: Server, connect: Connect, arguments: tuple[Any, ...]) -> None:
    answer = connect(server).ask(*arguments)
    assert set(answer) == {"error", "code"}
    assert answer["code"] == "bad_arguments"
    assert "bytes" in answer["error"] and len(answer["error"]) < 300


BAD_IMAGES = [
    pytest.param(lambda jpeg: b"", "empty", id="no bytes"),
    pytest.param(lambda jpeg: b"this is not an image", "not_an_image", id="text"),
    pytest.param(lambda jpeg: b"GIF89a" + jpeg, "not_an_image", id="a format that is not taken"),
    pytest.param(lambda jpeg: jpeg[: len(jpeg) // 2], "truncated", id="half a JPEG"),
    pytest.param(lambda jpeg: jpeg[:20], "truncated", id="the beginning of a JPEG"),
    pytest.param(lambda jpeg: _png(12_000, 12_000), "too_many_pixels", id="a PNG of 144 million pixels"),
    pytest.param(lambda jpeg: jpeg + bytes(1024 * 1024), "too_many_bytes", id="somewhat over the limit"),
    pytest.param(lambda jpeg: jpeg[:2] + bytes(900), "not_an_image", id="a JPEG's first two bytes, then zeros"),
]


@pytest.mark.parametrize(("made_of", "code"), BAD_IMAGES)
def test_refuses_what_is_no_image(
    server: Server, connect: Connect, portrait_jpeg: bytes, made_of: Callable[[bytes], bytes], code: str
) -> None:
    client = connect(server)
    answer = client.ask(made_of(portrait_jpeg))
    assert answer.get("code") == code, answer
    assert len(answer["error"].splitlines()) == 1
    assert outcome(client.ask(portrait_jpeg)) == "result", "the same connection goes on"


def test_stays_calm_about_frames_without_acknowledgement(
    server: Server, connect: Connect, portrait_jpeg: bytes
) -> None:
    client = connect(server)
    for arguments in [(portrait_jpeg,), (b"",), ("text",), (), (b"x", 1)]:
        client.send(*arguments)
    assert outcome(client.ask(portrait_jpeg)) == "result"


def test_stays_calm_about_events_that_nobody_defined(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client = connect(server)
    for event in ("", "frames", "connect_error", "__init__", "x" * 4000):
        client._io.emit(event, portrait_jpeg)
    assert outcome(client.ask(portrait_jpeg)) == "result"


def test_answers_each_of_a_flood_exactly_once(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client, answers, sent = connect(server), queue.Queue[dict](), 60
    for _ in range(sent):
        client.send(portrait_jpeg, answers=answers)
    outcomes = [outcome(answers.get(timeout=WAIT_S)) for _ in range(sent)]
    assert set(outcomes) <= {"result", "newer_frame"}
    assert outcomes.count("result") >= 1
    assert answers.empty()
    assert not client.disconnected.is_set()


def test_a_client_that_goes_while_its_frame_is_analysed_harms_nobody(
    server: Server, connect: Connect, portrait_jpeg: bytes
) -> None:
    stays = connect(server)
    for _ in range(5):
        goes = connect(server)
        goes.send(portrait_jpeg, answers=queue.Queue())
        goes.close()
    assert outcome(stays.ask(portrait_jpeg)) == "result"
