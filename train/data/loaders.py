"""Which dataset each task is trained and tested on, how it is read, and what its own pictures are like."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from train.data.datasets import TEST_SPLITS, FaceDataset, load_fer2013, load_utkface
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


SOURCES = {
    "FER2013": Source(load_fer2013, fer2013_geometry, 48, fitting="public_test", judging="private_test"),
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
