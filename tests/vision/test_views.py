"""Several looks at one face: its keypoints are averaged, and age and gender are told by crops at slightly other places."""

from dataclasses import replace
from typing import cast

import cv2
import numpy as np
import pytest

from tests.vision.test_pipeline import blazeface_analyzer
from vision.alignment import crop_face
from vision.blazeface import BlazeFace
from vision.boxes import Face
from vision.classifiers import Classifier
from vision.known_faces import ALIGNING_ROOMS, KnownFaces
from vision.tasks import AGE, EXPRESSION, GENDER, TASKS
from vision.tracking import FaceTracker
from vision.views import SHIFT, views_of

__all__ = ["blazeface_analyzer"]  # a fixture, used by its name

KEYPOINTS = np.array([[40, 50], [60, 50], [50, 60], [50, 70], [35, 55], [65, 55]], np.float32)
FACE = Face((30.0, 40.0, 40.0, 40.0), 0.8, KEYPOINTS)
PICTURE = np.zeros((200, 200, 3), np.uint8)


def f32(*values: object) -> np.ndarray:
    return np.array(values, np.float32)


class Scripted:
    """In place of short-range: what its looks see, one after the other, in the whole picture's pixels."""

    def __init__(self, *seen: Face | None):
        self.seen, self.looks = list(seen), 0

    def detect(self, part, min_score=0.5):
        room = ALIGNING_ROOMS[self.looks]
        face, reach = self.seen[self.looks], 20 * room
        self.looks += 1
        return [] if face is None else [face.shifted(-max(0, round(50 - reach)), -max(0, round(60 - reach)))]


def aligned(*seen: Face | None) -> Face:
    return KnownFaces(cast("BlazeFace", Scripted(*seen))).aligned(PICTURE, FACE)


def moved(across: float, down: float = 0.0) -> Face:
    return replace(FACE, score=0.9, keypoints=KEYPOINTS + f32(across, down))


class TestKeypoints:
    def test_they_are_the_mean_of_all_looks(self):
        face = aligned(moved(1), moved(2), moved(3), moved(-1))
        assert face.keypoints == pytest.approx(KEYPOINTS + f32(1, 0))
        assert (face.box, face.score) == (FACE.box, FACE.score)

    def test_a_look_that_sees_nothing_or_another_place_counts_for_nothing(self):
        assert aligned(None, moved(3), moved(30), None).keypoints == pytest.approx(KEYPOINTS + f32(1.5, 0))
        assert aligned(None, None, None, None).keypoints == pytest.approx(KEYPOINTS)

    def test_a_face_without_stays_without(self):
        known = KnownFaces(cast("BlazeFace", Scripted()))
        bare = replace(FACE, keypoints=None)
        assert known.aligned(PICTURE, bare) is bare

    def test_pictures_of_one_face_agree_better_on_where_its_eyes_are(self, blazeface, portrait, monkeypatch):
        """The portrait, moved and scaled a little in ten ways: what differs between them is the detector's error."""

        def spread() -> float:
            points = []
            for number in range(10):
                scale, shift = 0.9 + 0.03 * number, 3.7 * number
                matrix = f32([scale, 0, shift], [0, scale, 0.6 * shift])
                picture = cv2.warpAffine(portrait, matrix, (640, 600), borderMode=cv2.BORDER_REPLICATE)
                face = blazeface.detect(picture)[0]
                points.append((face.keypoints[[0, 1, 3]] - matrix[:, 2]) / scale)
            return float(np.std(points, axis=0).mean())

        averaged = spread()
        monkeypatch.setattr(blazeface._known, "aligned", lambda image, face: face)
        assert averaged < 0.75 * spread()


class TestViews:
    def test_age_and_gender_have_five_and_an_expression_one(self):
        assert views_of(EXPRESSION, EXPRESSION.geometry(48)) == (EXPRESSION.geometry(48),)
        for task in (AGE, GENDER):
            own, *others = views_of(task, task.geometry(80))
            assert own == task.geometry(80)
            moves = np.array([view.anchors - own.anchors for view in others])
            assert np.allclose(moves, moves[:, :1])  # eyes and mouth together
            assert np.allclose(moves[:, 0], SHIFT * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]))

    @pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
    def test_a_picture_s_face_is_told_the_mean_of_them(self, task, blazeface_analyzer, portrait):
        (face,) = blazeface_analyzer.analyze(portrait).faces
        classifier = Classifier.shipped(task, shown=True)
        looks = [classifier.scores(crop_face(portrait, face.face, one)) for one in views_of(task, classifier.geometry)]
        assert face.verdict.scores[task.name] == pytest.approx(np.mean(looks, axis=0), abs=1e-6)

    def test_a_camera_s_looks_are_at_the_one_crop(self, blazeface_analyzer, portrait_jpeg, monkeypatch):
        asked = []
        look = blazeface_analyzer._look

        def noted(classifier, view, seen, watch):
            asked.append((classifier.geometry, view))
            return look(classifier, view, seen, watch)

        monkeypatch.setattr(blazeface_analyzer, "_look", noted)
        now = 0.0
        tracker = FaceTracker(lambda: now)
        for _ in range(10):
            blazeface_analyzer.analyze_bytes(portrait_jpeg, tracker=tracker)
            now += 0.1
        assert len(asked) > 10
        assert all(view == own for own, view in asked)
