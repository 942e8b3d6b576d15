"""The same face keeps its id; age and gender are looked at ever more seldom."""

import numpy as np
import pytest

from vision.boxes import Face
from vision.tasks import AGE, EXPRESSION, TASKS
from vision.tracking import FORGET_AFTER_S, FaceTracker


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float = 1 / 30) -> None:
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tracker(clock):
    return FaceTracker(clock)


def face(x: float, y: float = 100, size: float = 100) -> Face:
    return Face((x, y, size, size), 0.9, None)


def numbers(tracks) -> list[int]:
    return [track.number for track in tracks]


def test_a_moving_face_keeps_its_id(tracker, clock):
    for step in range(60):
        assert numbers(tracker.follow([face(10 + 8 * step, 100 + step, 100 + step)])) == [1]
        clock.tick()


def test_a_quick_face_keeps_its_id_over_a_gap(tracker):
    tracker.follow([face(0)])
    assert numbers(tracker.follow([face(90)])) == [1]  # boxes hardly overlap


def test_two_faces_keep_theirs_whatever_their_order(tracker, clock):
    tracker.follow([face(0), face(300)])
    clock.tick()
    assert numbers(tracker.follow([face(305), face(5)])) == [2, 1]


def test_faces_keep_theirs_when_the_page_sends_smaller_frames(tracker):
    """A page that falls behind goes from 640 pixels to 480 and 320, and back."""
    for width in (640, 480, 320, 640):
        scale = width / 640
        tracker.resize(width, width * 3 // 4)
        faces = [face(x * scale, 100 * scale, 90 * scale) for x in (20, 250, 450)]
        assert numbers(tracker.follow(faces)) == [1, 2, 3]


def test_what_the_detector_remembers_is_scaled_too(tracker):
    tracker.resize(640, 480)
    tracker.memory.boxes = [(64.0, 48.0, 20.0, 20.0)]
    tracker.resize(320, 240)
    assert tracker.memory.boxes == [(32.0, 24.0, 10.0, 10.0)]


def test_a_newcomer_gets_a_new_id(tracker):
    tracker.follow([face(0)])
    assert numbers(tracker.follow([face(0), face(400)])) == [1, 2]


def test_ids_are_never_used_twice(tracker, clock):
    tracker.follow([face(0)])
    clock.tick(FORGET_AFTER_S + 0.1)
    assert numbers(tracker.follow([face(0)])) == [2]


def test_a_short_absence_is_forgiven(tracker, clock):
    tracker.follow([face(0)])
    clock.tick(FORGET_AFTER_S / 2)
    tracker.follow([])
    assert numbers(tracker.follow([face(10)])) == [1]


def test_a_far_smaller_face_nearby_is_someone_else(tracker):
    tracker.follow([face(0, 100, 100)])
    assert numbers(tracker.follow([face(130, 100, 30)])) == [2]


def test_expression_runs_on_every_frame_age_and_gender_soon_on_few(tracker, clock):
    runs = {"expression": 0, "age": 0, "gender": 0}
    both = 0
    for frame in range(100):
        (track,) = tracker.follow([face(0)])
        wanted = [task for task in runs if track.wants(TASKS[task])]
        for task in wanted:
            runs[task] += 1
            track.learn(TASKS[task], np.array([0.5, 0.5], np.float32))
        both += frame > 10 and len(wanted) == 3
        clock.tick()
    assert runs["expression"] == 100
    assert 10 <= runs["age"] <= 15
    assert 10 <= runs["gender"] <= 15
    assert both == 0  # never both on one frame, once the face is known


def test_scores_stay_a_distribution_and_come_to_the_new_value(tracker, clock):
    (track,) = tracker.follow([face(0)])
    track.learn(EXPRESSION, np.array([1.0, 0.0], np.float32))
    for _ in range(30):
        clock.tick()
        (track,) = tracker.follow([face(0)])
        smoothed = track.learn(EXPRESSION, np.array([0.0, 1.0], np.float32))
        assert smoothed.sum() == pytest.approx(1, abs=1e-5)
    assert smoothed[1] > 0.98  # after a second


def test_one_odd_look_hardly_moves_a_known_age(tracker):
    (track,) = tracker.follow([face(0)])
    for _ in range(20):
        track.learn(AGE, np.array([1.0, 0.0], np.float32))
    assert track.learn(AGE, np.array([0.0, 1.0], np.float32))[0] > 0.9
