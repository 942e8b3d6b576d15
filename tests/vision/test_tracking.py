"""The same face keeps its number; another person at its place gets a new one; labels hold until clearly beaten."""

import numpy as np
import pytest

from vision.boxes import Face
from vision.tasks import AGE, GENDER
from vision.tracking import FaceTracker
from vision.tracking.tracker import FORGET_AFTER_S, LONGEST_GAP_S


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


def face(x: float, y: float = 100, size: float = 100, score: float = 0.9) -> Face:
    return Face((x, y, size, size), score, None)


def look(*strengths: float) -> np.ndarray:
    """A look made of a few directions."""
    values = np.zeros(144, np.float32)
    values[: len(strengths)] = strengths
    return values / np.linalg.norm(values)


ANNA, BERT = look(1, 0), look(0, 1)


def show(tracker, faces, looks=None, size=(640, 480)) -> list:
    """One frame's tracks."""
    tracker.begin(*size)
    return tracker.follow(faces, None if looks is None else np.stack(looks))


def numbers(tracks) -> list:
    return [track and track.number for track in tracks]


def test_a_moving_face_keeps_its_id(tracker, clock):
    for step in range(60):
        assert numbers(show(tracker, [face(10 + 8 * step, 100 + step, 100 + step)])) == [1]
        clock.tick()


def test_a_quick_face_keeps_its_id_over_a_gap(tracker, clock):
    show(tracker, [face(0)])
    clock.tick()
    assert numbers(show(tracker, [face(90)])) == [1]  # boxes hardly overlap


def test_two_faces_keep_theirs_whatever_their_order(tracker, clock):
    show(tracker, [face(0), face(300)])
    clock.tick()
    assert numbers(show(tracker, [face(305), face(5)])) == [2, 1]


def test_faces_keep_theirs_when_the_page_sends_smaller_frames(tracker, clock):
    """A page that falls behind goes from 640 pixels to 480 and 320, and back."""
    for width in (640, 480, 320, 640):
        scale = width / 640
        faces = [face(x * scale, 100 * scale, 90 * scale) for x in (20, 250, 450)]
        assert numbers(show(tracker, faces, size=(width, width * 3 // 4))) == [1, 2, 3]
        clock.tick()


def test_the_detector_is_told_where_faces_should_be(tracker, clock):
    """Also in a smaller frame, and where a face was missed for a moment."""
    show(tracker, [face(64, 48, 40)])
    clock.tick()
    tracker.begin(320, 240)
    assert np.allclose(tracker.memory.boxes, [(32, 24, 20, 20)], atol=0.5)
    tracker.follow([])
    clock.tick(0.5)
    tracker.begin(320, 240)
    assert np.allclose(tracker.memory.boxes, [(32, 24, 20, 20)], atol=0.5)
    tracker.follow([])
    clock.tick(FORGET_AFTER_S)
    tracker.begin(320, 240)
    assert tracker.memory.boxes == []


def test_a_newcomer_gets_a_new_id(tracker, clock):
    show(tracker, [face(0)])
    clock.tick()
    assert numbers(show(tracker, [face(0), face(400)])) == [1, 2]


def test_ids_are_never_used_twice(tracker, clock):
    show(tracker, [face(0)])
    clock.tick()
    show(tracker, [])
    clock.tick(FORGET_AFTER_S + 0.1)
    assert numbers(show(tracker, [face(0)])) == [2]
    tracker.start_over()
    assert numbers(show(tracker, [face(0)])) == [3]


def test_a_short_absence_is_forgiven(tracker, clock):
    show(tracker, [face(0)])
    clock.tick(FORGET_AFTER_S / 2)
    show(tracker, [])
    clock.tick()
    assert numbers(show(tracker, [face(10)])) == [1]


@pytest.mark.parametrize("seconds", [1 / 60, 1 / 30, 0.2, 1.2, 5.0])
def test_memory_is_as_long_as_the_rate_of_frames_wants_it(tracker, clock, seconds):
    """A still face keeps its number however seldom frames come."""
    for _ in range(8):
        clock.tick(seconds)
        assert numbers(show(tracker, [face(100)])) == [1]


def test_after_a_long_pause_nothing_is_known(tracker, clock):
    show(tracker, [face(100)])
    clock.tick(LONGEST_GAP_S + 1)
    assert numbers(show(tracker, [face(100)])) == [2]
    assert tracker.memory.thorough_frames


def test_a_far_smaller_face_nearby_is_someone_else(tracker, clock):
    show(tracker, [face(0, 100, 100)])
    clock.tick()
    assert numbers(show(tracker, [face(130, 100, 30)])) == [2]


class TestTwoStages:
    """Faces that the detector is less sure of go on with a track, and start none."""

    def test_a_doubtful_face_goes_on(self, tracker, clock):
        show(tracker, [face(0)])
        clock.tick()
        assert numbers(show(tracker, [face(5, score=0.4)])) == [1]

    def test_a_doubtful_face_starts_nothing(self, tracker):
        assert numbers(show(tracker, [face(0, score=0.4)])) == [None]

    def test_a_sure_face_comes_first(self, tracker, clock):
        show(tracker, [face(0)])
        clock.tick()
        assert numbers(show(tracker, [face(2, score=0.4), face(30)])) == [None, 1]

    def test_a_doubtful_face_brings_none_back(self, tracker, clock):
        show(tracker, [face(0)])
        clock.tick()
        show(tracker, [])
        clock.tick(0.5)
        assert numbers(show(tracker, [face(0, score=0.4)])) == [None]


class TestPassing:
    """Two people pass each other; one is hidden behind the other for a while."""

    @pytest.mark.parametrize("fps", [8, 10, 12, 30])
    @pytest.mark.parametrize("seconds", [1.0, 2.0, 3.0])
    @pytest.mark.parametrize("with_looks", [False, True])
    def test_they_keep_their_numbers(self, tracker, clock, fps, seconds, with_looks):
        steps = round(seconds * fps)
        seen: dict[str, int] = {}
        for step in range(-fps, steps + fps):
            share = min(max(step / steps, 0), 1)
            anna, bert = face(20 + 480 * share, 100), face(500 - 480 * share, 110)
            hidden = abs(anna.box[0] - bert.box[0]) < 70
            looks = [ANNA] if hidden else [ANNA, BERT]
            tracks = show(tracker, [anna] if hidden else [anna, bert], looks if with_looks else None)
            seen |= dict(zip("ab", numbers(tracks), strict=False))
            assert numbers(tracks)[0] == 1
            clock.tick(1 / fps)
        assert seen == {"a": 1, "b": 2}


class TestAnother:
    """Another person at the same place."""

    @pytest.mark.parametrize("fps", [10, 15, 30])
    def test_a_look_that_changes_at_once_is_another_person(self, tracker, clock, fps):
        for _ in range(fps):
            show(tracker, [face(100)], [ANNA])
            clock.tick(1 / fps)
        changed, number = clock.now, 1
        while number == 1:
            (track,) = show(tracker, [face(100)], [BERT])
            number = track.number
            clock.tick(1 / fps)
        assert clock.now - changed < 0.6

    def test_one_odd_frame_is_not(self, tracker, clock):
        for frame in range(60):
            assert numbers(show(tracker, [face(100)], [BERT if frame == 30 else ANNA])) == [1]
            clock.tick()

    def test_a_head_that_turns_is_not(self, tracker, clock):
        for frame in range(60):
            turn = min(frame / 30, 1) * np.pi / 2
            assert numbers(show(tracker, [face(100)], [look(np.cos(turn), np.sin(turn))])) == [1]
            clock.tick()

    def test_age_and_gender_that_contradict_are(self, tracker, clock):
        """Even where the look says nothing."""

        def distribution(task, label):
            scores = np.full(task.outputs, 0.01 / task.outputs, np.float32)
            scores[label] += 0.99
            return scores

        def learn(track, age, gender):
            for task, label in ((AGE, age), (GENDER, gender)):
                if track.wants(task):
                    track.learn(task, distribution(task, label))

        for _ in range(60):
            (track,) = show(tracker, [face(100)])
            learn(track, 60, 0)
            clock.tick()
        changed = clock.now
        while track.number == 1:
            (track,) = show(tracker, [face(100)])
            learn(track, 8, 1)
            clock.tick()
        assert clock.now - changed < 1.0

    def test_a_covered_face_is_not_judged(self, tracker, clock):
        """Another face is so near that it may hide half of it."""
        for frame in range(60):
            looks = [ANNA, BERT] if frame < 30 else [look(0.2, 0.2, 1), BERT]
            assert numbers(show(tracker, [face(100), face(190)], looks)) == [1, 2]
            clock.tick()
