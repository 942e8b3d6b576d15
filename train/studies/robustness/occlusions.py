"""Sunglasses and face masks, drawn where a dataset's framing has eyes and mouth.

One drawing serves all pictures of a dataset: they are framed alike, and where `vision.alignment`'s geometry puts
eyes and mouth is where the detector finds them on average. So it fits most faces, and not each.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from train.studies.robustness.corruptions import Pictures
from vision.tasks import CropGeometry

Coverage = NDArray[np.float32]
"""(H, W) float32: how much of each pixel a thing covers, 0 to 1."""

_SUPERSAMPLING = 8

_GLASS = (12, 12, 14)
_MASK_COLOURS = ((163, 200, 219), (236, 236, 232), (28, 28, 30))
"""RGB of a surgical mask, a white and a black one."""

# Outlines in the face's own coordinates: the origin between the eyes, the unit their distance, x to the right and y
# down along the face. The mouth lies at y = 1.07 in both datasets. Eyes are 63 mm apart on average, a lens is 55 x 45
# mm and the bridge between two 18 mm, hence the lens's shape; it lies on the nose and hangs a little below the eye.
_LENS = [
    (0.16, -0.28), (0.45, -0.34), (0.82, -0.31), (0.97, -0.20), (0.95, 0.10), (0.80, 0.36), (0.56, 0.42), (0.34, 0.36),
    (0.19, 0.14),
]  # fmt: skip
_BRIDGE = [(-0.22, -0.24), (0.22, -0.24), (0.22, -0.12), (-0.22, -0.12)]
_TEMPLE = [(0.9, -0.26), (2.5, -0.34), (2.5, -0.22), (0.9, -0.14)]
_MASK = [
    (0.0, 0.36), (0.22, 0.42), (0.5, 0.62), (0.8, 0.66), (1.15, 0.52), (1.12, 0.9), (0.98, 1.3), (0.72, 1.68),
    (0.38, 1.9), (0.0, 1.97),
]  # fmt: skip
_STRAP = [(0.7, 0.66), (1.1, 0.52), (2.5, 0.15), (2.5, 0.22), (1.1, 0.6), (0.7, 0.76)]
_MASK_TOP, _CHIN = 0.36, 1.7
_PLEATS = (0.95, 1.2, 1.45)


def sunglasses(pictures: Pictures, darkness: float, geometry: CropGeometry) -> Pictures:
    """Draw sunglasses over both eyes.

    Args:
        pictures: (N, H, W, C) uint8, framed as the geometry says.
        darkness: share of the light that lenses and frame take away, 0 to 1 (black).
        geometry: where the eyes are.

    Returns:
        Pictures of the same shape.
    """
    covered = sunglasses_coverage(pictures.shape[1:3], geometry)
    return _paint(pictures, covered * np.float32(darkness), [_GLASS] * len(pictures))


def mask(pictures: Pictures, height: float, geometry: CropGeometry, seed: int) -> Pictures:
    """Draw a face mask of one of three colours over each face, from the chin upwards.

    Args:
        pictures: (N, H, W, C) uint8, framed as the geometry says.
        height: how far up it is pulled: 0 not at all, 0.5 over the mouth, 0.75 to the nostrils, 1 to the nose's bridge.
        geometry: where eyes and mouth are.
        seed: of the colours.

    Returns:
        Pictures of the same shape.
    """
    drawn = np.random.default_rng(seed).integers(0, len(_MASK_COLOURS), len(pictures))
    covered, pleats = mask_coverage(pictures.shape[1:3], geometry, height)
    worn = _paint(pictures, covered, [_MASK_COLOURS[index] for index in drawn])
    return _paint(worn, pleats * np.float32(0.25), [(0, 0, 0)] * len(pictures))


def sunglasses_coverage(shape: Sequence[int], geometry: CropGeometry) -> Coverage:
    """How much sunglasses cover of each pixel of a picture of shape (H, W): (H, W) float32, 0 to 1."""
    outlines = [_BRIDGE, *(side for part in (_LENS, _TEMPLE) for side in (part, _mirrored(part)))]
    return _draw(outlines, shape, geometry)


def mask_coverage(shape: Sequence[int], geometry: CropGeometry, height: float) -> tuple[Coverage, Coverage]:
    """How much a mask pulled up so far, straps included, and its pleats cover of each pixel: (H, W) float32 each, 0 to 1."""
    lowered = (1 - height) * (_CHIN - _MASK_TOP)
    whole = [*_MASK, *reversed(_mirrored(_MASK))]
    # Pulled down it still ends at the chin: what hangs below the face is not drawn.
    cloth = np.minimum(_draw([whole], shape, geometry), _draw([_moved_down(whole, lowered)], shape, geometry))
    straps = _draw([_moved_down(strap, lowered) for strap in (_STRAP, _mirrored(_STRAP))], shape, geometry)
    lines = [[(-1.2, y), (1.2, y), (1.2, y + 0.04), (-1.2, y + 0.04)] for y in _PLEATS]
    pleats = np.minimum(_draw(lines, shape, geometry), cloth)
    return (np.maximum(cloth, straps) if height > 0 else np.zeros_like(cloth)), pleats


def _mirrored(outline: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(-x, y) for x, y in outline]


def _moved_down(outline: Sequence[tuple[float, float]], by: float) -> list[tuple[float, float]]:
    return [(x, y + by) for x, y in outline]


def _draw(outlines: Sequence[Sequence[tuple[float, float]]], shape: Sequence[int], geometry: CropGeometry) -> Coverage:
    """Fill outlines given in the face's own coordinates: drawn large, then averaged down, so that edges are smooth."""
    height, width = shape
    left, right, mouth = geometry.anchors * (width, height) * _SUPERSAMPLING
    origin, along = (left + right) / 2, right - left
    down = np.array([-along[1], along[0]])  # square to the line of the eyes, towards the mouth
    canvas = np.zeros((height * _SUPERSAMPLING, width * _SUPERSAMPLING), np.uint8)
    # The mouth is not quite below the middle of the eyes: what lies lower follows it.
    lean = (mouth - origin) @ along / ((mouth - origin) @ down)
    for outline in outlines:
        points = [origin + (x + lean * y) * along + y * down for x, y in _rounded(outline)]
        cv2.fillPoly(canvas, [np.rint(points).astype(np.int32)], 255)
    covered = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(covered, np.float32) / np.float32(255)


def _rounded(outline: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """An outline with its corners cut twice (Chaikin 1974): cloth and glass have no sharp ones."""
    points = np.array(outline)
    for _ in range(2):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
    return points


def _paint(pictures: Pictures, covered: Coverage, colours: Sequence[tuple[int, int, int]]) -> Pictures:
    """Lay a colour of its own over each picture, as far as covered."""
    share = covered[:, :, np.newaxis]
    painted = np.empty_like(pictures)
    for index, (picture, colour) in enumerate(zip(pictures, colours, strict=True)):
        ink = np.array(colour if picture.shape[-1] == 3 else [_grey(colour)], np.float32)
        painted[index] = np.rint(picture * (1 - share) + ink * share)
    return painted


def _grey(colour: tuple[int, int, int]) -> float:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue
