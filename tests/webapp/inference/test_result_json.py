"""A result over the wire: the same JSON as on the command line, with the waits added."""

from __future__ import annotations

import json
import socket

import pytest

from vision.analysis import Analysis
from vision.limits import FrameLimits
from vision.pipeline import FaceAnalyzer
from webapp.inference import wire
from webapp.inference.result_json import FrameJson, RawJson, result_json
from webapp.inference.tickets import Outcome
from webapp.inference.worker import Worker


class SameAnalysis(FaceAnalyzer):
    """Analyzes every image to what was found before."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    def analyze_bytes(self, *_: object) -> Analysis:
        return self._analysis


@pytest.mark.parametrize("picture", ["portrait_jpeg", "no_face_jpeg"])
def test_nothing_is_lost_on_the_way(picture: str, request: pytest.FixtureRequest) -> None:
    analysis = FaceAnalyzer.load().analyze_bytes(request.getfixturevalue(picture))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frame = wire.Message(wire.PICTURE, 1, memoryview(b"any"))
        Worker(SameAnalysis(analysis), FrameLimits(), FrameLimits()).answer(theirs, frame)
        result = wire.unpack_result(wire.receive(ours).body)
    expected = analysis.to_dict()
    sent = json.loads(result_json(Outcome(result=result, queue_ms=1.234, server_ms=5.678)))
    timings, expected_timings = sent.pop("timings_ms"), expected.pop("timings_ms")
    assert sent == expected
    assert list(sent) == list(expected), "in the same order"
    assert timings == pytest.approx(expected_timings | {"queue": 1.23, "server": 5.68}, abs=0.01)


def test_an_outcome_without_a_result_has_no_json() -> None:
    with pytest.raises(ValueError, match="no result"):
        result_json(Outcome(dropped="newer_frame"))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ([RawJson('{"a":1}')], '[{"a":1}]'),  # an acknowledgement
        ([RawJson("[]"), {"b": None}, "c"], '[[],{"b":null},"c"]'),  # beside other values
        (RawJson("{}"), "{}"),
        (["{}"], '["{}"]'),  # text that only looks like JSON
        ({"d": [1, 2]}, '{"d":[1,2]}'),
    ],
)
def test_raw_json_is_sent_as_it_stands(value: object, written: str) -> None:
    assert FrameJson.dumps(value, separators=(",", ":")) == written
    assert FrameJson.loads(written) == json.loads(written)
