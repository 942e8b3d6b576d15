"""FER2013 and UTKFace from disk, as arrays.

Each loader reads what people have: FER2013 as Kaggle's folders or as the original table (`fer2013.csv`, `icml_face_data.csv`), UTKFace as
folders, each in a zip or not. Files that it cannot use are counted and named. Images that are byte-identical across the train/test border are marked.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.fer2013_table import rows_of
from train.data.files import DatasetError, Skipped, files, find_dataset, image_files
from vision.alignment import crop_whole
from vision.tasks import EXPRESSIONS, CropGeometry

CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The numbering of the original fer2013.csv's `emotion` column."""

FER2013_SPLITS = {"Training": "train", "PublicTest": "public_test", "PrivateTest": "private_test"}

_TABLES = ("fer2013.csv", "icml_face_data.csv")
"""What Kaggle calls the original table."""

TEST_SPLITS = ("public_test", "private_test", "test")

Crop = Callable[[NDArray[np.uint8], CropGeometry], NDArray[np.uint8]]
"""Makes a network's input of a BGR image (H, W, 3)."""

_UTKFACE_NAME = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_(?P<race>[0-4])_\d+")


@dataclass(frozen=True)
class FaceDataset:
    """Images with their labels.

    Attributes:
        images: (N, size, size, channels) uint8, grey or RGB.
        labels: label arrays of shape (N,) int64: `expression` (index into EXPRESSIONS), or `age`
            (years), `gender` (0 male, 1 female) and `race` (UTKFace's 0-4). With FER+ also `votes` (N, 10), with
            FairFace `age_bin` (`train.data.fairface`).
        split: (N,) names: FER2013 `train`, `public_test`, `private_test`; UTKFace and FairFace `train`,
            `validation`, `test`.
        duplicate: (N,) bool: byte-identical to an image on the other side of the train/test border.
        names: the files, as the dataset calls them.
        skipped: the files left out.
        sha256: hash of the names and bytes of all files of the dataset that can be used: the same for folder and zip.
    """

    images: NDArray[np.uint8]
    labels: dict[str, NDArray[np.int64]]
    split: NDArray[np.str_]
    duplicate: NDArray[np.bool_]
    names: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    sha256: str

    def __len__(self) -> int:
        return len(self.images)

    def where(self, mask: NDArray[np.bool_]) -> FaceDataset:
        """The images for which `mask`, (N,) bool, is true."""
        return replace(
            self,
            images=self.images[mask],
            labels={name: values[mask] for name, values in self.labels.items()},
            split=self.split[mask],
            duplicate=self.duplicate[mask],
            names=tuple(name for name, keep in zip(self.names, mask, strict=True) if keep),
        )

    def each(self, every: int) -> FaceDataset:
        """Each so many-th image alone, the first among them."""
        return self if every == 1 else self.where(np.arange(len(self)) % every == 0)

    def for_training(self) -> FaceDataset:
        """The training split, without the duplicates of test images."""
        return self.where((self.split == "train") & ~self.duplicate)

    def for_validation(self) -> FaceDataset:
        """What may be tuned on: FER2013's PublicTest, or UTKFace's slice held out of training."""
        return self.where(np.isin(self.split, ("public_test", "validation")))

    def for_testing(self) -> FaceDataset:
        """All test images: FER2013's 7,178 (PublicTest and PrivateTest, as the paper's) or UTKFace's TEST."""
        return self.where(np.isin(self.split, TEST_SPLITS))


@dataclass(frozen=True)
class Sample:
    """One image while a dataset is read."""

    name: str
    image: NDArray[np.uint8] | None  # None: of a split that was not asked for
    labels: dict[str, int]
    split: str
    digest: str


class Reader:
    """Makes the crops of the splits that are asked for, and says of a file that cannot be read why."""

    def __init__(self, geometry: CropGeometry, splits: Container[str] | None) -> None:
        self.geometry, self.splits = geometry, splits
        self.skipped: list[Skipped] = []
        self._names: set[str] = set()

    def skip(self, name: str, reason: str) -> None:
        """Note a file that is left out."""
        self.skipped.append(Skipped(name, reason))

    def is_new(self, name: str, path: str) -> bool:
        """Whether this is the first file of a name; else it is noted as left out."""
        if name in self._names:
            self.skip(path, "a file of this name was read already")
            return False
        self._names.add(name)
        return True

    def wants(self, split: str) -> bool:
        """Whether the images of a split were asked for."""
        return self.splits is None or split in self.splits

    def sample(
        self, name: str, path: str, content: bytes, labels: dict[str, int], split: str, crop: Crop = crop_whole
    ) -> Sample | None:
        """A file as a sample; None, and a note, where it is no readable image."""
        image = None
        if self.wants(split):
            image = _decode(content, self.geometry, crop)
            if image is None:
                self.skip(path, "not a readable image")
                return None
        return Sample(name, image, labels, split, hashlib.sha256(content).hexdigest())


def load_fer2013(data: Path, geometry: CropGeometry, splits: Container[str] | None = None) -> FaceDataset:
    """FER2013 (Goodfellow et al. 2013) from Kaggle's folders or zip, or from the original CSV.

    Args:
        data: the folder with `train/` and `test/`, or the table, or a zip with one of these, or a folder that holds
            one of these under its usual name.
        geometry: the crop to make of each image.
        splits: leave the images of all other splits out (but know their duplicates); None for all images.

    Raises:
        DatasetError: no FER2013 there.
    """
    names = ("fer2013.zip", *_TABLES, "fer2013", "fer")
    source = find_dataset(data, names, _is_fer2013_folder, "FER2013")
    reader = Reader(geometry, splits)
    table = _fer2013_table(source)
    samples = _fer2013_rows(*table, reader) if table else _fer2013_files(source, reader)
    return assemble(list(samples), reader.skipped, source)


def load_utkface(data: Path, geometry: CropGeometry, splits: Container[str] | None = None) -> FaceDataset:
    """UTKFace (Zhang, Song, Qi 2017), aligned and cropped, from its folder or a zip of it.

    UTKFace has no split of its own. A file is TEST when `int(sha1(basename), 16) % 5 == 0`; of the
    rest one in twenty is held out for validation.

    Args:
        data: the folder of images, `utkface.zip`, or a folder that holds one of these.
        geometry: the crop to make of each image.
        splits: as of `load_fer2013`.

    Raises:
        DatasetError: no UTKFace there.
    """
    source = find_dataset(
        data, ("utkface.zip", "UTKFace.zip", "UTKFace", "utkface", "utk"), _is_utkface_folder, "UTKFace"
    )
    reader = Reader(geometry, splits)
    return assemble(list(_utkface_files(source, reader)), reader.skipped, source)


def utkface_split(basename: str) -> str:
    """`train`, `validation` or `test` by the file's name alone, so that it never changes."""
    number = int(hashlib.sha1(basename.encode(), usedforsecurity=False).hexdigest(), 16)
    if number % 5 == 0:
        return "test"
    return "validation" if (number // 5) % 20 == 0 else "train"


def _is_fer2013_folder(folder: Path) -> bool:
    return _has_splits(folder) or any((folder / name).is_file() for name in _TABLES)


def _has_splits(folder: Path) -> bool:
    return (folder / "train").is_dir() and (folder / "test").is_dir()


def _is_utkface_folder(folder: Path) -> bool:
    return any(folder.glob("*.jpg"))


def _decode(content: bytes, geometry: CropGeometry, crop: Crop) -> NDArray[np.uint8] | None:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    return None if image is None else crop(np.asarray(image, np.uint8), geometry)


def _fer2013_files(source: Path, reader: Reader) -> Iterator[Sample]:
    for path, content in image_files(source):
        parts = PurePosixPath(path).parts
        if len(parts) < 3 or parts[-2] not in EXPRESSIONS or parts[-3] not in ("train", "test"):
            reader.skip(path, "not in train/<class>/ or test/<class>/")
            continue
        prefix = parts[-1].split("_")[0]
        split = "train" if parts[-3] == "train" else FER2013_SPLITS.get(prefix)
        if split is None or (split == "train") != (parts[-3] == "train"):
            reader.skip(path, "a test image must be named PublicTest_… or PrivateTest_…")
            continue
        labels = {"expression": EXPRESSIONS.index(parts[-2])}
        name = "/".join(parts[-3:])
        if reader.is_new(name, path) and (sample := reader.sample(name, path, content, labels, split)):
            yield sample


def _fer2013_table(source: Path) -> tuple[str, bytes] | None:
    """Name and content of the original table: the file itself, or what a folder or a zip holds in place of images."""
    if source.suffix.lower() == ".csv":
        return source.name, source.read_bytes()
    if source.is_dir():
        tables = {name: source / name for name in _TABLES if (source / name).is_file() and not _has_splits(source)}
        return next(((name, path.read_bytes()) for name, path in tables.items()), None)
    tables_in_zip = ((PurePosixPath(path).name, content) for path, content in files(source, (".csv",)))
    return next((table for table in tables_in_zip if table[0] in _TABLES), None)


def _fer2013_rows(name: str, content: bytes, reader: Reader) -> Iterator[Sample]:
    for number, row in enumerate(rows_of(name, content), start=2):
        try:
            emotion = CSV_EMOTIONS[int(row["emotion"])]
            pixels = np.array(row["pixels"].split(), np.uint8).reshape(48, 48)
            split = FER2013_SPLITS[row["Usage"].strip()]
        except (KeyError, ValueError, IndexError, TypeError, OverflowError, AttributeError) as error:
            reader.skip(f"{name}:{number}", f"not a row of emotion, pixels, Usage ({error})")
            continue
        labels = {"expression": EXPRESSIONS.index(emotion)}
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        image = crop_whole(pixels, reader.geometry) if reader.wants(split) else None
        yield Sample(f"{name}:{number}", image, labels, split, digest)


def _utkface_files(source: Path, reader: Reader) -> Iterator[Sample]:
    # Kaggle's zip holds the same names in four folders; the one that is called UTKFace and lies highest comes first.
    for path, content in image_files(source, _rank):
        basename = PurePosixPath(path).name
        fields = _UTKFACE_NAME.match(basename)
        if fields is None:
            reader.skip(path, "its name lacks a field of age_gender_race_date")
            continue
        labels = {field: int(value) for field, value in fields.groupdict().items()}
        if not reader.is_new(basename, path):
            continue
        if sample := reader.sample(basename, path, content, labels, utkface_split(basename)):
            yield sample


def _rank(path: PurePosixPath) -> tuple[bool, int]:
    return path.parent.name.lower() not in ("utkface", ""), len(path.parts)


def assemble(samples: list[Sample], skipped: list[Skipped], source: Path) -> FaceDataset:
    """All samples of a dataset as arrays; raises a DatasetError that names `source` where there is none."""
    kept = [sample for sample in samples if sample.image is not None]
    if not kept:
        raise DatasetError(f"{source} holds no usable image ({len(skipped)} files skipped)")
    duplicates = _duplicates(samples)
    return FaceDataset(
        images=np.stack([sample.image for sample in kept if sample.image is not None]),
        labels={name: np.array([sample.labels[name] for sample in kept], np.int64) for name in kept[0].labels},
        split=np.array([sample.split for sample in kept]),
        duplicate=np.array([sample.digest in duplicates for sample in kept]),
        names=tuple(sample.name for sample in kept),
        skipped=tuple(skipped),
        sha256=_hash_of(samples),
    )


def _duplicates(samples: list[Sample]) -> set[str]:
    """The digests that stand on both sides of the train/test border."""
    test = {sample.digest for sample in samples if sample.split in TEST_SPLITS}
    return test & {sample.digest for sample in samples if sample.split not in TEST_SPLITS}


def _hash_of(samples: list[Sample]) -> str:
    whole = io.StringIO()
    for sample in sorted(samples, key=lambda sample: sample.name):
        whole.write(f"{sample.name} {sample.digest}\n")
    return hashlib.sha256(whole.getvalue().encode()).hexdigest()
