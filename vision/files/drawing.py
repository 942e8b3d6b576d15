"""Draws boxes and labels into a picture."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np

from vision.frame import Image

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
BOX: Final = (110, 220, 90)
INK: Final = (20, 20, 20)
"""Colours, BGR."""

TEXT_SHARE: Final = 1 / 1200
"""The font's scale, as a share of the picture's longer side: readable at any size."""


def annotated(image: Image, faces: list[dict[str, Any]]) -> Image:
    """A copy of a picture with each face's box and labels.

    Args:
        image: (H, W, 3) uint8 BGR.
        faces: as `FaceAnalysis.to_dict` gives them.
    """
    drawn = np.ascontiguousarray(image.copy())
    scale = max(max(image.shape[:2]) * TEXT_SHARE, 0.35)
    for face in faces:
        x, y, width, height = (round(side) for side in face["box"])
        cv2.rectangle(drawn, (x, y), (x + width, y + height), BOX, max(round(2 * scale), 1))
        _write(drawn, lines_of(face), x, y, y + height, scale)
    return drawn


def lines_of(face: dict[str, Any]) -> list[str]:
    """What is written at a face: its expression, then age and gender."""
    expression, age, gender = face["expression"], face["age"], face["gender"]
    if expression["unsure"]:
        first = f"unsure: {' or '.join(expression['likeliest'])}"
    else:
        first = f"{expression['label']} {100 * expression['scores'][expression['label']]:.0f} %"
    number = f"#{face['track']} " if face["track"] is not None else ""
    quality = face["quality"]
    return [
        f"{number}{first}",
        f"{gender['label']}, about {age['years']} ({age['low']}-{age['high']})",
        *([f"face too {quality}" if quality in ("small", "dark") else f"face {quality}"] if quality != "ok" else []),
    ]


def _write(image: Image, lines: list[str], x: int, top: int, bottom: int, scale: float) -> None:
    """Write lines above a box, or below it where there is no room, on a ground that makes them readable."""
    thickness, gap = max(round(1.4 * scale), 1), max(round(5 * scale), 2)
    sizes = [cv2.getTextSize(line, FONT, scale, thickness)[0] for line in lines]
    width, height = max(size[0] for size in sizes) + 2 * gap, sum(size[1] + gap for size in sizes) + gap
    left = min(max(x, 0), max(image.shape[1] - width, 0))
    above = top - height if top >= height else min(bottom, max(image.shape[0] - height, 0))
    cv2.rectangle(image, (left, above), (left + width, above + height), BOX, cv2.FILLED)
    baseline = above
    for line, size in zip(lines, sizes, strict=True):
        baseline += size[1] + gap
        cv2.putText(image, line, (left + gap, baseline), FONT, scale, INK, thickness, cv2.LINE_AA)
