"""Frames within every limit that take a worker as long as they can: their sender pays for them, nobody else."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import cv2
import numpy as np
import pytest
import websocket

from benchmarks.harness.serving import Server, serving
from tests.webapp.attackers import Attack
from tests.webapp.bystander import unharmed
from tests.webapp.live_client import LiveClient, outcome
from tests.webapp.test_bad_input import analyze

Connect = Callable[..., LiveClient]

ELSEWHERE = "127.0.0.66"


@pytest.fixture(scope="module")
def sturdy(async_mode: str) -> Iterator[Server]:
    with serving("--workers", "1", "--async-mode", async_mode) as started:
        yield started


def progressive(width: int, height: int, scans: int) -> bytes:
    """A flat progressive JPEG of at least ten scans: small, and a decoder goes over all of it with each scan."""
    whole = cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    last = whole[whole.rfind(b"\xff\xda") : -2]
    return whole[:-2] + last * (scans - whole.count(b"\xff\xda")) + b"\xff\xd9"


DEAR = progressive(2000, 2000, 12)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: progressive(6300, 6300, 100), "too_many_pixels"),  # 2.5 seconds of a worker
        (lambda: progressive(2000, 2001, 10), "too_many_pixels"),
        (lambda: progressive(2000, 2000, 13), "too_many_scans"),
        (lambda: DEAR, "result"),  # as dear as may be
        (lambda: progressive(640, 480, 100), "result"),
    ],
    ids=[
        "the dearest there was",
        "more than four million pixels",
        "too many scans of its size",
        "the dearest",
        "small",
    ],
)
def test_a_frame_has_limits_of_its_own(sturdy: Server, connect: Connect, make: Callable[[], bytes], code: str) -> None:
    assert outcome(connect(sturdy).ask(make())) == code


def test_a_picture_may_be_larger_and_has_scans_by_its_size(sturdy: Server) -> None:
    assert analyze(sturdy, progressive(4000, 3000, 12))[0] == 200
    status, answer = analyze(sturdy, progressive(6300, 6300, 100))
    assert (status, answer["code"]) == (413, "too_many_scans")


def sending(server: Server, frame: bytes) -> Callable[[Attack], None]:
    """A page at another address that sends a frame whenever one is answered."""

    def once(attack: Attack) -> None:
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=(ELSEWHERE, 0))
        url = server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        with closing(websocket.create_connection(url, socket=raw)) as page:
            page.recv()
            page.send("40")
            while attack.goes_on:
                page.send('451-1["frame",{"_placeholder":true,"num":0}]')
                page.send_binary(frame)
                while not (answer := str(page.recv())).startswith("431"):
                    if answer == "2":
                        page.send("3")
                assert "faces" in json.loads(answer[3:])[0]

    return once


@pytest.mark.parametrize("pages", [1, 12])
def test_dear_frames_cost_their_sender(sturdy: Server, connect: Connect, portrait_jpeg: bytes, pages: int) -> None:
    two = [connect(sturdy), connect(sturdy)]
    attack = Attack(sending(sturdy, DEAR), threads=pages)
    with (
        unharmed(sturdy, two[0], portrait_jpeg, share=0.5),
        unharmed(sturdy, two[1], portrait_jpeg, share=0.5),
        attack,
    ):
        attack.wait(4)


def test_large_pictures_cost_their_sender(sturdy: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    picture = progressive(2000, 1500, 12)

    def upload(_: Attack) -> None:
        analyze(sturdy, picture)

    attack = Attack(upload, threads=3)
    with unharmed(sturdy, connect(sturdy), portrait_jpeg, share=0.2), attack:
        attack.wait(4)
