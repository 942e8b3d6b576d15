"""How much smaller a frame may be decoded, as far as its faces are larger than their crops."""

import numpy as np
import pytest

from tests.vision.test_tracking import clock, face, show, tracker
from vision.tasks import TASKS

__all__ = ["clock", "tracker"]  # fixtures, used by their names

SHARP = {"expression": 40.0, "age": 70.0, "gender": 70.0}
"""Sizes of a face that crops have as many pixels of as they need."""


def learn(track) -> None:
    """Let every CNN that looks at a face see the same."""
    for task in TASKS.values():
        if track.wants(task):
            track.learn(task, np.full(task.outputs, 1 / task.outputs, np.float32))


def test_a_frame_may_be_smaller_as_far_as_its_faces_are_larger_than_crops(tracker, clock):
    assert tracker.reduction(640, 480, SHARP) == 1, "nothing is known yet"
    allowed = []
    for _ in range(40):
        tracker.memory.thorough_frames, tracker.memory._searched_at = 0, clock.now
        (track,) = show(tracker, [face(100, size=160)])
        learn(track)
        clock.tick()
        allowed.append(tracker.reduction(640, 480, SHARP))
    assert allowed[0] == pytest.approx(160 / 70, rel=0.05), "a new face's age is looked at"
    assert {round(one) for one in allowed[10:]} == {2, 4}, "later the expression alone, but for some frames"
    assert tracker.reduction(320, 240, SHARP) == 1, "of another size"
    clock.tick(0.2)
    assert tracker.reduction(640, 480, SHARP) == 1, "newcomers are searched again"


def test_the_smallest_face_decides(tracker, clock):
    for _ in range(6):
        tracker.memory.thorough_frames, tracker.memory._searched_at = 0, clock.now
        for track in show(tracker, [face(100, size=160), face(400, size=30)]):
            learn(track)
        clock.tick()
    assert tracker.reduction(640, 480, SHARP) < 1
