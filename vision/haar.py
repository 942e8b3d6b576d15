"""The Haar cascade: the paper's detector, for comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from vision.blazeface import suppress_overlaps
from vision.boxes import Face
from vision.frame import Image
from vision.litert import ModelError

LARGEST: Final = 4096
"""Longest side, in pixels, of what the cascade looks at in one piece: OpenCV's crashes on strips of 65,500."""

SMALLEST_PIECE: Final = 640
"""Side of the pieces of a narrow strip, whose light is evened out piece by piece."""


class HaarDetector:
    """OpenCV's frontal-face cascade (Viola and Jones 2001): the paper's detector. No keypoints."""

    takes_reduced = False  # its smallest face is one in pixels

    def __init__(self) -> None:
        path = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"  # type: ignore[attr-defined]
        self._cascade = cv2.CascadeClassifier(str(path))
        if self._cascade.empty():
            raise ModelError(f"no Haar cascade at {path}: OpenCV before version 5 carries it")

    def detect(self, image: Image, memory: object = None) -> list[Face]:
        """See `Detector`; `memory` is not used. A score is the cascade's own stage weight, squashed to 0-1."""
        height, width = image.shape[:2]
        if max(height, width) <= LARGEST:
            return self._detect_in(image)
        side = min(LARGEST, max(SMALLEST_PIECE, 4 * min(height, width)))
        found = (
            face.shifted(x, y)
            for y in range(0, height, side // 2)
            for x in range(0, width, side // 2)
            for face in self._detect_in(np.ascontiguousarray(image[y : y + side, x : x + side]))
        )
        return suppress_overlaps(sorted(found, key=lambda face: -face.score))

    def search_later(self, memory: object) -> None:
        """See `Detector`: nothing is left."""

    def _detect_in(self, image: Image) -> list[Face]:
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
