"""BlazeFace: one LiteRT model from pixels to faces.

The anchors, the decoding and the weighted suppression follow MediaPipe's published graph
(face_detection_short_range, face_detection_full_range; model cards of 2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box, Face, intersection_over_union, overlap
from vision.devices import LoadModel, Model
from vision.frame import Image
from vision.litert import LiteModel

MIN_SCORE: Final = 0.5
OVERLAP: Final = 0.3
"""Boxes whose intersection over union is larger are of the same face."""

_FROM_UINT8: Final = np.arange(256, dtype=np.float32) * np.float32(1 / 127.5) - np.float32(1)
"""What the models take for each value of a pixel."""


class BlazeFace:
    """One BlazeFace model."""

    def __init__(self, model: Model, anchors: NDArray[np.float32]):
        """Take a loaded model and its anchors, (N, 2) centres as fractions of the input."""
        self._model, self._anchors = model, anchors
        self._side = model.input_shape[0]
        self._canvas = np.zeros((self._side, self._side, 3), np.uint8)
        self._scores_first = model.output_shapes[0][-1] == 1

    @classmethod
    def short_range(cls, path: Path, load: LoadModel = LiteModel) -> BlazeFace:
        """The model for faces within two metres: 128 x 128, 896 anchors."""
        return cls(load(path), make_anchors(128, ((8, 2), (16, 6))))

    @classmethod
    def full_range(cls, path: Path, load: LoadModel = LiteModel) -> BlazeFace:
        """The model for faces within five metres: 192 x 192, 2,304 anchors."""
        return cls(load(path), make_anchors(192, ((4, 1),)))

    def detect(self, image: Image, min_score: float = MIN_SCORE) -> list[Face]:
        """Find faces in a (H, W, 3) uint8 BGR frame, best first, in its pixels."""
        self._canvas.fill(0)
        scale, corner = self._draw(image, 0, 0, self._side)
        points, scores = self._candidates(min_score)
        return blend_overlaps(_in_frame(points, scale, corner), scores) if len(scores) else []

    def detect_in_parts(self, parts: Sequence[Image], min_score: float = MIN_SCORE) -> list[list[Face]]:
        """Look at up to four parts of a frame at once, at the cost of one: each is drawn into a quarter of the model's square.

        Args:
            parts: each (H, W, 3) uint8 BGR, showing a face from about half its height on.
            min_score: of a face.

        Returns:
            The faces of each part, best first, in its pixels.
        """
        self._canvas.fill(0)
        side = self._side // 2
        cells = [(column * side, row * side) for row in range(2) for column in range(2)][: len(parts)]
        drawn = [self._draw(part, *cell, side) for part, cell in zip(parts, cells, strict=True)]
        points, scores = self._candidates(min_score)
        centres = points[:, 0] // side * side
        found = []
        for cell, (scale, corner) in zip(cells, drawn, strict=True):
            here = (centres == cell).all(axis=1)
            found.append(blend_overlaps(_in_frame(points[here], scale, corner), scores[here]) if here.any() else [])
        return found

    def _draw(self, image: Image, left: int, top: int, side: int) -> tuple[float, tuple[int, int]]:
        """Draw an image into a square of the canvas; its scale, and where its corner lies there."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        inner_width, inner_height = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = left + (side - inner_width) // 2, top + (side - inner_height) // 2
        inner = self._canvas[top : top + inner_height, left : left + inner_width]
        # Linear is a seventh of the cost of area averaging here, and finds as many faces.
        cv2.resize(image, (inner_width, inner_height), dst=inner, interpolation=cv2.INTER_LINEAR)
        return scale, (left, top)

    def _candidates(self, min_score: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the model sees on the canvas: points (N, 8, 2), as of `blend_overlaps` but in the canvas' pixels; scores (N,)."""
        values = np.asarray(cv2.LUT(cv2.cvtColor(self._canvas, cv2.COLOR_BGR2RGB), _FROM_UINT8), np.float32)
        outputs = self._model.run(values)
        regressors, logits = outputs[::-1] if self._scores_first else outputs
        kept = np.flatnonzero(logits[0, :, 0] > math.log(min_score / (1 - min_score)))
        scores = 1 / (1 + np.exp(-np.minimum(logits[0, kept, 0], 80.0)))
        points = regressors[0, kept].reshape(-1, 8, 2)  # centre, size, six keypoints
        half_sizes = points[:, 1] / 2
        points += (self._anchors[kept] * self._side)[:, None]
        points[:, 1] = half_sizes
        return points, scores


def _in_frame(points: NDArray[np.float32], scale: float, corner: tuple[int, int]) -> NDArray[np.float32]:
    """Points (N, 8, 2) of the canvas in the pixels of an image that was drawn there: shifted, but for the sizes, then scaled."""
    moved = points - np.array(corner, np.float32)
    moved[:, 1] = points[:, 1]
    return moved / np.float32(scale)


def make_anchors(side: int, layers: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """Anchor centres, (N, 2) float32 as fractions of the input.

    Args:
        side: of the model's square input, in pixels.
        layers: (stride, anchors a cell) of each feature map, in the model's order.
    """
    centres = []
    for stride, repeats in layers:
        steps = (np.arange(side // stride) + 0.5) / (side // stride)
        x, y = np.meshgrid(steps, steps)
        centres.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeats, axis=0))
    return np.concatenate(centres).astype(np.float32)


def blend_overlaps(points: NDArray[np.float32], scores: NDArray[np.float32]) -> list[Face]:
    """One face for each group of overlapping candidates, their points averaged, weighted by score.

    Averaging keeps boxes from trembling from frame to frame (Bazarevsky et al. 2019, section 5).

    Args:
        points: (N, 8, 2) float32: centre, half size, six keypoints of each candidate, in pixels.
        scores: (N,) float32 of each, 0 to 1.

    Returns:
        The faces, best first.
    """
    faces = []
    order = np.argsort(-scores)
    boxes = np.concatenate([points[:, 0] - points[:, 1], 2 * points[:, 1]], axis=1)
    while len(order):
        same = intersection_over_union(boxes[order[0]], boxes[order]) > OVERLAP
        same[0] = True
        group = order[same]
        weights = scores[group] / scores[group].sum()
        blended = (weights @ points[group].reshape(-1, 16)).reshape(8, 2)
        (x, y), (half_width, half_height) = blended[:2].tolist()
        box = (x - half_width, y - half_height, 2 * half_width, 2 * half_height)
        faces.append(Face(box, float(scores[order[0]]), blended[2:].astype(np.float32)))
        order = order[~same]
    return faces


def suppress_overlaps(faces: Sequence[Face]) -> list[Face]:
    """Without the faces that an earlier one in the list overlaps; best first."""
    kept: list[Face] = []
    for face in faces:
        if not overlaps_any(face.box, kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.score)


def overlaps_any(box: Box, faces: Iterable[Face]) -> bool:
    """Whether a box is of the same face as one of some faces'."""
    return face_at(box, faces) is not None


def face_at(box: Box, faces: Iterable[Face]) -> Face | None:
    """The first of some faces that is the one in a box."""
    return next((face for face in faces if overlap(box, face.box) > OVERLAP), None)
