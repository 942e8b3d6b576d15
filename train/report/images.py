"""Pictures as text, so that the page needs no other file."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def data_uri(path: Path) -> str:
    """A PNG file as a `data:` URI."""
    return _uri(path.read_bytes())


def crop_uri(crop: NDArray[np.uint8]) -> str:
    """A crop (size, size, 1 or 3), grey or RGB, uint8, as a PNG in a `data:` URI."""
    blue_first = crop if crop.shape[-1] == 1 else crop[..., ::-1]
    return _uri(cv2.imencode(".png", blue_first)[1].tobytes())


def _uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
