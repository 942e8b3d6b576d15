"""Which dataset teaches and judges which task: FER2013 the expression, UTKFace the age and the gender."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from train.data.datasets import TEST_SPLITS, FaceDataset, load_fer2013, load_utkface
from vision.alignment import CropGeometry


def load_task(task: str, data: Path, geometry: CropGeometry, splits: Container[str] | None = None) -> FaceDataset:
    """The images of a task's dataset.

    Args:
        task: `expression`, `age` or `gender`.
        data: the datasets' folder, or the dataset's own.
        geometry: the crop to make of each image.
        splits: as of `train.data.datasets.load_fer2013`.

    Raises:
        DatasetError: the dataset is not there.
    """
    return (load_fer2013 if task == "expression" else load_utkface)(data, geometry, splits)


def load_test(task: str, data: Path, geometry: CropGeometry) -> FaceDataset:
    """The test images of a task's dataset, as of `load_task`: FER2013's 7,178 or UTKFace's TEST."""
    return load_task(task, data, geometry, TEST_SPLITS)
