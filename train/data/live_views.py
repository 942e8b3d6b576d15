"""The training images as the live path shows them to a network: a second view of each, beside the dataset's own crop.

A face that was enlarged, compressed, found and turned upright looks a little different from the dataset's picture of it,
and such faces are what the network will see in use.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import FaceDataset
from train.data.live_path import live_crops
from train.data.loaders import load_task, source_of
from vision.tasks import CropGeometry, Task


@dataclass(frozen=True)
class LiveViews:
    """The live path's crops of a dataset's training images, in their order.

    Attributes:
        images: (N, size, size, channels) uint8; black where no face was found.
        found: (N,) bool.
    """

    images: NDArray[np.uint8]
    found: NDArray[np.bool_]


def live_views(task: Task, source: Path, size: int, folder: Path) -> LiveViews:
    """Every training image of a task's dataset, without duplicates, by the live path; kept in `folder` for the next run.

    Args:
        task: whose dataset it is.
        source: the datasets' folder.
        size: side of the crop that the network wants, in pixels.
        folder: where the views are kept.

    Raises:
        DatasetError: the dataset is not there.
    """
    pictures, geometry = _own_pictures(task, source), task.geometry(size)
    path = folder / f"live_{_digest(pictures, geometry)}.npz"
    if (kept := _read(path)) is not None:
        return kept
    views = seen_live(pictures.images, geometry, source_of(task).enlarge)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(path, images=views.images, found=views.found)
    return views


def seen_live(pictures: NDArray[np.uint8], geometry: CropGeometry, enlarge: float) -> LiveViews:
    """Pictures (N, H, W, 1 or 3) uint8 by the live path; arguments as of `train.data.live_path.live_crops`."""
    images = np.zeros((len(pictures), geometry.size, geometry.size, geometry.channels), np.uint8)
    found = np.zeros(len(pictures), np.bool_)
    for index, crop in enumerate(live_crops(pictures, geometry, enlarge)):
        if crop is not None:
            images[index], found[index] = crop, True
    return LiveViews(images, found)


def _read(path: Path) -> LiveViews | None:
    """The views that an earlier run kept, unless there are none or an interruption cut the file short."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return LiveViews(kept["images"], kept["found"])
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        return None


def _own_pictures(task: Task, source: Path) -> FaceDataset:
    """The training images as the dataset has them, before any crop of ours."""
    return load_task(task, source, source_of(task).own_geometry, ("train",)).for_training()


def _digest(pictures: FaceDataset, geometry: CropGeometry) -> str:
    about = (pictures.sha256, len(pictures), geometry.size, geometry.channels, geometry.anchors.tolist())
    return hashlib.sha256(repr(about).encode()).hexdigest()[:16]
