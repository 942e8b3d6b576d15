"""The other dataset's faces as further training images: they have no labels for the task, but teachers need none.

FER2013 has no ages and UTKFace no expressions; teachers need only the picture (semi-supervised distillation, Xie et al. 2020,
"Self-training with Noisy Student"). Two datasets show more people, cameras and poses than one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import load_fer2013, load_utkface
from vision.alignment import reframe
from vision.tasks import CropGeometry, fer2013_geometry, utkface_geometry

_UTKFACE_SIDE = 100
"""UTKFace's 200 pixels are twice what any of the CNNs looks at."""


def unlabelled_images(source: Path, geometry: CropGeometry) -> NDArray[np.uint8]:
    """The training images of the dataset that `geometry` is not of, without duplicates: UTKFace's for grey, else FER2013's.

    Args:
        source: the datasets' folder.
        geometry: the crop that the task's CNN wants.

    Returns:
        (N, size, size, channels) uint8.

    Raises:
        DatasetError: the other dataset is not there.
    """
    if geometry.channels == 1:
        own = utkface_geometry(_UTKFACE_SIDE)
        others = load_utkface(source, own, splits=("train",))
    else:
        own = fer2013_geometry()
        others = load_fer2013(source, own, splits=("train",))
    return np.stack([reframe(image, own, geometry) for image in others.for_training().images])
