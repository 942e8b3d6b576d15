"""Many known faces have their turns: a frame's work is bounded, nobody waits long, and one at rest keeps all that is known of it."""

import itertools
from typing import cast

import cv2
import numpy as np
import pytest

from benchmarks.harness.camera import letterboxed, moving_group
from tests.vision.test_pipeline import blazeface_analyzer, check_result
from tests.vision.test_tracking import ANNA, clock, face, look, show, tracker
from vision.blazeface import BlazeFace
from vision.boxes import Box, Face, intersection_over_union
from vision.detection import SURE_TOGETHER
from vision.known_faces import KNOWN_SCORE, LONE_LOOKS, MAY_REST_S, SHARED_LOOKS, SHARING, KnownFaces
from vision.tasks import EXPRESSION, TASKS
from vision.tracking import FaceTracker
from vision.tracking.tracker import FORGET_AFTER_S

__all__ = ["blazeface_analyzer", "clock", "tracker"]  # fixtures, used by their names


class Eye:
    """In place of short-range: sees a face in the middle of whatever it is shown, and counts its looks."""

    @classmethod
    def looking(cls, shared_sees: bool = True) -> tuple["Eye", KnownFaces]:
        eye = cls(shared_sees)
        return eye, KnownFaces(cast("BlazeFace", eye))

    def __init__(self, shared_sees: bool = True):
        self.shared_sees, self.shared, self.lone = shared_sees, 0, 0

    def detect(self, part, min_score=0.5):
        self.lone += 1
        return [self._face(part, 2.5)]

    def detect_in_parts(self, parts, min_score=0.5):
        self.shared += 1
        assert len(parts) <= SHARING
        return [[self._face(part, 1.6)] if self.shared_sees else [] for part in parts]

    @staticmethod
    def _face(part, enlarged):
        height, width = part.shape[:2]
        side = width / enlarged
        return Face(((width - side) / 2, (height - side) / 2, side, side), 0.9, None)


FRAME = np.zeros((2000, 3000, 3), np.uint8)
FPS = 30


def row_of(count: int, size: int) -> list[Box]:
    return [(200.0 + 100 * place, 300.0, size, size) for place in range(count)]


@pytest.mark.parametrize("size", [20, 60], ids=["small", "large"])
@pytest.mark.parametrize("count", [1, 3, 4, 5, 10, 20])
def test_a_frame_s_looks_are_bounded_and_nobody_waits_long(count, size):
    (eye, known), boxes = Eye.looking(), row_of(count, size)
    seen_at = dict.fromkeys(range(count), 0.0)
    costs, longest = [], 0.0
    for frame in range(1, 3 * FPS):
        now = frame / FPS
        eye.shared = eye.lone = 0
        waited = [now - seen_at[index] for index in range(count)]
        faces, resting = known.look_again(FRAME, boxes, waited)
        assert len(faces) + len(resting) == count
        longest = max(longest, *waited)
        seen_at |= {index: now for index in range(count) if index not in resting}
        costs.append((eye.shared, eye.lone))
    few = count <= 4
    assert longest <= (1 / FPS if few else MAY_REST_S + 1 / FPS) + 1e-6
    shared, lone = np.mean(costs, axis=0)
    assert shared <= SHARED_LOOKS + 0.1
    assert lone <= max(LONE_LOOKS, count / (MAY_REST_S * FPS)) + 0.1


def test_a_slow_camera_s_frames_may_cost_twice_as_much():
    (_, known), boxes = Eye.looking(), row_of(20, 60)
    rested = [len(known.look_again(FRAME, boxes, [0.07] * 20, share)[1]) for share in (1, 2)]
    assert rested == [16, 12]


@pytest.mark.parametrize(
    ("count", "waited", "shared"),
    [
        (4, 0.03, 1),  # few are looked at on every frame
        (10, 0.03, 0),  # many rest
        (10, MAY_REST_S, 3),  # but not too long
    ],
)
def test_many_have_no_turn_on_a_frame_that_is_searched_for_newcomers(count, waited, shared):
    eye, known = Eye.looking()
    known.look_again(FRAME, row_of(count, 60), [waited] * count, searching=True)
    assert eye.shared == shared


def test_a_face_that_a_shared_look_misses_gets_one_of_its_own():
    (eye, known), boxes = Eye.looking(shared_sees=False), row_of(4, 60)
    faces, resting = known.look_again(FRAME, boxes, [0.03] * 4)
    assert (eye.shared, eye.lone, len(faces), resting) == (1, 4, 4, set())


class DimEye(Eye):
    """Sees a face by half; to a look with the usual room it seems to fill all of it."""

    def detect(self, part, min_score=0.5):
        self.lone += 1
        (seen,) = (
            super().detect(part)
            if part.shape[1] > 2.8 * 20
            else [Face((0, 0, part.shape[1], part.shape[0]), 0.5, None)]
        )
        return [Face(seen.box, 0.5, None)]


def test_a_face_that_fills_a_look_is_not_taken_for_the_small_one_that_was_there():
    """The box would grow from look to look until it is somebody else's."""
    eye = DimEye()
    known = KnownFaces(cast("BlazeFace", eye))
    (box,) = row_of(1, 20)
    assert known.look_closely(FRAME, box, KNOWN_SCORE) is None
    faces, _ = known.look_again(FRAME, [box], [0.03])
    assert [seen.box[2] for seen in faces] == pytest.approx([25.6], abs=0.5), "with more room around it, it is itself"


@pytest.mark.data
def test_far_people_before_a_camera_are_found_at_once_and_kept(blazeface_analyzer, data_dir):
    """Four in a classroom, one of them turned away, as a page sends them: in frames of 4:3, as JPEG."""
    path = data_dir / "video" / "classroom.mp4"
    if not path.is_file():
        pytest.skip(f"no {path}")
    clip, clock = cv2.VideoCapture(str(path)), itertools.count()
    tracker, seen = FaceTracker(lambda: next(clock) / 15), []
    while (frame := clip.read()[1]) is not None:
        sent = cv2.imencode(".jpg", letterboxed(frame.astype(np.uint8)), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        seen += [face.track for face in blazeface_analyzer.analyze_bytes(sent, tracker=tracker).faces]
    frames = next(clock)
    shares = sorted((seen.count(track) / frames for track in set(seen)), reverse=True)
    assert all(share > 0.9 for share in shares[:3])
    assert len(shares) >= 4
    assert sum(shares[3:]) > 0.6, "the one who is turned away"
    assert sum(shares) <= 4, "nobody is there twice"


class TestAtRest:
    """A face that was not looked for on a frame."""

    def test_it_goes_on_where_its_motion_leads(self, tracker, clock):
        for step in range(20):
            (track,) = show(tracker, [face(100 + 10 * step)], [ANNA])
            clock.tick()
        tracker.begin(640, 480)
        tracker.memory.resting = {0}
        assert tracker.follow([]) == []
        assert tracker.resting == [track]
        assert track.moved() == pytest.approx((10, 0), abs=1)
        clock.tick()
        assert show(tracker, [face(310)], [ANNA]) == [track]
        assert tracker.resting == []

    def test_it_keeps_its_evidence_and_labels(self, tracker, clock):
        scores = {task.name: np.eye(task.outputs, dtype=np.float32)[0] for task in TASKS.values()}
        for _ in range(10):
            (track,) = show(tracker, [face(100)], [ANNA])
            for task in TASKS.values():
                track.learn(task, scores[task.name])
                track.label(task)
            clock.tick()
        # What speaks for another label counts once, however often the face rests after it.
        track.scores[EXPRESSION.name] = np.array([0.3, 0.7, 0, 0, 0, 0, 0], np.float32)
        for _ in range(FPS):
            tracker.begin(640, 480)
            tracker.memory.resting = {0}
            tracker.follow([])
            assert track.label(EXPRESSION) == 0
            clock.tick()
        assert (track.frames, track.lost_at) == (10, None)

    def test_one_that_was_looked_for_and_not_found_is_lost_and_soon_forgotten(self, tracker, clock):
        for _ in range(5):
            show(tracker, [face(100)])
            clock.tick()
        assert show(tracker, []) == []
        assert tracker.resting == []
        clock.tick(FORGET_AFTER_S + 0.1)
        assert [track.number for track in show(tracker, [face(100)])] == [2]

    def test_one_that_was_lost_and_rests_is_not_shown(self, tracker, clock):
        for _ in range(5):
            show(tracker, [face(100)])
            clock.tick()
        show(tracker, [])
        clock.tick()
        tracker.begin(640, 480)
        tracker.memory.resting = {0}
        tracker.follow([])
        assert tracker.resting == []

    @pytest.mark.parametrize("frames", [0, 1, 2, 3])
    def test_a_newcomer_and_one_that_was_missed_just_now_must_not_rest(self, tracker, clock, frames):
        for _ in range(1 + frames):
            show(tracker, [face(100)])
            clock.tick()
        tracker.begin(640, 480)
        assert (tracker.memory.waited[0] == np.inf) == (frames < 2)
        tracker.follow([])
        clock.tick()
        tracker.begin(640, 480)
        assert tracker.memory.waited[0] == np.inf
        tracker.follow([])

    def test_on_frames_of_another_size_nobody_rests(self, tracker, clock):
        for _ in range(5):
            show(tracker, [face(100)])
            clock.tick()
        tracker.begin(320, 240)
        assert tracker.memory.waited == [np.inf]

    def test_a_face_found_near_one_at_rest_is_the_same(self, tracker, clock):
        for _ in range(5):
            show(tracker, [face(100)], [ANNA])
            clock.tick()
        tracker.begin(640, 480)
        tracker.memory.resting = {0}
        (track,) = tracker.follow([face(150)], np.stack([look(1, 0.1)]))
        assert track.number == 1
        assert tracker.resting == []


def test_many_moving_faces_keep_their_numbers_and_places(blazeface_analyzer, monkeypatch):
    """Every face is on every frame's result, though only some of them are looked at."""
    count = 12
    pictures = moving_group(count)[:24]
    ticks = itertools.count()
    tracker = FaceTracker(lambda: next(ticks) / FPS)
    near = blazeface_analyzer._detector._near._model
    runs: list[int] = []
    run = near.run
    monkeypatch.setattr(near, "run", lambda values: (runs.append(1), run(values))[1])
    rested, looks = 0, []
    for picture in pictures:
        runs.clear()
        analysis = blazeface_analyzer.analyze_bytes(picture, tracker=tracker)
        check_result(analysis.to_dict(), 640, 480, may_hold=0.5)
        looks.append(len(runs))
        rested += len(tracker.resting)
        assert sorted(one.track for one in analysis.faces) == list(range(1, count + 1))
        scores = [one.face.score for one in analysis.faces]
        assert scores == sorted(scores, reverse=True)
        places = [one.face.box for one in analysis.faces]
    assert rested >= (count - SHARING) * 10, "nobody rested"
    assert np.mean(looks[4:]) <= 1 + SHARED_LOOKS + 0.5
    image = cv2.imdecode(np.frombuffer(pictures[-1], np.uint8), cv2.IMREAD_COLOR)
    true = [one.box for one in blazeface_analyzer._detector.detect(image) if one.score > SURE_TOGETHER / 2]
    overlaps = intersection_over_union(np.array(places)[:, None], np.array(true)[None]).max(axis=1)
    assert overlaps.min() > 0.6


def test_people_of_middling_size_are_not_in_doubt(blazeface_analyzer):
    """The look at the whole frame finds them, with keypoints that jump: a close one has them right."""
    ticks = itertools.count()
    tracker = FaceTracker(lambda: next(ticks) / FPS)
    doubts = 0
    for picture in moving_group(4):
        analysis = blazeface_analyzer.analyze_bytes(picture, tracker=tracker)
        assert len(analysis.faces) == 4
        doubts += sum(track.doubt is not None for track in tracker._tracks)
    assert doubts / 48 < 1, "people in doubt on a frame"
