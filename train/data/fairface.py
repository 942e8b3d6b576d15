"""FairFace (Kärkkäinen and Joo 2019): faces of all ages, two genders and seven races, about equally many of each race.

Read from a folder or a zip with `train/` and `val/`. The labels are one `labels.csv`, with BlazeFace's keypoints or without, or
FairFace's own `fairface_label_train.csv` and `fairface_label_val.csv`, inside or beside it. Ages are bins. Its `val` is TEST;
of `train` one image in twenty is held out for validation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import Crop, FaceDataset, Reader, Sample, assemble
from train.data.fer2013_table import rows_of
from train.data.files import DatasetError, files, find_dataset, image_files
from vision.alignment import Image, crop_face, crop_whole
from vision.boxes import Face
from vision.tasks import GENDERS, CropGeometry

AGE_BINS: Final = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+")

BIN_STARTS: Final = np.array([0, 3, 10, 20, 30, 40, 50, 60, 70])
"""The first year of each bin."""

_MIDDLE: Final = (1, 6, 15, 25, 35, 45, 55, 65, 78)
"""A year that stands for the bin where one number is needed; of the last one, about the median."""

RACES: Final = ("White", "Black", "Indian", "East Asian", "Southeast Asian", "Middle Eastern", "Latino_Hispanic")
GROUPS: Final = tuple(f"{race} {gender}" for race in RACES for gender in GENDERS)
"""Race and gender, as `Black female`."""

UTKFACE_SHARE: Final = 0.94
"""UTKFace's frame is about this share of FairFace's pictures (padding 0.25), about their middle."""

_COLUMNS: Final = ("file", "age", "gender", "race")

_LABEL_FILES: Final = ("labels.csv", "fairface_label_train.csv", "fairface_label_val.csv")


def find_fairface(data: Path) -> Path | None:
    """FairFace's zip or folder beside the datasets; None where there is none."""
    folder = data if data.is_dir() else data.parent
    candidates = [folder / name for name in ("fairface.zip", "fairface", "FairFace")]
    return next((one for one in candidates if one.is_file() or one.is_dir()), None)


def load_fairface(
    data: Path, geometry: CropGeometry, splits: Container[str] | None = None, aligned: bool = False
) -> FaceDataset:
    """FairFace's images with the labels `age_bin`, `gender`, `race` (index into `RACES`) and `age` (the bin's middle).

    Args:
        data: its folder or zip, or a folder that holds one.
        geometry: the crop to make of each image.
        splits: leave the images of all other splits out; None for all images.
        aligned: crop by the keypoints, as the live path does, where the labels give them, in place of the picture's middle.

    Raises:
        DatasetError: no FairFace there, or no labels with it.
    """
    source = find_dataset(data, ("fairface.zip", "fairface", "FairFace"), _is_fairface_folder, "FairFace")
    reader = Reader(geometry, splits)
    return assemble(list(_samples(source, _read_labels(source), reader, aligned)), reader.skipped, source)


def bin_of_year(years: NDArray[np.floating] | NDArray[np.int64]) -> NDArray[np.int64]:
    """The index of the bin (N,) that each age (N,) in years falls into."""
    return np.searchsorted(BIN_STARTS, np.floor(years), side="right").astype(np.int64) - 1


def groups_of(labels: Mapping[str, NDArray[np.int64]]) -> NDArray[np.str_]:
    """The group in `GROUPS` of each face; (N,) strings, empty where the race is not one of FairFace's.

    Args:
        labels: `race`, (N,) indices into `RACES` or -1, and `gender`, (N,) indices into `GENDERS`.
    """
    race, gender = labels["race"], labels["gender"]
    return np.where(race < 0, "", np.array(GROUPS)[race * len(GENDERS) + gender])


def crop_middle(image: Image, geometry: CropGeometry) -> Image:
    """The crop of one of FairFace's pictures (padding 0.25): its middle, framed about as UTKFace frames faces."""
    height, width = image.shape[:2]
    margin = (1 - UTKFACE_SHARE) / 2
    left, top = round(width * margin), round(height * margin)
    return crop_whole(image[top : height - top, left : width - left], geometry)


def _is_fairface_folder(folder: Path) -> bool:
    return (folder / "train").is_dir() or (folder / "val").is_dir()


def _read_labels(source: Path) -> dict[str, dict[str, str]]:
    """Image's path from `train/` or `val/` on -> its row of labels."""
    rows: dict[str, dict[str, str]] = {}
    for text in _label_tables(source):
        for row in rows_of(source.name, text, _COLUMNS, "FairFace"):
            rows[row.get("file", "")] = row
    rows.pop("", None)  # of a blank line
    if not rows:
        raise DatasetError(f"{source} comes without labels: put {' or '.join(_LABEL_FILES[:2])} into it or beside it")
    return rows


def _label_tables(source: Path) -> Iterator[bytes]:
    folders = [source.parent, *([source] if source.is_dir() else [])]
    for folder, name in ((folder, name) for folder in folders for name in _LABEL_FILES):
        if (folder / name).is_file():
            yield (folder / name).read_bytes()
    if source.is_file():
        yield from (content for path, content in files(source, (".csv",)) if PurePosixPath(path).name in _LABEL_FILES)


def _samples(source: Path, rows: dict[str, dict[str, str]], reader: Reader, aligned: bool) -> Iterator[Sample]:
    for path, content in image_files(source):
        name = "/".join(PurePosixPath(path).parts[-2:])
        if name not in rows:
            reader.skip(path, "no row of labels names it")
            continue
        row = rows.pop(name)
        labels = _labels(row)
        if labels is None:
            reader.skip(
                path, f"labels that are not FairFace's: {row.get('age')}, {row.get('gender')}, {row.get('race')}"
            )
            continue
        crop = _crop_by(row) if aligned else crop_middle
        sample = reader.sample(name, path, content, labels, _split(name), crop)
        if sample:
            yield sample
    for name in rows:
        reader.skip(name, "there are labels, but no image")


def _labels(row: dict[str, str]) -> dict[str, int] | None:
    age, gender = (row.get("age") or "").replace("more than 70", "70+"), (row.get("gender") or "").lower()
    if age not in AGE_BINS or gender not in GENDERS or row.get("race") not in RACES:
        return None
    age_bin = AGE_BINS.index(age)
    return {
        "age": _MIDDLE[age_bin],
        "age_bin": age_bin,
        "gender": GENDERS.index(gender),
        "race": RACES.index(row["race"]),
    }


def _split(name: str) -> str:
    if name.startswith("val/"):
        return "test"
    number = int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(), 16)
    return "validation" if number % 20 == 0 else "train"


def _crop_by(row: dict[str, str]) -> Crop:
    """A crop by the keypoints of a row, or of the picture's middle where it has none."""
    names = [f"{point}_{axis}" for point in ("reye", "leye", "nose", "mouth") for axis in ("x", "y")]
    try:
        fractions = np.array([float(row[name]) for name in names]).reshape(4, 2)
    except (KeyError, ValueError, TypeError):
        return crop_middle

    def crop(image: Image, geometry: CropGeometry) -> Image:
        height, width = image.shape[:2]
        points = (fractions * (width, height)).astype(np.float32)
        return crop_face(image, Face((0.0, 0.0, width, height), 1.0, points), geometry)

    return crop
