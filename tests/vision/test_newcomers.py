"""Who is new must be surer, and a picture by itself is searched for faces that are far off."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from vision.detection import BlazeFaceDetector, ScanMemory
from vision.regions import MOST_FINER, coarse_regions, fine_regions


@pytest.fixture
def blazeface():
    return BlazeFaceDetector()


def picture_with(portrait: np.ndarray, places: list[tuple[int, int]]) -> np.ndarray:
    """A grey picture, 1280 x 720, with the portrait's head at several places, each 48 pixels high."""
    picture = np.full((720, 1280, 3), 120, np.uint8)
    small = cv2.resize(portrait[:280, 80:360], (48, 48), interpolation=cv2.INTER_AREA)
    for x, y in places:
        picture[y : y + 48, x : x + 48] = small
    return picture


class TestNewcomers:
    """The detector asks more of a face that it did not know: half of what it takes for one there at 0.5 to 0.6 is none."""

    @pytest.fixture
    def unsure(self, blazeface, portrait, monkeypatch):
        """A detector that is 0.55 sure of the astronaut's face, however it looks."""
        faces = [replace(face, score=0.55) for face in blazeface.detect(portrait)]
        monkeypatch.setattr(blazeface, "_near", SimpleNamespace(detect=lambda image, min_score=0.5: faces))
        monkeypatch.setattr(blazeface, "_far", SimpleNamespace(detect=lambda image, min_score=0.5: []))
        monkeypatch.setattr(blazeface, "_made_upright", lambda face, image: face)
        return blazeface, faces

    def test_a_doubtful_one_is_left_out(self, unsure, portrait):
        detector, _ = unsure
        assert detector.detect(portrait) == []
        assert detector.detect(portrait, ScanMemory()) == []

    def test_one_that_was_there_before_stays(self, unsure, portrait):
        detector, faces = unsure
        assert detector.detect(portrait, ScanMemory(boxes=[faces[0].box])) == faces


def test_far_faces_are_found_in_a_picture_by_itself(blazeface, portrait):
    """Faces of 1.3 % of the width, which the tiles of a camera's frame do not show large enough."""
    places = [(150, 200), (700, 90), (1040, 520)]
    picture = picture_with(portrait, places)
    found = blazeface.detect(picture)
    middles = [(x + 24, y + 20) for x, y in places]
    hits = [
        sum(np.hypot(f.box[0] + f.box[2] / 2 - x, f.box[1] + f.box[3] / 2 - y) < 12 for f in found) for x, y in middles
    ]
    assert hits == [1, 1, 1]


@pytest.mark.parametrize("size", [(1, 1), (60, 80), (480, 640), (3000, 4000), (100, 20_000)], ids=str)
def test_a_picture_has_a_bounded_number_of_tiles_within_it(size):
    coarse, fine = coarse_regions(*size), fine_regions(*size)
    assert fine[: len(coarse)] == coarse
    assert len(fine) <= len(coarse) + MOST_FINER
    for x, y, width, height in fine:
        assert x >= 0 <= y
        assert x + width <= size[1]
        assert y + height <= size[0]
    if size == (480, 640):
        assert len(fine) > 3 * len(coarse), "finer tiles are among them"
