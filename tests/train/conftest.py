"""Small datasets in each layout that people have."""

import csv
import zipfile
from functools import partialmethod

import cv2
import numpy as np
import pytest

from train.data.datasets import CSV_EMOTIONS
from vision.tasks import EXPRESSIONS


@pytest.fixture
def uncompiled(monkeypatch):
    """Trainings run their operations one by one: where there are few steps, most of the time is the compilation of a graph.

    The tests of whole commands, and those of what the graph itself holds, train with it compiled.
    """
    import keras

    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


def grey_jpeg(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 48), np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def colour_jpeg(seed: int) -> bytes:
    """A plain colour with a little noise: its redness goes with the seed, so that there is something to learn."""
    generator = np.random.default_rng(seed)
    pixels = np.full((200, 200, 3), (60, 90, (seed * 37) % 256), np.uint8)
    return cv2.imencode(".jpg", pixels + generator.integers(0, 20, pixels.shape, np.uint8))[1].tobytes()


@pytest.fixture(scope="session")
def fer2013_folder(tmp_path_factory):
    """Kaggle's folders: 6 training, 2 public and 2 private test images a class, and one duplicate."""
    folder = tmp_path_factory.mktemp("data") / "fer2013"
    for index, expression in enumerate(EXPRESSIONS):
        for number in range(10):
            split, name = (
                ("train", "Training") if number < 6 else ("test", "PublicTest" if number < 8 else "PrivateTest")
            )
            place = folder / split / expression
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{name}_{index}{number}.jpg").write_bytes(grey_jpeg(100 * index + number))
    # A test image that is also a training image, under another label.
    (folder / "train" / "sad" / "Training_999.jpg").write_bytes(
        (folder / "test" / "happy" / "PrivateTest_39.jpg").read_bytes()
    )
    (folder / "train" / "sad" / "Training_998.jpg").write_bytes(b"not an image")
    (folder / "train" / "elsewhere.jpg").write_bytes(grey_jpeg(5))
    return folder


@pytest.fixture(scope="session")
def fer2013_zip(fer2013_folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("zipped") / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(fer2013_folder.rglob("*.jpg")):
            archive.write(file, file.relative_to(fer2013_folder))
    return path


@pytest.fixture(scope="session")
def fer2013_csv(tmp_path_factory):
    """The original file: one row of each emotion in each split, and two broken rows."""
    path = tmp_path_factory.mktemp("csv") / "fer2013.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["emotion", "pixels", "Usage"])
        for usage in ("Training", "PublicTest", "PrivateTest"):
            for emotion in range(len(CSV_EMOTIONS)):
                writer.writerow([emotion, " ".join(str((emotion * 31 + k) % 256) for k in range(2304)), usage])
        writer.writerow([3, "1 2 3", "Training"])
        writer.writerow(["joy", "0", "Training"])
    return path


@pytest.fixture(scope="session")
def utkface_folder(tmp_path_factory):
    """120 images of several ages, and the kinds of names that the real set has."""
    folder = tmp_path_factory.mktemp("data") / "UTKFace"
    folder.mkdir()
    for number in range(120):
        age, gender, race = (number * 7) % 105 + 1, number % 2, number % 5
        (folder / f"{age}_{gender}_{race}_20170101{number:09d}.jpg.chip.jpg").write_bytes(colour_jpeg(number))
    (folder / "39_1_20170116174525125.jpg.chip.jpg").write_bytes(colour_jpeg(1))  # no race
    (folder / "24_0_1_20170116220224657 .jpg.chip.jpg").write_bytes(colour_jpeg(2))  # a stray blank
    return folder
