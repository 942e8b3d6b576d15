"""What a worker does with a message, in this process."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from tests.webapp.clock import stopped_clock
from vision.limits import FrameError, FrameLimits
from vision.pipeline import FaceAnalyzer
from vision.tracking import FaceTracker
from webapp.config import read_settings
from webapp.inference import load as load_module
from webapp.inference import wire, worker


def test_makes_one_tracker_a_session(monkeypatch: pytest.MonkeyPatch, portrait_jpeg: bytes) -> None:
    made = []

    class Counted(FaceTracker):
        def __init__(self, searches_later: bool) -> None:
            super().__init__(searches_later=searches_later)
            made.append(self)

    monkeypatch.setattr(worker, "FaceTracker", Counted)
    at_work = worker.Worker(FaceAnalyzer.load(read_settings([]).models_dir), FrameLimits(), FrameLimits())
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def track_of(session: int) -> int:
            frame = wire.Message(wire.FRAME, 1, memoryview(wire.pack_session(session) + portrait_jpeg))
            at_work.answer(theirs, frame)
            result = wire.unpack_result(wire.receive(ours).body)
            return int(json.loads(result.faces_json)[0]["track"])

        first = [track_of(1) for _ in range(3)]
        assert (len(made), len(set(first))) == (1, 1)
        track_of(2)
        assert len(made) == 2
        at_work.answer(theirs, wire.Message(wire.FORGET, 1, memoryview(b"")))
        track_of(1)
        assert len(made) == 3, "a session that was forgotten begins anew"


def test_a_frame_is_answered_before_newcomers_are_searched(
    monkeypatch: pytest.MonkeyPatch, portrait_jpeg: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    at_work = worker.Worker(FaceAnalyzer.load(read_settings([]).models_dir), FrameLimits(), FrameLimits())
    answered: list[memoryview] = []
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def answer() -> dict[str, Any]:
            frame = wire.Message(wire.FRAME, 1, memoryview(wire.pack_session(1) + portrait_jpeg))
            at_work.answer(theirs, frame)
            (face,) = json.loads(wire.unpack_result(answered.pop()).faces_json)
            return face

        def search(_: object, tracker: FaceTracker) -> None:
            answered.append(wire.receive(ours).body)
            if len(seen) == 2:
                raise ZeroDivisionError("by a damaged picture")

        seen: list[int] = []
        monkeypatch.setattr(FaceAnalyzer, "search_later", search)
        for _ in range(4):
            seen.append(answer()["track"])
    assert seen[0] == seen[1] == seen[2], "the frame itself was analysed"
    assert seen[3] != seen[2], "after a failure nothing is known any more"
    assert "could not be searched: ZeroDivisionError: by a damaged picture" in caplog.text


def test_a_busy_worker_looks_less_often_at_known_faces(monkeypatch: pytest.MonkeyPatch, portrait_jpeg: bytes) -> None:
    paces: list[float] = []

    def analyze(_: object, data: bytes, limits: FrameLimits, tracker: FaceTracker) -> None:
        paces.append(tracker.pace)
        clock.now += took
        raise FrameError("not a picture", "undecodable")

    clock = stopped_clock(monkeypatch, load_module)
    monkeypatch.setattr(FaceAnalyzer, "analyze_bytes", analyze)
    at_work = worker.Worker(FaceAnalyzer.load(read_settings([]).models_dir), FrameLimits(), FrameLimits())
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for took in (0.01, 0.033):
            for _ in range(90):
                at_work.answer(theirs, wire.Message(wire.FRAME, 1, memoryview(wire.pack_session(1) + portrait_jpeg)))
                wire.receive(ours)
                clock.now += 0.034 - took
    assert paces[:91] == [1.0] * 91
    assert paces[-30:] == [2.0] * 30
