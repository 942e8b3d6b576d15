"""A face that is badly seen is marked, its looks count less, and what is unsure is said and does not flicker."""

import itertools
import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from vision.alignment import crop_face
from vision.classifiers import Classifier
from vision.detection import BlazeFaceDetector
from vision.litert import ModelError
from vision.pipeline import FaceAnalyzer
from vision.quality import QUALITIES, quality_of
from vision.tasks import AGE, EXPRESSION, GENDER, MODELS_DIR, fer2013_geometry
from vision.tracking.steadiness import HeldDoubt
from vision.tracking.track import Track


@pytest.fixture(scope="module")
def face(portrait):
    return BlazeFaceDetector().detect(portrait)[0]


def scaled(portrait, face, factor):
    return cv2.resize(portrait, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), face.scaled(factor)


def looking_aside(portrait, face):
    moved = face.keypoints.copy()
    moved[2, 0] += 0.6 * np.linalg.norm(moved[1] - moved[0])
    return portrait, replace(face, keypoints=moved)


@pytest.mark.parametrize(
    ("change", "quality"),
    [
        (lambda image, face: (image, face), "ok"),
        (lambda image, face: (image // 2, face), "ok"),  # dim, but there is enough to see
        (lambda image, face: scaled(image, face, 0.15), "small"),  # eyes 6 pixels apart
        (looking_aside, "turned"),  # the nose lies before the cheek
        (lambda image, face: (image // 10, face), "dark"),
        (lambda image, face: (cv2.GaussianBlur(image, (0, 0), 6), face), "blurred"),
        (lambda image, face: scaled(image // 10, face, 0.15), "small"),  # the first that applies
    ],
)
def test_what_makes_a_face_hard_to_see(portrait, face, change, quality):
    image, changed = change(portrait, face)
    assert quality_of(changed, crop_face(image, changed, fer2013_geometry())) == quality


def test_a_face_without_keypoints_is_judged_by_its_box(portrait, face):
    without = replace(face, keypoints=None)
    assert quality_of(without, crop_face(portrait, without, fer2013_geometry())) == "ok"
    small = replace(without, box=(10.0, 10.0, 15.0, 15.0))
    assert quality_of(small, crop_face(portrait, small, fer2013_geometry())) == "small"


def test_a_bad_look_counts_less():
    likely, unlikely = (np.eye(2, dtype=np.float32)[index] for index in (0, 1))
    trusted, doubted = (Track(1, (0, 0, 50, 50), 0.0) for _ in range(2))
    for track, trust in ((trusted, 1.0), (doubted, 0.3)):
        track.learn(GENDER, likely, trust)  # a first look is all there is
        assert track.scores[GENDER.name].tolist() == [1, 0]
        track.learn(GENDER, unlikely, trust)
    assert trusted.scores[GENDER.name][1] > 2 * doubted.scores[GENDER.name][1] > 0


class TestUnsure:
    SURE = np.array([0.8, 0.15, 0.05], np.float32)
    SPLIT = np.array([0.25, 0.40, 0.15], np.float32)

    def test_holds_for_a_moment_and_then_follows(self):
        held = HeldDoubt(0.05, 0.02)
        told = [held.update(self.SURE, 0, 0.55, 1 / 30)[1]]
        told += [held.update(self.SPLIT, 0, 0.55, 1 / 30)[1] for _ in range(30)]
        assert told[:2] == [False, False], "one frame is no doubt"
        assert told[-1] is True
        assert sum(a != b for a, b in itertools.pairwise(told)) == 1

    def test_does_not_flicker_about_the_threshold(self):
        held, generator = HeldDoubt(0.05, 0.02), np.random.default_rng(1)
        told = set()
        for wobble in generator.uniform(-0.08, 0.08, 200):
            told.add(held.update(np.array([0.5 + wobble, 0.3, 0.2 - wobble], np.float32), 0, 0.5, 1 / 30)[1])
        assert len(told) == 1

    def test_the_second_is_never_the_label(self):
        held, generator = HeldDoubt(0.05, 0.02), np.random.default_rng(2)
        for label in generator.integers(0, 3, 200).tolist():
            second, _ = held.update(generator.dirichlet([1, 1, 1]).astype(np.float32), label, 0.5, 1 / 30)
            assert second != label


def test_the_json_tells_both(portrait):
    expression, quality = (
        FaceAnalyzer.load().analyze(portrait).to_dict()["faces"][0][key] for key in ("expression", "quality")
    )
    assert quality in QUALITIES
    assert expression["unsure"] is False, "she smiles broadly"
    ranked = sorted(expression["scores"], key=lambda label: -expression["scores"][label])
    assert expression["likeliest"] == ranked[:2]
    assert expression["likeliest"][0] == expression["label"]


class TestThreshold:
    @pytest.fixture
    def models(self, tmp_path):
        for task in (EXPRESSION, AGE, GENDER):
            task.folder(tmp_path).mkdir()
            shutil.copy(task.model(), task.model(tmp_path))
        return tmp_path

    def test_comes_with_the_model(self, models):
        below = json.loads((MODELS_DIR / "expression" / "metrics.json").read_text())["unsure"]["below"]
        assert Classifier.shipped(EXPRESSION, shown=True).unsure_below == below > 0
        assert Classifier.shipped(EXPRESSION, models, shown=True).unsure_below == 0, (
            "a model by itself says nothing of it"
        )
        assert Classifier.shipped(EXPRESSION).unsure_below == 0, "FER2013's label is not for people to see"

    def test_damaged_figures_are_named(self, models):
        (models / "expression" / "metrics.json").write_text("{")
        with pytest.raises(ModelError, match=r"metrics\.json is damaged"):
            Classifier.shipped(EXPRESSION, models, shown=True)
