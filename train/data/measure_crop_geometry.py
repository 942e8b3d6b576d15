"""Where the detector finds eyes and mouth in the datasets' own images.

The figures of `vision.tasks.fer2013_geometry` and `utkface_geometry` are what this prints.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.live_path import FRAME_HEIGHT, FRAME_WIDTH, encode_frame
from train.data.loaders import SOURCES
from vision.boxes import EYES_AND_MOUTH
from vision.detection import Detector, ScanMemory, make_detector
from vision.frame import decode_frame

IMAGES = 3000

_MEASURED = {"FER2013": "train", "UTKFace": "validation"}
"""Which split is measured. As large as UTKFace has them, its training images take 2 GB: the validation images do as well."""


def print_geometry(data: Path) -> None:
    """Print the mean place of each keypoint as fractions of the image.

    Args:
        data: folder of the data sets.

    Raises:
        DatasetError: one is missing or cannot be used.
    """
    pictures = {
        name: source.load(data, source.own_geometry, {_MEASURED[name]}).images for name, source in SOURCES.items()
    }
    for name, images in pictures.items():
        chosen = images[np.random.default_rng(0).permutation(len(images))[:IMAGES]]
        points = measure(chosen, SOURCES[name].enlarge, make_detector("blazeface"))
        mean = points.mean(axis=0)
        print(f"{name}: one face in {100 * len(points) / len(chosen):.1f} % of {len(chosen):,} images")
        for point, (x, y) in zip(("left eye", "right eye", "mouth"), mean, strict=True):
            print(f"  {point:<10}({x:.3f}, {y:.3f})")


def measure(images: NDArray[np.uint8], enlarge: float, detector: Detector) -> NDArray[np.float64]:
    """Left eye, right eye and mouth (as seen in the image) of each image with one face.

    Args:
        images: (N, S, S, 1 or 3) uint8.
        enlarge: factor by which each is enlarged for the detector.
        detector: that gives keypoints.

    Returns:
        (found, 3, 2) fractions of the image's side.
    """
    side = images.shape[1] * enlarge
    corner = np.array([(FRAME_WIDTH - side) // 2, (FRAME_HEIGHT - side) // 2])
    found = []
    for image in images:
        # As a camera's first frame: the keypoints of a picture by itself are the mean of several looks.
        faces = detector.detect(decode_frame(encode_frame(image, enlarge)), ScanMemory())
        if len(faces) == 1 and faces[0].keypoints is not None:
            found.append((faces[0].keypoints[EYES_AND_MOUTH] - corner) / side)
    return np.array(found)
