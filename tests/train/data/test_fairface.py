"""FairFace in the layouts that people have, and beside UTKFace."""

import csv
import zipfile

import cv2
import numpy as np
import pytest

from train.data.datasets import DatasetError, load_utkface
from train.data.fairface import AGE_BINS, bin_of_year, crop_middle, find_fairface, groups_of, load_fairface
from train.data.loaders import with_fairface
from train.data.targets import BIN_OF_YEAR
from vision.tasks import utkface_geometry

POINTS = ("reye", "leye", "nose", "mouth")
KEYPOINTS = {"reye": (0.3, 0.3), "leye": (0.7, 0.3), "nose": (0.5, 0.5), "mouth": (0.5, 0.7)}


def picture(seed):
    """Light above, dark below, so that a crop by keypoints can be told from the picture's middle."""
    pixels = np.tile(np.linspace(250, 20, 96, dtype=np.uint8)[:, None, None], (1, 96, 3))
    return cv2.imencode(".webp", np.clip(pixels.astype(int) + seed % 5, 0, 255).astype(np.uint8))[1].tobytes()


def rows(with_points):
    for split, count in (("train", 40), ("val", 10)):
        for number in range(count):
            age, gender = AGE_BINS[number % 9], ("Male", "Female")[number % 2]
            row = {"file": f"{split}/{number}.webp", "age": age, "gender": gender, "race": "East Asian"}
            if with_points:
                shift = 0.1 if number else 0.0  # all but the first hang lower
                row |= {f"{point}_x": f"{KEYPOINTS[point][0]:.3f}" for point in POINTS}
                row |= {f"{point}_y": f"{KEYPOINTS[point][1] + shift:.3f}" for point in POINTS}
            yield row


def write_labels(path, labels):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, labels[0])
        writer.writeheader()
        writer.writerows(labels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder `fairface` with labels.csv: 40 training and 10 test images; two files that cannot be used."""
    place = tmp_path_factory.mktemp("data") / "fairface"
    labels = list(rows(with_points=True))
    for row in labels:
        path = place / row["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(len(row["file"])))
    (place / "train" / "stray.webp").write_bytes(picture(1))
    labels += [
        labels[0] | {"file": "train/gone.webp"},
        labels[0] | {"file": "train/odd.webp", "age": "13-17"},
    ]
    (place / "train" / "odd.webp").write_bytes(picture(1))
    write_labels(place / "labels.csv", labels)
    return place


def test_labels_splits_and_what_is_left_out(folder):
    data = load_fairface(folder.parent, utkface_geometry(32))
    assert data.images.shape == (50, 32, 32, 3)
    assert (data.split == "test").sum() == 10
    assert set(data.split) == {"train", "validation", "test"}
    assert data.labels["age_bin"][:3].tolist() == [
        AGE_BINS.index(AGE_BINS[int(data.names[n][6:-5]) % 9]) for n in range(3)
    ]
    assert (bin_of_year(data.labels["age"]) == data.labels["age_bin"]).all()
    assert {one.name: one.reason for one in data.skipped} == {
        "train/stray.webp": "no row of labels names it",
        "train/gone.webp": "there are labels, but no image",
        "train/odd.webp": "labels that are not FairFace's: 13-17, Male, East Asian",
    }


def test_a_zip_and_a_folder_are_the_same(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "fairface.zip", "w") as archive:
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder))
    zipped, unpacked = load_fairface(tmp_path, utkface_geometry(32)), load_fairface(folder, utkface_geometry(32))
    assert zipped.sha256 == unpacked.sha256
    assert zipped.names == unpacked.names


def test_its_own_label_files(folder, tmp_path):
    """Kaggle's and the authors' layout: the labels beside the pictures, `more than 70` for the oldest."""
    own = [row | {"age": row["age"].replace("70+", "more than 70")} for row in rows(with_points=False)]
    place = tmp_path / "fairface"
    for split in ("train", "val"):
        (place / split).mkdir(parents=True)
        for file in (folder / split).glob("[0-9]*.webp"):
            (place / split / file.name).write_bytes(file.read_bytes())
        write_labels(tmp_path / f"fairface_label_{split}.csv", [row for row in own if row["file"].startswith(split)])
    data = load_fairface(tmp_path, utkface_geometry(32), aligned=True)
    assert len(data) == 50
    assert data.labels["age_bin"].max() == 8


def test_keypoints_align_as_the_live_path_does(folder):
    middle, aligned = (
        load_fairface(folder, utkface_geometry(64), ("test",), aligned=aligned) for aligned in (False, True)
    )
    darker = middle.images.mean(axis=(1, 2, 3)) - aligned.images.mean(axis=(1, 2, 3))
    hang_low = np.array([not name.startswith("val/0.") for name in aligned.names])
    assert abs(darker[~hang_low]).max() < 4  # its eyes and mouth lie where UTKFace has them
    assert darker[hang_low].min() > 10  # the crop follows the face down, where it is dark


def test_the_middle_is_framed_as_utkface():
    image = np.zeros((100, 100, 3), np.uint8)
    image[3:97, 3:97] = 255
    assert crop_middle(image, utkface_geometry(94)).min() == 255


def test_no_labels_is_an_error(folder, tmp_path):
    (tmp_path / "fairface" / "val").mkdir(parents=True)
    (tmp_path / "fairface" / "val" / "0.webp").write_bytes(picture(0))
    with pytest.raises(DatasetError, match=r"comes without labels: put labels\.csv"):
        load_fairface(tmp_path, utkface_geometry(32))


def test_beside_utkface_it_teaches_and_is_never_a_test_image(folder, utkface_folder):
    own = load_utkface(utkface_folder, utkface_geometry(32))
    both = with_fairface(own, folder.parent, utkface_geometry(32))
    assert len(both) == len(own) + 40
    assert both.for_testing().names == own.for_testing().names
    assert (both.labels["age_bin"][: len(own)] == -1).all()
    assert (both.labels["age_bin"][len(own) :] >= 0).all()
    has_group = groups_of(both.labels) != ""  # UTKFace numbers races otherwise
    assert has_group.tolist() == [False] * len(own) + [True] * 40
    assert len(both.for_training()) > len(own.for_training())


def test_without_it_utkface_is_alone(utkface_folder):
    own = load_utkface(utkface_folder, utkface_geometry(32))
    assert find_fairface(utkface_folder.parent) is None
    assert with_fairface(own, utkface_folder.parent, utkface_geometry(32)) is own


def test_groups_are_race_and_gender():
    labels = {"race": np.array([0, 1, 6, -1]), "gender": np.array([0, 1, 1, 1])}
    assert groups_of(labels).tolist() == ["White male", "Black female", "Latino_Hispanic female", ""]


def test_every_year_is_in_one_bin():
    assert BIN_OF_YEAR.sum(axis=1).tolist() == [1] * 101
    assert BIN_OF_YEAR.sum(axis=0).tolist() == [3, 7, 10, 10, 10, 10, 10, 10, 31]
