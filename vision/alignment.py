"""Keypoints -> the crop a CNN was trained on, by one similarity transform.

The geometry is measured, not guessed: where BlazeFace short-range finds the eyes and the mouth, on
average, in each dataset's own images (`python run.py measure-crops --data DIR`). A live face warped so that its eyes and mouth fall on these
points is framed as a training image is, so there is no train/serve skew.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import EYES_AND_MOUTH, Face
from vision.tasks import CropGeometry

Image = NDArray[np.uint8]

_MAX_OVERSAMPLING: Final = 4
"""A crop is warped at up to this many times its size and then averaged down, so that it does not alias."""

_LARGEST_WARPED: Final = 16_384
"""Longest side, in pixels, of what is warped in one step."""

_HAAR_ANCHORS: Final = np.array([[0.311, 0.390], [0.694, 0.388], [0.501, 0.793]])
"""Where eyes and mouth lie in a Haar cascade's box: the median over 332 UTKFace images against BlazeFace."""

_EYES_IN_BOX: Final = 0.43
"""The distance of the eyes in a BlazeFace box, as a share of its width."""


def crop_whole(image: Image, geometry: CropGeometry) -> Image:
    """The crop of an image that is framed as the dataset's own already: only its size and colours change.

    Args:
        image: (H, W, 3) uint8 BGR, or (H, W) grey.
        geometry: the crop to make.

    Returns:
        (size, size, channels) uint8, grey or RGB.
    """
    size = (geometry.size, geometry.size)
    if image.shape[:2] != size:
        shrinks = min(image.shape[:2]) > geometry.size
        interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
    return _in_colours_of(image, geometry)


def crop_face(image: Image, face: Face, geometry: CropGeometry) -> Image:
    """The crop of one face out of a frame.

    A face with keypoints is turned upright, scaled and shifted until its eyes and mouth lie on the
    geometry's points; for one without (a Haar cascade gives none) its box says where they lie on average.

    Args:
        image: (H, W, 3) uint8 BGR, the frame.
        face: a face in that frame's pixels.
        geometry: the crop to make.

    Returns:
        (size, size, channels) uint8, grey or RGB. Beyond the frame's border the border is repeated.
    """
    return _warp(image, _alignment(face, geometry), geometry)


def sharp_size(geometry: CropGeometry) -> float:
    """The size of a face's box, in pixels, at which a crop has the frame's own pixels; larger faces make it no sharper."""
    return geometry.size * (geometry.right_eye[0] - geometry.left_eye[0]) / _EYES_IN_BOX


def reframe(crop: Image, given: CropGeometry, wanted: CropGeometry) -> Image:
    """A crop of one geometry as a crop of another: eyes and mouth come to lie, on average, where the other has them.

    Args:
        crop: (size, size, channels) uint8, grey or RGB, as `given` frames it.
        given: its geometry.
        wanted: the geometry that it gets.

    Returns:
        (size, size, channels) uint8, grey or RGB, as `wanted` says. Beyond the crop's border the border is repeated.
    """
    as_read = crop[..., 0] if given.channels == 1 else crop[..., ::-1]  # cv2's BGR
    transform = similarity(given.anchors * given.size, wanted.anchors * wanted.size)
    return _warp(np.ascontiguousarray(as_read), transform, wanted)


def _warp(image: Image, transform: NDArray[np.float64], geometry: CropGeometry) -> Image:
    """The crop of an image, grey or BGR, by a (2, 3) similarity from its pixels to the crop's, both continuous."""
    pixels_per_crop_pixel = 1.0 / max(math.hypot(transform[0, 0], transform[1, 0]), 1e-6)
    oversampling = min(max(round(pixels_per_crop_pixel), 1), _MAX_OVERSAMPLING)
    side = geometry.size * oversampling
    # Pixel centres lie at half-integers: (x + 0.5) scales, not x.
    enlarged = transform * oversampling
    enlarged[:, 2] += enlarged[:, :2] @ (0.5, 0.5) - 0.5
    around, enlarged = _around_the_crop(image, enlarged, side)
    crop = cv2.warpAffine(around, enlarged, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if oversampling > 1:
        crop = cv2.resize(crop, (geometry.size, geometry.size), interpolation=cv2.INTER_AREA)
    return _in_colours_of(np.asarray(crop, np.uint8), geometry)


def _around_the_crop(image: Image, warp: NDArray[np.float64], side: int) -> tuple[Image, NDArray[np.float64]]:
    """The part of an image that a warp to a (side, side) crop looks at, and the warp from that part.

    OpenCV warps no image of 32,767 pixels or more along a side, however small the part that matters.
    """
    if max(image.shape[:2]) <= _LARGEST_WARPED:
        return image, warp
    corners = np.array([[-1, -1], [side, -1], [-1, side], [side, side]], np.float64)
    looked_at = (corners - warp[:, 2]) @ np.linalg.pinv(warp[:, :2]).T
    height, width = image.shape[:2]
    left, top = (int(edge) for edge in np.clip(np.floor(looked_at.min(0)) - 1, 0, (width - 1, height - 1)))
    right, bottom = (int(edge) for edge in np.clip(np.ceil(looked_at.max(0)) + 2, (left + 1, top + 1), (width, height)))
    part = image[top:bottom, left:right]
    moved = warp.copy()
    moved[:, 2] += warp[:, :2] @ (left, top)
    reduction = math.ceil(max(part.shape[:2]) / _LARGEST_WARPED)
    if reduction > 1:  # a face of more than sixteen thousand pixels
        before = part.shape
        size = (math.ceil(before[1] / reduction), math.ceil(before[0] / reduction))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        # Pixel centres again: (x + 0.5) scales.
        scale = np.array([before[1] / size[0], before[0] / size[1]])
        moved[:, 2] += moved[:, :2] @ (scale / 2 - 0.5)
        moved[:, :2] *= scale
    return part, moved


def _alignment(face: Face, geometry: CropGeometry) -> NDArray[np.float64]:
    """The 2x3 similarity from frame coordinates to crop coordinates, both continuous (edges, not centres)."""
    if face.keypoints is None:
        x, y, width, height = face.box
        points = _HAAR_ANCHORS * (width, height) + (x, y)
    else:
        points = face.keypoints[EYES_AND_MOUTH].astype(np.float64)
    return similarity(points, geometry.anchors * geometry.size)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The similarity transform (turn, scale, shift; no mirror) that is nearest in least squares.

    Args:
        source: (N, 2) points, N >= 2, not all the same.
        target: (N, 2) where they should go.

    Returns:
        (2, 3) float64: `target ~ matrix[:, :2] @ source + matrix[:, 2]`.

    Source: Umeyama 1991, in closed form for the plane (points as complex numbers).
    """
    # Plain numbers: for three points they cost a fifth of what arrays do.
    from_points, to_points = ([complex(x, y) for x, y in points.tolist()] for points in (source, target))
    from_mean, to_mean = sum(from_points) / len(from_points), sum(to_points) / len(to_points)
    centred = [point - from_mean for point in from_points]
    spread = max(sum(abs(point) ** 2 for point in centred), 1e-12)
    turn = sum(point.conjugate() * to for point, to in zip(centred, to_points, strict=True)) / spread
    shift = to_mean - turn * from_mean
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _in_colours_of(image: Image, geometry: CropGeometry) -> Image:
    """A BGR (or already grey) image in the geometry's colours, always with a channel axis."""
    if geometry.channels == 1:
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        return np.asarray(grey, np.uint8)[:, :, np.newaxis]
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB), np.uint8)
