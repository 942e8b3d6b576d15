"""Who is new must be surer, and a picture by itself is searched for faces that are far off."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from vision.boxes import Face
from vision.detection import ScanMemory
from vision.regions import MOST_FINER, coarse_regions, fine_regions


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

    def test_one_seen_dimly_does_not_stand_in_the_way_of_a_closer_look(self, blazeface, monkeypatch):
        """Full-range proposes the same place, and short-range is sure of it from near."""
        picture = np.full((480, 640, 3), 120, np.uint8)
        place = (300.0, 200.0, 60.0, 60.0)
        points = [(315, 220), (345, 220), (330, 235), (330, 245), (300, 225), (360, 225)]
        seen = Face(place, 0.9, np.array(points, np.float32))

        def look(image, min_score=0.5):
            return [replace(seen, score=0.55)] if image.shape == picture.shape else []

        monkeypatch.setattr(blazeface, "_near", SimpleNamespace(detect=look))
        monkeypatch.setattr(
            blazeface, "_far", SimpleNamespace(detect=lambda image: [seen] if image.shape == picture.shape else [])
        )
        monkeypatch.setattr(
            blazeface,
            "_known",
            SimpleNamespace(look_closely=lambda image, box: seen, look_again=lambda *_: ([], set())),
        )
        monkeypatch.setattr(blazeface, "_made_upright", lambda face, image: face)
        assert blazeface.detect(picture, ScanMemory(thorough_frames=1)) == [seen]


class TestAfterTheAnswer:
    """A worker answers a frame before it searches for newcomers beside the faces in view; the next frame has them."""

    def test_the_search_beside_a_face_waits_for_its_answer(self, counted, portrait):
        detector, runs = counted
        near = cv2.resize(portrait[:280, 80:360], (500, 500))
        alone, both = np.full((720, 1280, 3), 120, np.uint8), np.full((720, 1280, 3), 120, np.uint8)
        alone[:500, :500] = both[:500, :500] = near
        both[100:160, 1000:1060] = cv2.resize(portrait[:280, 80:360], (60, 60), interpolation=cv2.INTER_AREA)
        memory, counts = ScanMemory(searches_later=True), []
        assert len(detector.detect(alone, memory)) == 1
        detector.search_later(memory)
        for step in range(1, 60):
            memory.now = step / 30
            runs.clear()
            counts.append(len(detector.detect(both, memory)))
            assert runs == [], "nothing is searched before the answer"
            detector.search_later(memory)
            detector.search_later(memory)  # nothing is left then
        assert counts[-6:] == [2] * 6

    @pytest.mark.parametrize(
        "memory",
        [
            ScanMemory(searches_later=True, thorough_frames=1),  # a new camera's first frame
            ScanMemory(searches_later=True, share=2),  # slow frames: what is found must not be told a long time later
            ScanMemory(),  # nobody calls search_later
        ],
        ids=["first", "slow", "nobody"],
    )
    def test_what_must_not_wait_is_searched_at_once(self, counted, portrait, memory):
        detector, runs = counted
        assert detector.detect(portrait, memory)
        assert runs
        assert memory.left is None

    def test_where_nobody_is_in_view_the_search_is_the_answer(self, counted):
        detector, runs = counted
        detector.detect(np.zeros((480, 640, 3), np.uint8), ScanMemory(searches_later=True))
        assert len(runs) == 1

    def test_what_was_seen_is_found_in_a_frame_of_another_size(self, blazeface, portrait):
        frame = picture_with(portrait, [])
        frame[:500, :500] = cv2.resize(portrait[:280, 80:360], (500, 500))
        frame[100:220, 1000:1120] = cv2.resize(portrait[:280, 80:360], (120, 120), interpolation=cv2.INTER_AREA)
        memory = ScanMemory(searches_later=True)
        blazeface.detect(frame, memory)
        memory.left = (frame, coarse_regions(720, 1280))
        blazeface.search_later(memory)
        memory.rescale(0.5, 0.5)
        memory.now = 0.033
        assert len(blazeface.detect(cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA), memory)) == 2


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


def test_a_face_that_is_small_in_the_whole_picture_is_looked_at_closely(blazeface, portrait, monkeypatch):
    """The whole picture's look is less sure of it, and its keypoints jump; the close look's place and the surer score count."""
    picture = picture_with(portrait, [])
    picture[200:620, 300:720] = cv2.resize(portrait[:280, 80:360], (420, 420), interpolation=cv2.INTER_AREA)
    (whole,) = blazeface._near.detect(picture)
    assert whole.box[2] < 0.16 * 1280
    (found,) = blazeface.detect(picture)
    closely = blazeface._known.look_closely(picture, whole.box)
    assert found.box == closely.box
    assert found.score == max(whole.score, closely.score)
    monkeypatch.setattr(blazeface._known, "look_closely", lambda *_: None)
    assert [face.box for face in blazeface.detect(picture)] == [whole.box], "nothing is lost where it sees none"


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
