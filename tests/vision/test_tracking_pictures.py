"""Who is who on real pictures and clips."""

import zipfile
from itertools import pairwise

import cv2
import numpy as np
import pytest

from tests.vision.test_tracking import Clock
from train.data.datasets import utkface_split
from vision.pipeline import FaceAnalyzer
from vision.tracking import FaceTracker
from vision.tracking.appearance import looks_of


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def analyzer():
    return FaceAnalyzer.load()


def test_looks_are_of_length_one_and_bear_any_face():
    crops = [np.full((48, 48, 1), 90, np.uint8), np.arange(48 * 48, dtype=np.uint8).reshape(48, 48, 1)]
    looks = looks_of(crops)
    assert np.linalg.norm(looks, axis=1) == pytest.approx([0, 1], abs=1e-5)
    assert looks_of([]).shape == (0, 144)


def heads(portrait, side: int, blurred: bool = False) -> np.ndarray:
    """Four small heads in a camera's frame."""
    frame = np.full((480, 640, 3), (120, 130, 125), np.uint8)
    head = cv2.resize(portrait[20:300, 90:370], None, fx=side / 93, fy=side / 93, interpolation=cv2.INTER_AREA)
    for x, y in ((20, 30), (300, 30), (500, 250), (60, 300)):
        frame[y : y + len(head), x : x + len(head)] = head
    return cv2.GaussianBlur(frame, (0, 0), 9) if blurred else frame


@pytest.mark.parametrize(("fps", "side"), [(30, 22), (30, 30), (10, 30), (10, 40)])
def test_one_blurred_frame_costs_nobody_their_number(analyzer, portrait, clock, fps, side):
    tracker = FaceTracker(clock)
    seen = []
    for frame in range(2 * fps):
        clock.tick(1 / fps)
        result = analyzer.analyze(heads(portrait, side, blurred=frame == fps), tracker)
        seen.append({known.track for known in result.faces})
    assert seen[0] == {1, 2, 3, 4}, "a new camera's first frame is searched everywhere"
    assert all(ids == {1, 2, 3, 4} for ids in seen[fps + 2 :])


def test_newcomers_are_found_in_seconds_whatever_the_rate_of_frames(analyzer, portrait):
    for fps in (5, 30):
        clock = Clock()
        tracker = FaceTracker(clock)
        empty = np.full((480, 640, 3), (120, 130, 125), np.uint8)
        one = empty.copy()
        one[30:300, 30:300] = cv2.resize(portrait[20:300, 90:370], (270, 270))
        two = one.copy()
        two[300:400, 500:600] = cv2.resize(portrait[20:300, 90:370], (100, 100), interpolation=cv2.INTER_AREA)
        for _ in range(fps):
            clock.tick(1 / fps)
            assert len(analyzer.analyze(one, tracker).faces) == 1
        came = clock.now
        while len(analyzer.analyze(two, tracker).faces) < 2:
            clock.tick(1 / fps)
            assert clock.now - came < 3.0


def test_a_label_holds_in_the_result_and_its_scores_tell_the_truth(analyzer, portrait, clock):
    tracker = FaceTracker(clock)
    for _ in range(10):
        clock.tick()
        (known,) = analyzer.analyze(portrait, tracker).to_dict()["faces"]
    assert known["expression"]["label"] == "happy"
    assert sum(known["expression"]["scores"].values()) == pytest.approx(1, abs=0.002)


@pytest.mark.data
@pytest.mark.parametrize(("clip", "people", "rounds"), [("classroom.mp4", 4, 4), ("two_people.mp4", 2, 2)])
def test_a_clip_s_people_stay_who_they_are(analyzer, video_dir, clip, people, rounds):
    """At its own speed, there and back again: each keeps one number and is labelled 97 % of the time."""
    video = cv2.VideoCapture(str(video_dir / clip))
    fps, frames = video.get(cv2.CAP_PROP_FPS), []
    while (frame := video.read()[1]) is not None:
        frames.append(frame)
    clock = Clock()
    tracker = FaceTracker(clock)
    labels: dict[int, list[str]] = {}
    shown = [*frames, *frames[::-1]] * (rounds // 2)
    for frame in shown:
        clock.tick(1 / fps)
        for known in analyzer.analyze(frame, tracker).to_dict()["faces"]:
            labels.setdefault(known["track"], []).append(known["expression"]["label"])
    assert len(labels) == people
    for told in labels.values():
        assert len(told) >= 0.97 * len(shown)
        changes = sum(before != after for before, after in pairwise(told))
        assert changes / (len(shown) / fps) <= 0.3


def strangers(data_dir, count: int) -> list[np.ndarray]:
    """Frames of as many people, none of them of the test images, each before the same wall."""
    with zipfile.ZipFile(data_dir / "utkface.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        names = [name for name in names if utkface_split(name.rpartition("/")[2]) == "train"]
        chosen = np.random.default_rng(5).choice(names, count, replace=False)
        images = [cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR) for name in chosen]
    walls = [np.full((480, 640, 3), 115, np.uint8) for _ in images]
    for wall, image in zip(walls, images, strict=True):
        assert image is not None
        wall[100:340, 200:440] = cv2.resize(image, (240, 240))
    return walls


@pytest.mark.data
def test_another_person_at_the_same_place_gets_another_number(analyzer, data_dir):
    """A cut, a hand-over: within a second, for nearly all of twenty; nobody alone becomes two."""
    told = 0
    people = strangers(data_dir, 40)
    for first, second in zip(people[::2], people[1::2], strict=True):
        clock = Clock()
        tracker, seen = FaceTracker(clock), []
        for frame in [first] * 30 + [second] * 15:
            clock.tick(1 / 15)
            seen.append({known.track for known in analyzer.analyze(frame, tracker).faces})
        before = set().union(*seen[:30])
        assert len(before) == len(seen[29])
        told += not before & seen[-1]
    assert told >= 18
