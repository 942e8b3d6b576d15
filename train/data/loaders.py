"""Which dataset each task is trained and tested on, how it is read, and what its own pictures are like.

FER2013 comes with FER+'s votes, if those are there. Age and gender are also trained on FairFace, if it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.data.datasets import TEST_SPLITS, FaceDataset, load_fer2013, load_utkface
from train.data.fairface import find_fairface, load_fairface
from train.data.ferplus import find_ferplus, with_votes
from vision.tasks import CropGeometry, Task, fer2013_geometry, utkface_geometry

Loader = Callable[[Path, CropGeometry, Container[str] | None], FaceDataset]

LIVE_FACE = 240
"""Side in pixels to which the live path enlarges a dataset's own picture."""


@dataclass(frozen=True)
class Source:
    """A dataset on disk.

    Attributes:
        load: reads it; arguments as of `train.data.datasets.load_fer2013`.
        geometry: side in pixels -> the crop that is framed as its own pictures are.
        side: of its own pictures, in pixels.
        fitting: the split that calibration is fitted on, and that choices are made by.
        judging: the test split that nothing was fitted on.
    """

    load: Loader
    geometry: Callable[[int], CropGeometry]
    side: int
    fitting: str
    judging: str

    @property
    def own_geometry(self) -> CropGeometry:
        """The crop that is the whole picture at its own size."""
        return self.geometry(self.side)

    @property
    def enlarge(self) -> float:
        """The factor by which the live path enlarges its pictures."""
        return LIVE_FACE / self.side


def load_fer2013_with_votes(data: Path, geometry: CropGeometry, splits: Container[str] | None = None) -> FaceDataset:
    """FER2013, with FER+'s votes where they lie beside it; arguments and errors as of `load_fer2013` and `with_votes`."""
    faces, votes = load_fer2013(data, geometry, splits), find_ferplus(data)
    return with_votes(faces, votes) if votes else faces


SOURCES = {
    "FER2013": Source(load_fer2013_with_votes, fer2013_geometry, 48, fitting="public_test", judging="private_test"),
    "UTKFace": Source(load_utkface, utkface_geometry, 200, fitting="validation", judging="test"),
}


def source_of(task: Task) -> Source:
    """The dataset that a task is trained and tested on."""
    return SOURCES[task.dataset]


def load_task(task: Task, data: Path, geometry: CropGeometry, splits: Container[str] | None = None) -> FaceDataset:
    """The images of a task's dataset.

    Args:
        task: what is to be learnt or tested.
        data: the datasets' folder, or the dataset's own.
        geometry: the crop to make of each image.
        splits: as of `train.data.datasets.load_fer2013`.

    Raises:
        DatasetError: the dataset is not there.
    """
    return source_of(task).load(data, geometry, splits)


def load_test(task: Task, data: Path, geometry: CropGeometry) -> FaceDataset:
    """The test images of a task's dataset, as of `load_task`: FER2013's 7,178 or UTKFace's TEST."""
    return load_task(task, data, geometry, TEST_SPLITS)


def with_fairface(faces: FaceDataset, data: Path, geometry: CropGeometry) -> FaceDataset:
    """UTKFace with FairFace's training and validation images after its own, if FairFace is there.

    What is UTKFace's has `age_bin` -1, since its ages are known to the year, and `race` -1, since the two sets number races differently.

    Args:
        faces: UTKFace.
        data: the datasets' folder.
        geometry: the crop that UTKFace's images have.

    Raises:
        DatasetError: FairFace is there, but damaged or without labels.
    """
    source = find_fairface(data)
    if source is None:
        return faces
    further = load_fairface(source, geometry, ("train", "validation"), aligned=True)
    unknown = np.full(len(faces), -1, np.int64)
    own = faces.labels | {"age_bin": unknown, "race": unknown}
    return FaceDataset(
        images=np.concatenate([faces.images, further.images]),
        labels={name: np.concatenate([own[name], further.labels[name]]) for name in further.labels},
        split=np.concatenate([faces.split, further.split]),
        duplicate=np.concatenate([faces.duplicate, further.duplicate]),
        names=faces.names + further.names,
        skipped=faces.skipped + further.skipped,
        sha256=hashlib.sha256(f"{faces.sha256} {further.sha256}".encode()).hexdigest(),
    )
