"""`analyze` takes what people name: folders, patterns, videos, standard input; and writes tables and labelled copies."""

from __future__ import annotations

import csv
import json
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vision.__main__ import command
from vision.files.drawing import BOX, annotated, lines_of
from vision.files.inputs import find
from vision.files.video import Sampling

FPS, FRAMES = 10, 12


@pytest.fixture(scope="module")
def album(tmp_path_factory, portrait):
    """A folder of pictures with a video in a folder of its own, and what is none."""
    folder = tmp_path_factory.mktemp("album")
    cv2.imwrite(str(folder / "a.png"), portrait)
    cv2.imwrite(str(folder / "B.JPG"), np.full((120, 160, 3), 90, np.uint8))
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.jpg").write_text("none either")
    (folder / "trip").mkdir()
    (folder / "trip" / "broken.jpg").write_text("not an image")
    writer = cv2.VideoWriter(str(folder / "trip" / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (320, 320))
    small = cv2.resize(portrait, (320, 320), interpolation=cv2.INTER_AREA)
    for _ in range(FRAMES):
        writer.write(small)
    writer.release()
    return folder


def read(path):
    """A picture's pixels."""
    image = cv2.imread(str(path))
    assert image is not None
    return image


def names(*given):
    return [one.error or Path(one.name).name for one in find([str(name) for name in given])]


def test_a_folder_gives_its_pictures_and_videos(album):
    assert names(album) == ["B.JPG", "a.png", "broken.jpg", "clip.avi"]
    assert [one.inside.as_posix() for one in find([str(album)])][-1] == "trip/clip.avi"


def test_a_pattern_gives_what_it_matches_and_nothing_twice(album):
    assert names(album / "*.png", album / "a.png", album / "**" / "*.avi") == ["a.png", "clip.avi"]
    assert names(album / "*" / "*.jpg") == ["broken.jpg"]


def test_what_is_not_there_is_said(album, tmp_path):
    assert names(album / "*.gif") == [f"no file matches {album / '*.gif'}"]
    assert names(tmp_path) == [f"{tmp_path} has no JPEG, PNG, WebP or video in it"]
    odd = tmp_path / "a[1].png"  # a pattern by its letters, a file by its name
    odd.write_bytes(b"")
    assert names(odd) == ["a[1].png"]


@pytest.mark.parametrize(
    ("sampling", "taken", "fps"),
    [
        (Sampling(), list(range(12)), 10),
        (Sampling(every=5), [0, 5, 10], 2),
        (Sampling(per_second=5), [0, 2, 4, 6, 8, 10], 5),
        (Sampling(per_second=3), [0, 4, 7, 10], 3),  # the first frame at or after each third of a second
        (Sampling(per_second=100), list(range(12)), 10),  # there are no more than all
    ],
)
def test_the_frames_that_are_taken_of_a_video(sampling, taken, fps):
    assert [number for number in range(12) if sampling.takes(number, 10.0)] == taken
    assert sampling.fps(10.0) == fps


@pytest.fixture(scope="module")
def analyzed(album, tmp_path_factory):
    """What the command gives for the whole album: status, lines, table and copies."""
    out = tmp_path_factory.mktemp("out")
    written, before = BytesIO(), sys.stdout
    sys.stdout = TextIOWrapper(written, encoding="utf-8", write_through=True)
    try:
        arguments = [str(album), "--every", "4", "--annotate", str(out / "copies"), "--csv", str(out / "faces.csv")]
        status = command.main(arguments, standalone_mode=False)
    finally:
        sys.stdout = before
    rows = list(csv.DictReader((out / "faces.csv").read_text(encoding="utf-8").splitlines()))
    return status, [json.loads(line) for line in written.getvalue().decode().splitlines()], rows, out / "copies"


def test_each_picture_and_each_frame_is_a_line(analyzed, album):
    status, lines, _, _ = analyzed
    assert status == 1, "one of them is broken"
    about = [
        (Path(line["file"]).name, line.get("frame"), line.get("seconds"), len(line.get("faces", ()))) for line in lines
    ]
    assert about == [
        ("B.JPG", None, None, 0),
        ("a.png", None, None, 1),
        ("broken.jpg", None, None, 0),
        ("clip.avi", 0, 0.0, 1),
        ("clip.avi", 4, 0.4, 1),
        ("clip.avi", 8, 0.8, 1),
    ]
    assert lines[2] == {"file": str(album / "trip" / "broken.jpg"), "error": "this is not a JPEG, PNG or WebP image"}
    assert [face["track"] for line in lines[3:] for face in line["faces"]] == [1, 1, 1]
    assert lines[1]["faces"][0]["track"] is None


def test_the_table_has_a_row_for_each_face(analyzed):
    _, lines, rows, _ = analyzed
    faces = [(line, face) for line in lines for face in line.get("faces", ())]
    assert len(rows) == len(faces) == 4
    for row, (line, face) in zip(rows, faces, strict=True):
        assert row["file"] == line["file"] and row["frame"] == str(line.get("frame", ""))
        assert [float(row[side]) for side in ("x", "y", "width", "height")] == face["box"]
        assert (row["expression"], row["gender"]) == (face["expression"]["label"], face["gender"]["label"])
        assert int(row["low"]) <= int(row["years"]) <= int(row["high"])
        assert float(row["expression_happy"]) == face["expression"]["scores"]["happy"]
        assert sum(float(row[name]) for name in row if name.startswith("age_")) == pytest.approx(1, abs=0.01)


def test_copies_lie_as_the_originals_do_and_show_the_boxes(analyzed, album, portrait):
    _, lines, _, copies = analyzed
    assert sorted(path.relative_to(copies).as_posix() for path in copies.rglob("*.*")) == [
        "B.jpg",
        "a.png",
        "trip/clip.mp4",
    ]
    drawn = read(copies / "a.png")
    assert np.array_equal(drawn, annotated(portrait, lines[1]["faces"]))
    x, y, _, height = (round(side) for side in lines[1]["faces"][0]["box"])
    assert tuple(drawn[y + height, x + 5]) == BOX
    video = cv2.VideoCapture(str(copies / "trip" / "clip.mp4"))
    assert (video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FPS)) == (3, FPS / 4)
    assert np.array_equal(read(album / "a.png"), portrait), "the original stays as it is"


def test_standard_input_and_a_copy_beside_the_original(album, tmp_path, monkeypatch, capsys):
    """A copy never takes an original's place, even where both have the same folder."""
    monkeypatch.chdir(tmp_path)
    original = (album / "a.png").read_bytes()
    Path("a.png").write_bytes(original)
    Path("sub").mkdir()
    Path("sub/a.png").write_bytes(original)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(original)))
    assert command.main(["-", "sub/a.png", "a.png", "--annotate", "."], standalone_mode=False) == 0
    first, second, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["file"] == "-" and first["faces"] == second["faces"] != []
    assert Path("a.png").read_bytes() == original
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a-2.png",
        "a-3.png",
        "a.png",
        "standard-input.jpg",
        "sub",
    ]


def test_what_is_written_at_a_face():
    face: dict[str, Any] = {
        "track": 3, "quality": "small",
        "expression": {"label": "angry", "scores": {"angry": 0.41}, "unsure": True, "likeliest": ["angry", "sad"]},
        "age": {"years": 47, "low": 38, "high": 58}, "gender": {"label": "male"},
    }  # fmt: skip
    assert lines_of(face) == ["#3 unsure: angry or sad", "male, about 47 (38-58)", "face too small"]
    face |= {"track": None, "quality": "ok", "expression": {**face["expression"], "unsure": False}}
    assert lines_of(face) == ["angry 41 %", "male, about 47 (38-58)"]


@pytest.mark.parametrize(
    "box", [[0, 0, 30, 30], [90, 0, 30, 120], [-20, 100, 60, 60]], ids=["corner", "edge", "outside"]
)
def test_labels_stay_within_the_picture(box):
    face = {
        "track": None, "quality": "ok", "box": box,
        "expression": {"label": "happy", "scores": {"happy": 1.0}, "unsure": False},
        "age": {"years": 30, "low": 20, "high": 40}, "gender": {"label": "female"},
    }  # fmt: skip
    drawn = annotated(np.zeros((120, 160, 3), np.uint8), [face])
    assert (drawn == np.array(BOX, np.uint8)).all(axis=2).sum() > 500


def test_both_ways_to_choose_frames_are_one_too_many(capsys):
    with pytest.raises(Exception, match="give one of them"):
        command.main(["a.mp4", "--every", "2", "--rate", "1"], standalone_mode=False)
