"""Faces are found where they are; the dear model runs only when it may help."""

import cv2
import numpy as np
import pytest
import skimage.data

from vision.blazeface import make_anchors, suppress_overlaps
from vision.boxes import Face, intersection_over_union
from vision.detection import DETECTORS, ScanMemory, make_detector
from vision.orientation import turned, turned_back
from vision.regions import fine_regions, regions

FACE = (178.0, 80.0, 95.0, 95.0)
"""Where the astronaut's face is, by eye."""


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request):
    return make_detector(request.param)


def small_faces(portrait: np.ndarray, side: int, places: list[tuple[int, int]]) -> np.ndarray:
    """A wide grey frame with the portrait's head at several places, each `side` pixels high."""
    frame = np.full((720, 1280, 3), 120, np.uint8)
    small = cv2.resize(portrait[:280, 80:360], (side, side), interpolation=cv2.INTER_AREA)
    for x, y in places:
        frame[y : y + side, x : x + side] = small
    return frame


def test_finds_the_face(detector, portrait):
    best = detector.detect(portrait)[0]
    assert intersection_over_union(best.box, FACE) > 0.6
    assert 0.5 < best.score <= 1


def test_finds_nothing_in_an_empty_frame(detector):
    assert detector.detect(np.full((480, 640, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 2), (47, 31)], ids=str)
def test_survives_odd_sizes(detector, size):
    assert detector.detect(np.zeros((*size, 3), np.uint8)) == []


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (512, 512), (300, 900)], ids=str)
def test_boxes_are_in_the_frames_pixels_whatever_its_shape(blazeface, portrait, size):
    height, width = size
    side = min(size)
    frame = np.zeros((height, width, 3), np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    frame[top : top + side, left : left + side] = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    scale = side / 512
    expected = (left + FACE[0] * scale, top + FACE[1] * scale, FACE[2] * scale, FACE[3] * scale)
    assert intersection_over_union(blazeface.detect(frame)[0].box, expected) > 0.6


def test_keypoints_lie_on_the_face_in_their_order(blazeface, portrait):
    right_eye, left_eye, nose, mouth, right_ear, left_ear = blazeface.detect(portrait)[0].keypoints
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]


def test_far_faces_are_seen_too(blazeface, portrait):
    frame = small_faces(portrait, 200, [(40, 60), (600, 380), (1000, 150)])
    assert len([face for face in blazeface.detect(frame) if face.score > 0.7]) == 3


@pytest.mark.parametrize(
    ("side", "looks"),
    [
        (120, 1 + 2),  # five of 44 pixels: the whole frame, then four of them and one
        (80, 1 + 5),  # of 29 pixels: each by itself
    ],
)
def test_known_faces_share_looks_where_they_are_large_enough(blazeface, portrait, monkeypatch, side, looks):
    places = [(40, 60), (300, 380), (600, 150), (900, 420), (1100, 80)]
    frame = small_faces(portrait, side, places)
    memory = ScanMemory(thorough_frames=2)
    first = blazeface.detect(frame, memory)
    assert len(first) == len(places)
    memory.thorough_frames, memory._searched_at = 0, memory.now
    runs = []
    run = blazeface._near._model.run
    monkeypatch.setattr(blazeface._near._model, "run", lambda values: (runs.append(1), run(values))[1])
    again = blazeface.detect(frame, memory)
    assert len(runs) == looks
    for face in first:
        same = max(again, key=lambda other: float(intersection_over_union(face.box, other.box)))
        assert intersection_over_union(face.box, same.box) > 0.7
        eyes = np.linalg.norm(face.keypoints[0] - face.keypoints[1])
        assert np.abs(face.keypoints[:4] - same.keypoints[:4]).max() < 0.25 * eyes


class TestCascade:
    """Full-range runs when it may add something, and only then."""

    @pytest.mark.parametrize("fps", [5, 30])
    def test_a_near_face_costs_one_region_every_so_often(self, counted, portrait, fps):
        """By time, not by frames: five regions a second."""
        detector, runs = counted
        memory = ScanMemory()
        for frame in range(3 * fps):
            memory.now = frame / fps
            assert detector.detect(portrait, memory)
        assert 13 <= len(runs) <= 16

    def test_an_empty_view_is_searched_region_by_region(self, counted):
        detector, runs = counted
        memory = ScanMemory()
        for _ in range(5):
            detector.detect(np.zeros((480, 640, 3), np.uint8), memory)
        assert len(runs) == 5

    def test_a_new_camera_is_searched_everywhere_at_first(self, counted):
        detector, runs = counted
        memory = ScanMemory(thorough_frames=1)
        detector.detect(np.zeros((480, 640, 3), np.uint8), memory)
        assert len(runs) == len(regions(480, 640))
        detector.detect(np.zeros((480, 640, 3), np.uint8), memory)
        assert len(runs) == len(regions(480, 640)) + 1

    def test_a_picture_by_itself_is_searched_everywhere(self, counted, portrait):
        detector, runs = counted
        detector.detect(portrait)
        assert len(runs) == len(fine_regions(512, 512))

    def test_far_faces_are_all_found_in_time_and_then_on_every_frame(self, blazeface, portrait):
        places = [(40, 60), (600, 380), (1000, 150)]
        frame = small_faces(portrait, 200, places)
        memory, counts = ScanMemory(), []
        for step in range(75):
            memory.now = step / 30
            counts.append(len(blazeface.detect(frame, memory)))
        assert counts[-6:] == [3] * 6

    @pytest.mark.parametrize(("side", "fps", "share"), [(200, 30, 0.5), (200, 15, 1.0), (600, 30, 1.0)])
    def test_the_whole_frame_may_wait_where_known_faces_have_close_looks_anyway(
        self, blazeface, portrait, monkeypatch, side, fps, share
    ):
        frame, memory = small_faces(portrait, side, [(300, 60)]), ScanMemory(thorough_frames=2)
        whole: list[float] = []
        look = blazeface._near.detect

        def counted(image, *arguments):
            whole.extend([memory.now] if image.shape == frame.shape else [])
            return look(image, *arguments)

        monkeypatch.setattr(blazeface._near, "detect", counted)
        for step in range(60):
            memory.now = 100 + step / fps
            assert len(blazeface.detect(frame, memory)) == 1
        assert len(whole) == pytest.approx(60 * share, abs=3)

    def test_a_known_face_is_followed_and_let_go(self, blazeface, portrait):
        memory = ScanMemory()
        for step in range(40):
            frame = small_faces(portrait, 200, [(100 + 10 * step, 300)])
            found = [face for face in blazeface.detect(frame, memory) if face.score > 0.7]
        assert len(found) == 1
        assert blazeface.detect(np.full((720, 1280, 3), 120, np.uint8), memory) == []
        assert list(memory.boxes) == []


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (100, 100), (200, 2000), (1, 1), (1, 5000)], ids=str)
def test_regions_cover_the_frame(size):
    covered = np.zeros(size, bool)
    for x, y, width, height in regions(*size)[:1]:
        assert (x, y, width, height) == (0, 0, size[1], size[0])
    tiles = regions(*size)[1:]
    for x, y, width, height in tiles:
        assert x >= 0
        assert y >= 0
        covered[y : y + height, x : x + width] = True
    assert covered.all() or len(tiles) >= 4  # a strip is not cut into ever more tiles


@pytest.mark.parametrize("size", [(480, 640), (360, 640), (640, 480), (640, 640), (200, 640)], ids=str)
def test_tiles_show_a_far_face_as_large_in_each_shape_of_frame(size):
    """As large as in a wide frame (16:9) of the same length, or larger."""
    assert {width for _, _, width, _ in regions(*size)[1:]} == {min(252, round(0.7 * min(size)))}


@pytest.mark.data
@pytest.mark.parametrize(
    ("clip", "people", "first_all"),
    [
        ("two_people.mp4", 2, 0),  # near, turning and tilting
        ("classroom.mp4", 4, 20),  # about 18 of 480 pixels wide, found region by region
    ],
)
def test_a_clip_s_people_are_all_found_and_nothing_else(blazeface, data_dir, clip, people, first_all):
    path = data_dir / "video" / clip
    if not path.is_file():
        pytest.skip(f"no {path}")
    video = cv2.VideoCapture(str(path))
    memory, counts = ScanMemory(), []
    while (frame := video.read()[1]) is not None:
        memory.now += 1 / 15
        counts.append(len(blazeface.detect(frame, memory)))
    assert len(counts) > 40
    assert max(counts) == people, "a hand or a chair back was taken for a face"
    assert np.mean(np.array(counts[first_all:]) == people) > 0.9


@pytest.mark.parametrize(("height", "width", "x"), [(500, 9000, 4300), (500, 9000, 8500), (9000, 500, 0)])
def test_a_panorama_is_searched_along_its_whole_length(blazeface, portrait, height, width, x):
    frame = np.full((height, width, 3), 120, np.uint8)
    head = cv2.resize(portrait[:280, 80:360], (60, 60), interpolation=cv2.INTER_AREA)
    y = 200 if width > height else 4300
    frame[y : y + 60, x : x + 60] = head
    (face,) = blazeface.detect(frame)
    assert x < face.box[0] < x + 60
    assert y < face.box[1] < y + 60


@pytest.mark.parametrize(
    "picture", ["coffee", "cat", "rocket", "hubble_deep_field", "page", "brick", "grass", "gravel"]
)
def test_nothing_is_taken_for_a_face_when_it_is_turned(blazeface, picture):
    """What shows no face is looked at from all four sides."""
    image = getattr(skimage.data, picture)()
    bgr = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else np.ascontiguousarray(image[:, :, 2::-1])
    assert blazeface.detect(bgr) == []


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_face_comes_back_in_the_pixels_before(quarters):
    height, width = 30, 50
    marks = np.zeros((height, width, 3), np.uint8)
    marks[9, 12] = 255
    y, x = np.argwhere(turned(marks, quarters)[..., 0])[0]
    # The pixel (12, 9) has its middle at (12.5, 9.5).
    seen = Face((0.0, 0.0, 1.0, 1.0), 0.9, np.tile(np.array([x + 0.5, y + 0.5], np.float32), (6, 1)))
    back = turned_back(seen, quarters, height, width)
    assert back.keypoints is not None
    assert back.keypoints[0].tolist() == [12.5, 9.5]
    assert back.box[2:] == (1.0, 1.0)


def test_unknown_detector_is_named():
    with pytest.raises(ValueError, match=r"no detector 'hog': choose one of blazeface, haar"):
        make_detector("hog")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (10, 0, 10, 10), 0.0),  # touching
        ((0, 0, 10, 10), (5, 0, 10, 10), 1 / 3),
        ((0, 0, 10, 10), (2, 2, 5, 5), 0.25),  # inside
    ],
)
def test_intersection_over_union(first, second, expected):
    assert intersection_over_union(first, second) == pytest.approx(expected)
    assert intersection_over_union(second, first) == pytest.approx(expected)


def test_of_two_boxes_of_one_face_the_first_stays():
    near, same, other = (Face(box, score, None) for box, score in [
        ((0, 0, 10, 10), 0.6), ((1, 1, 10, 10), 0.9), ((50, 0, 10, 10), 0.7)
    ])  # fmt: skip
    assert suppress_overlaps([near, same, other]) == [other, near]


def test_anchor_counts_are_the_models():
    assert make_anchors(128, ((8, 2), (16, 6))).shape == (896, 2)
    assert make_anchors(192, ((4, 1),)).shape == (2304, 2)
