"""The other dataset's faces as further training images: nobody labelled them for the task, its teachers see them all the same.

FER2013 knows no ages and UTKFace no expressions; but teachers need only the picture (semi-supervised distillation,
Xie et al. 2020, "Self-training with Noisy Student"). Two datasets show more people, cameras and poses than one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import load_fer2013, load_utkface
from vision.alignment import crop_face
from vision.boxes import Face
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
    return reframed(others.for_training().images, own, geometry)


def reframed(images: NDArray[np.uint8], own: CropGeometry, geometry: CropGeometry) -> NDArray[np.uint8]:
    """Crops of one geometry as crops of another: on average, eyes and mouth come to lie where the other has them.

    Args:
        images: (N, side, side, channels) uint8, grey or RGB, as `own` frames them.
        own: their geometry.
        geometry: the one that they get.

    Returns:
        (N, size, size, channels) uint8. Beyond the images' border the border is repeated.
    """
    left_eye, right_eye, mouth = own.anchors * own.size
    nose = (left_eye + right_eye + mouth) / 3  # no crop depends on it
    points = np.array([left_eye, right_eye, nose, mouth], np.float32)  # the subject's right eye is on the image's left
    face = Face((0.0, 0.0, own.size, own.size), 1.0, points)
    as_read = images[..., 0] if own.channels == 1 else images[..., ::-1]  # cv2's BGR
    return np.stack([crop_face(np.ascontiguousarray(image), face, geometry) for image in as_read])
