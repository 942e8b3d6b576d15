"""What a face must score: pictures without a face get one, and faces are missed, more or less often."""

import json

import cv2
import numpy as np
import pytest
import skimage

from tests.command_line import raut
from train.data.datasets import utkface_split
from train.studies import detection
from train.studies.detection import FRAME, WIDTHS, faceless_pictures, parts_of


@pytest.fixture
def people(portrait, tmp_path):
    """UTKFace with the portrait alone, in its validation images and in others."""
    folder = tmp_path / "UTKFace"
    folder.mkdir()
    picture = cv2.imencode(".jpg", cv2.resize(portrait[60:200, 155:295], (200, 200)))[1].tobytes()
    for number in range(200):
        name = f"30_1_0_20170101{number:09d}.jpg.chip.jpg"
        (folder / name).write_bytes(picture if utkface_split(name) == "validation" else b"")
    return folder


def test_false_faces_and_missed_ones(people, tmp_path, monkeypatch, capsys):
    """One picture in two is the portrait itself: half of the pictures "without a face" get one."""
    monkeypatch.setattr(detection, "FACELESS", {skimage: ("astronaut.png", "grass.png")})
    file = tmp_path / "found.json"
    assert raut("study", "detection", "--data", people, "--faces", 2, "--crops", 1, "--json", file) == 0
    found = json.loads(file.read_text())
    assert found["pictures_without_a_face"] == 2
    scores = {one["least_score"]: one for one in found["least_scores"]}
    assert scores[0.5]["false"]["value"] == scores["shipped"]["false"]["value"] == 0.5
    assert scores[0.5]["missed"]["0.4"]["value"] == 0
    camera = found["camera"]
    assert (camera["false"]["value"], camera["missed"]["0.4"]["value"], camera["seconds"]) == (0.5, 0, 1.6)
    missed = [[one["missed"][str(width)]["value"] for width in WIDTHS] for one in found["least_scores"][:-1]]
    assert (np.diff(missed, axis=0) >= 0).all(), "the more a face must score, the more are missed"
    assert "50.0 %" in capsys.readouterr().out


def test_parts_are_within_their_picture():
    picture = np.arange(300 * 200, dtype=np.uint8).reshape(300, 200, 1).repeat(3, axis=2)
    parts = list(parts_of(picture, 12, np.random.default_rng(1)))
    assert len(parts) == 12
    assert {part.shape for part in parts} == {(FRAME[1], FRAME[0], 3)}
    assert all(part.std() > 0 for part in parts)


def test_every_picture_is_there():
    pictures = faceless_pictures()
    assert len(pictures) == 23
    assert all(picture.ndim == 3 and picture.shape[2] == 3 for picture in pictures.values())


def test_without_any_dataset_it_says_where_it_looked(tmp_path, capsys):
    assert raut("study", "detection", "--data", tmp_path) == 1
    assert str(tmp_path) in capsys.readouterr().err
