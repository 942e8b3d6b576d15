"""How well a face can be seen: what is too small, turned away, dark or blurred tells less.

The limits lie where the shipped networks begin to fail on degraded validation images (500 of UTKFace): at each of them one
expression in eight becomes another one, and the ages are off by a third more.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from vision.boxes import Face
from vision.frame import Image

OK: Final = "ok"
SMALL: Final = "small"
TURNED: Final = "turned"
DARK: Final = "dark"
BLURRED: Final = "blurred"

QUALITIES: Final = (OK, SMALL, TURNED, DARK, BLURRED)

LEAST_EYE_DISTANCE: Final = 8.0
"""Pixels from eye to eye: at 7.7 13 % of the expressions are other ones than in full size, ages are 5.8 years off, not 4.2."""

LEAST_WIDTH: Final = 20.0
"""Pixels across of a face without keypoints."""

MOST_TURNED: Final = 0.5
"""Distance of the nose's tip from the middle between the eyes, along their line, as a share of their distance: of 1,494 faces of
FairFace the gender is right in 88 % up to 0.4, in 81 % from there to 0.5, and in 71 % beyond."""

LEAST_LIGHT: Final = 25.0
"""Mean grey value, 0 to 255, of a face: at a fifth of the light, 24, 12 % of the expressions are other ones and ages 5.7 years
off. Of 1,494 pictures of people of all skin colours (FairFace) fewer than one in two hundred are below 32."""

LEAST_SHARPNESS: Final = 0.05
"""Variance of the crop's Laplacian as a share of the crop's own: with a blur of 3 % of the face 11 % of the expressions are other
ones, and ages 5.9 years off. Sharp pictures have 0.1 and more."""


def quality_of(face: Face, crop: Image) -> str:
    """One of `QUALITIES`, the first that applies of small, turned, dark and blurred.

    Args:
        face: in the pixels of the frame as it was sent.
        crop: its aligned crop of 48 x 48, grey, (48, 48, 1) uint8.
    """
    if _is_small(face):
        return SMALL
    if face.keypoints is not None and abs(_nose_offset(face.keypoints)) > MOST_TURNED:
        return TURNED
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(crop))
    if mean < LEAST_LIGHT:
        return DARK
    edges = float(cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_16S))[1][0, 0])
    return BLURRED if edges**2 < LEAST_SHARPNESS * max(deviation**2, 1.0) else OK


def _is_small(face: Face) -> bool:
    if face.keypoints is None:
        return min(face.box[2:]) < LEAST_WIDTH
    (right_x, right_y), (left_x, left_y) = face.keypoints[:2].tolist()
    # A turned head's eyes come near to each other; its box stays as large.
    return (
        float(np.hypot(left_x - right_x, left_y - right_y)) < LEAST_EYE_DISTANCE and min(face.box[2:]) < 2 * LEAST_WIDTH
    )


def _nose_offset(keypoints: np.ndarray) -> float:
    """How far the nose's tip is from the middle between the eyes, along their line, in distances of the eyes."""
    right_eye, left_eye, nose = keypoints[:3].astype(np.float64)
    across = left_eye - right_eye
    return float((nose - (left_eye + right_eye) / 2) @ across / max(float(across @ across), 1e-9))
