"""A face in a frame, and how far two boxes are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""

EYES_AND_MOUTH: Final = [0, 1, 3]
"""Of a face's keypoints those that its crops are made by: the eye on the image's left, the other one, the mouth."""


@dataclass(frozen=True)
class Face:
    """One face in a frame's pixels.

    Attributes:
        box: x, y, width, height, float; may reach beyond the frame.
        score: the detector's confidence, 0 to 1.
        keypoints: (6, 2) float32: the subject's right eye, left eye, nose tip, mouth, right ear, left
            ear; None from a detector without.
    """

    box: Box
    score: float
    keypoints: NDArray[np.float32] | None

    def shifted(self, x: float, y: float) -> Face:
        """The face in the pixels of a frame in which this one's picture begins at (x, y)."""
        keypoints = None if self.keypoints is None else self.keypoints + np.array([x, y], np.float32)
        return Face((self.box[0] + x, self.box[1] + y, *self.box[2:]), self.score, keypoints)

    def scaled(self, factor: float) -> Face:
        """The face in the pixels of a frame that is `factor` times as large."""
        keypoints = None if self.keypoints is None else self.keypoints * np.float32(factor)
        return Face(scaled(self.box, factor, factor), self.score, keypoints)


def scaled(box: Box, across: float, down: float) -> Box:
    """A box in the pixels of a frame that shows the same `across` times as wide and `down` times as high."""
    x, y, width, height = box
    return x * across, y * down, width * across, height * down


def overlap(first: Box, second: Box) -> float:
    """The intersection over union of two boxes, 0 to 1: as `intersection_over_union`, at a tenth of its cost for a few."""
    x, y, width, height = first
    other_x, other_y, other_width, other_height = second
    across = min(x + width, other_x + other_width) - max(x, other_x)
    down = min(y + height, other_y + other_height) - max(y, other_y)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / max(width * height + other_width * other_height - shared, 1e-9)


def intersection_over_union(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """How far boxes are the same: 0 apart, 1 equal.

    Args:
        first: (..., 4) x, y, width, height; one box or many.
        second: likewise, of a shape that broadcasts with it: `(N, 1, 4)` and `(M, 4)` give all pairs, `(N, M)`.

    Returns:
        (...) float64, 0 to 1.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    ends = np.minimum(one[..., :2] + one[..., 2:], other[..., :2] + other[..., 2:])
    sides = np.maximum(ends - np.maximum(one[..., :2], other[..., :2]), 0)
    shared = sides[..., 0] * sides[..., 1]
    areas = one[..., 2] * one[..., 3] + other[..., 2] * other[..., 3]
    return shared / np.maximum(areas - shared, 1e-9)
