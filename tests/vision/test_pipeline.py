"""The one result, everywhere: its shape, its units, its sums."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.classifiers import Classifier
from vision.frame import EncodedFrame
from vision.limits import FAILED, FrameError, in_one_line, refusing_failures
from vision.litert import ModelError
from vision.pipeline import FaceAnalyzer
from vision.tasks import DECADES, EXPRESSION, EXPRESSIONS, GENDER, GENDERS, MODELS_DIR, STAGES, TASKS
from vision.tracking import FaceTracker

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["blazeface", "haar"])
def analyzer(request):
    return FaceAnalyzer.load(detector=request.param)


@pytest.fixture(scope="module")
def blazeface_analyzer():
    return FaceAnalyzer.load()


def check_result(result: dict, width: int, height: int, may_hold: float = 0.0) -> None:
    """The result as the design has it; a label that is held may be behind the likeliest by `may_hold`."""
    assert (result["width"], result["height"]) == (width, height)
    assert set(result["timings_ms"]) == {*STAGES, "total"}
    assert all(ms >= 0 for ms in result["timings_ms"].values())
    for face in result["faces"]:
        assert set(face) == {"track", "box", "score", "keypoints", "expression", "age", "gender", "quality"}
        x, y, w, h = face["box"]
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
        assert tuple(face["expression"]["scores"]) == EXPRESSIONS
        assert tuple(face["gender"]["scores"]) == GENDERS
        assert len(face["age"]["scores"]) == len(DECADES) == 11
        assert 0 <= face["age"]["years"] <= 100
        assert 0 <= face["age"]["low"] <= face["age"]["years"] <= face["age"]["high"] <= 100
        assert face["age"]["decade"] == DECADES[face["age"]["years"] // 10], "one age, one decade"
        for task in ("expression", "gender"):
            scores = face[task]["scores"]
            assert scores[face[task]["label"]] >= max(scores.values()) - may_hold
            assert sum(scores.values()) == pytest.approx(1, abs=0.002)
        assert sum(face["age"]["scores"]) == pytest.approx(1, abs=0.002)


def test_a_portrait(analyzer, portrait):
    result = analyzer.analyze(portrait).to_dict()
    check_result(json.loads(json.dumps(result)), 512, 512)
    face = result["faces"][0]
    assert face["track"] is None
    assert len(face["keypoints"]) in (0, 6)
    assert result["timings_ms"]["decode"] == 0


def test_the_astronaut_is_a_smiling_woman_in_her_thirties(blazeface_analyzer, portrait):
    """Eileen Collins, aged 36, on a picture that no dataset of ours holds."""
    (face,) = blazeface_analyzer.analyze(portrait).to_dict()["faces"]
    assert face["expression"]["label"] == "happy"
    assert face["gender"]["label"] == "female"
    assert 24 <= face["age"]["years"] <= 48


def test_the_mirror_image_is_judged_alike(blazeface_analyzer, portrait):
    (face,) = blazeface_analyzer.analyze(cv2.flip(portrait, 1)).to_dict()["faces"]
    assert face["expression"]["label"] == "happy"
    assert face["gender"]["label"] == "female"


def test_a_camera_s_frames_share_a_track(blazeface_analyzer, portrait_jpeg):
    clock = itertools.count()
    tracker = FaceTracker(lambda: next(clock) / 30)
    results = [blazeface_analyzer.analyze_bytes(portrait_jpeg, tracker=tracker).to_dict() for _ in range(30)]
    assert {face["track"] for result in results for face in result["faces"]} == {1}
    for result in results:
        check_result(result, 640, 480)
    assert all(result["timings_ms"]["decode"] > 0 for result in results)
    ages_run = sum(result["timings_ms"]["age"] > 0 for result in results)
    assert 4 <= ages_run < 12  # a steady face's age is not looked at on every frame


@pytest.fixture
def decoded(monkeypatch):
    """By how much each frame was reduced."""
    reductions: list[int] = []
    decode = EncodedFrame.decode
    monkeypatch.setattr(
        EncodedFrame, "decode", lambda self, reduction=1: (reductions.append(reduction), decode(self, reduction))[1]
    )
    return reductions


@pytest.mark.parametrize(
    ("zoom", "suffix", "reduced"),
    [
        (1.0, ".jpg", True),  # a face as large as the crops of it at half the size
        (0.3, ".jpg", False),  # a small one
        (1.0, ".png", False),  # which costs as much smaller as whole
    ],
)
def test_a_large_face_is_decoded_small_and_judged_alike(blazeface_analyzer, portrait, decoded, zoom, suffix, reduced):
    frame = np.full_like(portrait, 90)
    small = cv2.resize(portrait, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    frame[: len(small), : small.shape[1]] = small
    picture = cv2.imencode(suffix, frame)[1].tobytes()
    clock = itertools.count()
    tracker = FaceTracker(lambda: next(clock) / 30)
    results = [blazeface_analyzer.analyze_bytes(picture, tracker=tracker).to_dict() for _ in range(20)]
    assert any(reduction > 1 for reduction in decoded) == reduced
    assert decoded[:4] == [1] * 4, "a new face is looked at closely"
    assert 1 in decoded[10:], "newcomers are searched on whole frames"
    whole = results[0]["faces"][0]
    height, width = portrait.shape[:2]
    for result in results:
        check_result(result, width, height, may_hold=0.1)
        (face,) = result["faces"]
        assert face["track"] == 1
        assert face["box"] == pytest.approx(whole["box"], abs=0.04 * whole["box"][2])
        assert [face[task]["label"] == whole[task]["label"] for task in ("expression", "gender")] == [True, True]


@pytest.mark.parametrize("quarter", [1, 3])
def test_a_reduced_frame_that_exif_turns_has_its_size_as_it_is_shown(blazeface_analyzer, portrait, quarter):
    upright = np.ascontiguousarray(portrait[:400])
    stored = np.ascontiguousarray(np.rot90(upright, quarter))
    orientation = {1: 6, 3: 8}[quarter]
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([orientation, 0, 0, 0]) + bytes(4)
    jpeg = cv2.imencode(".jpg", stored)[1].tobytes()
    turned = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    clock = itertools.count()
    tracker = FaceTracker(lambda: next(clock) / 30)
    # The plain one before it has the size that is stored in the turned one.
    for picture in (*[jpeg] * 8, *[turned] * 8):
        result = blazeface_analyzer.analyze_bytes(picture, tracker=tracker).to_dict()
    check_result(result, 512, 400)
    assert len(result["faces"]) == 1


def test_no_face_is_an_empty_list(analyzer):
    result = analyzer.analyze(np.zeros((480, 640, 3), np.uint8)).to_dict()
    check_result(result, 640, 480)
    assert result["faces"] == []


def test_bad_bytes_are_an_error(blazeface_analyzer):
    with pytest.raises(FrameError):
        blazeface_analyzer.analyze_bytes(b"text")


@pytest.mark.parametrize("size", [(200, 32_767), (32_767, 200), (32_768, 200), (200, 65_500)], ids=str)
def test_no_side_is_too_long(analyzer, portrait, size):
    """OpenCV warps nothing of 32,767 pixels or more along a side, and its cascade crashes on the longest."""
    frame = np.full((*size, 3), 90, np.uint8)
    frame[:200, :200] = cv2.resize(portrait[20:320, 80:380], (200, 200))
    (face,) = analyzer.analyze_bytes(cv2.imencode(".jpg", frame)[1].tobytes()).to_dict()["faces"]
    x, y, width, height = face["box"]
    assert x + width < 200
    assert y + height < 200
    assert (face["expression"]["label"], face["gender"]["label"]) == ("happy", "female")


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("tracked", [False, True])
def test_a_face_is_judged_alike_however_its_picture_is_turned(blazeface_analyzer, portrait, quarters, tracked):
    """Upside down she was two people once, "sad, 3" and "sad, 22"; she is 36, and smiles."""
    upright = cv2.resize(portrait[:300, 60:360], (600, 600))
    frame = np.ascontiguousarray(np.rot90(upright, quarters))
    tracker = FaceTracker() if tracked else None
    for _ in range(3):
        (face,) = blazeface_analyzer.analyze(frame, tracker).to_dict()["faces"]
        assert (face["expression"]["label"], face["gender"]["label"]) == ("happy", "female")
        assert 24 <= face["age"]["years"] <= 48
    (right_eye, left_eye, _nose, mouth, _, _) = (np.array(point) for point in face["keypoints"])
    down = mouth - (right_eye + left_eye) / 2
    expected = [(0, 1), (1, 0), (0, -1), (-1, 0)][quarters]  # turned counter-clockwise
    assert down @ expected > 0.9 * np.linalg.norm(down)


def test_whatever_a_picture_raises_is_its_own_refusal():
    with pytest.raises(FrameError) as refused, refusing_failures():
        cv2.warpAffine(np.zeros((1, 40_000), np.uint8), np.eye(2, 3), (9, 9))
    assert refused.value.code == FAILED
    line = in_one_line(refused.value.__cause__)
    assert line.startswith("error: OpenCV")
    assert "test_pipeline.py, line" in line
    assert len(line) < 300
    assert "\n" not in line


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_shipped_models_take_raw_pixels(task):
    classifier = Classifier.shipped(task)
    crop = np.zeros((classifier.geometry.size, classifier.geometry.size, classifier.geometry.channels), np.uint8)
    assert classifier.scores(crop).sum() == pytest.approx(1, abs=1e-5)


def test_missing_and_damaged_models_are_named(tmp_path):
    with pytest.raises(ModelError, match=r"no model at .*expression"):
        FaceAnalyzer.load(tmp_path)
    broken = tmp_path / "expression" / "model.tflite"
    broken.parent.mkdir()
    broken.write_bytes((MODELS_DIR / "expression" / "model.tflite").read_bytes()[:1000])
    with pytest.raises(ModelError, match="not a usable"):
        Classifier.shipped(EXPRESSION, tmp_path)
    with pytest.raises(ModelError, match="not a model for gender"):
        Classifier(GENDER, MODELS_DIR / "age" / "model.tflite")


def test_importing_vision_is_light():
    """A worker starts in a moment: neither TensorFlow nor a web framework comes along."""
    code = "import sys, vision.pipeline; print([m for m in ('tensorflow', 'keras', 'flask', 'eventlet') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
