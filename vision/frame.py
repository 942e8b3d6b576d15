"""Bytes -> image, within bounds.

The structure is walked before anything is decoded: a 140 kB PNG can unfold into 800 MB of pixels. What is
not a whole JPEG, PNG or WebP is refused with one clear sentence.
"""

from __future__ import annotations

import os
import struct
from typing import Final

# OpenCV reads these once, at its import, and calls what lies beyond them damaged. How many pixels are taken is
# `FrameLimits.max_pixels`' to say, and is checked before OpenCV sees an image.
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(2**50)
os.environ["OPENCV_IO_MAX_IMAGE_WIDTH"] = os.environ["OPENCV_IO_MAX_IMAGE_HEIGHT"] = str(2**31 - 1)

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.image_structure import JPEG_START, Structure, read_structure
from vision.limits import DEFAULT_LIMITS, SCANS_OF_THE_LARGEST, FrameError, FrameLimits, too_many_bytes

__all__ = ["DEFAULT_LIMITS", "EncodedFrame", "FrameError", "FrameLimits", "Image", "decode_frame", "image_size"]

Image = NDArray[np.uint8]

_LONGEST_SIDE: Final = 1_000_000
"""In pixels: longer ones libpng does not decode."""

_ROWS_AT_ONCE: Final = 256
"""Rows that are laid on white at once, so that a large picture needs little memory beside itself."""


REDUCTIONS: Final = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
"""By how much a JPEG can be made smaller while it is decoded, at less cost than whole."""


class EncodedFrame:
    """A JPEG, PNG or WebP that is within the limits and not decoded yet; what stands behind it in the bytes is ignored.

    Attributes:
        width: in pixels, before a photograph's EXIF orientation is applied.
        height: likewise.
        is_reducible: whether it can be decoded smaller at less cost.
    """

    def __init__(self, data: bytes, limits: FrameLimits = DEFAULT_LIMITS):
        """Read its structure.

        Args:
            data: the encoded image.
            limits: what is refused before decoding.

        Raises:
            FrameError: empty, too large, too many pixels, not an image, or not a whole one.
        """
        if not data:
            raise FrameError("empty", "the image is empty: no bytes arrived")
        if len(data) > limits.max_bytes:
            raise too_many_bytes(len(data), limits)
        self._structure = structure = read_structure(data)
        _refuse_too_large(structure, limits)
        _refuse_too_much_work(structure, limits)
        self._encoded = np.frombuffer(data, np.uint8, structure.end)
        self.width, self.height = structure.width, structure.height
        self.is_reducible = data[:2] == JPEG_START

    def decode(self, reduction: int = 1) -> Image:
        """The image, (H, W, 3) uint8 BGR.

        A photograph's EXIF orientation is applied, transparent parts lie on white, of an animation it is the first picture.

        Args:
            reduction: one of `REDUCTIONS`; both sides are divided by it, and rounded up.

        Raises:
            FrameError: it is damaged.
        """
        if self._structure.has_alpha:
            return np.asarray(_decode_on_white(self._encoded, self._structure), np.uint8)
        return np.asarray(_decode(self._encoded, REDUCTIONS[reduction]), np.uint8)


def decode_frame(data: bytes, limits: FrameLimits = DEFAULT_LIMITS) -> Image:
    """Decode an image; arguments, result and errors as of `EncodedFrame` and its `decode`."""
    return EncodedFrame(data, limits).decode()


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a whole image as its header states them; nothing is decoded.

    Raises:
        FrameError: as `read_structure` does.
    """
    structure = read_structure(data)
    return structure.width, structure.height


def _refuse_too_large(structure: Structure, limits: FrameLimits) -> None:
    width, height = structure.width, structure.height
    if width * height > limits.max_pixels or max(width, height) > _LONGEST_SIDE:
        raise FrameError(
            "too_many_pixels",
            f"the image has {width} x {height} pixels; at most {limits.max_pixels:,} are taken, "
            f"and {_LONGEST_SIDE:,} along a side",
        )


def _refuse_too_much_work(structure: Structure, limits: FrameLimits) -> None:
    most = SCANS_OF_THE_LARGEST * limits.max_pixels // (structure.width * structure.height)
    if structure.scans > most:
        raise FrameError(
            "too_many_scans", f"the JPEG has {structure.scans} scans; at most {most} are taken at its size"
        )


def _decode(encoded: NDArray[np.uint8], flags: int) -> NDArray:
    try:
        image = cv2.imdecode(encoded, flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError("too little memory to decode an image") from error
        image = None
    if image is None:
        raise FrameError("not_an_image", "the image is damaged: it starts as one but cannot be decoded")
    return image


# ---- Transparency ----


def _decode_on_white(encoded: NDArray[np.uint8], structure: Structure) -> Image:
    """The image as viewers show it: OpenCV by itself drops transparency and shows what lies under it."""
    raw = _decode(encoded, cv2.IMREAD_UNCHANGED)
    alpha = _alpha_of(raw, structure)
    colours = _eight_bits(raw if raw.ndim == 3 else cv2.cvtColor(raw, cv2.COLOR_GRAY2BGR))[..., :3]
    image = np.empty(colours.shape, np.uint8)
    for row in range(0, len(image), _ROWS_AT_ONCE):
        rows = slice(row, row + _ROWS_AT_ONCE)
        opacity = alpha[rows, :, np.newaxis].astype(np.uint16)
        image[rows] = (colours[rows] * opacity + 255 * (255 - opacity) + 127) // 255
    return _oriented(image, _orientation(structure.exif))


def _alpha_of(raw: NDArray, structure: Structure) -> NDArray[np.uint8]:
    """Opacity of each pixel, (H, W) uint8: 0 is transparent."""
    if raw.ndim == 3 and raw.shape[2] == 4:
        return _eight_bits(raw[..., 3])
    if raw.ndim == 2 and structure.transparent_grey is not None:  # one grey value stands for transparency
        full = 65535 if raw.dtype == np.uint16 else 255
        key = structure.transparent_grey * full // (2**structure.depth - 1)
        return np.where(raw == key, 0, 255).astype(np.uint8)
    return np.full(raw.shape[:2], 255, np.uint8)


def _eight_bits(samples: NDArray) -> NDArray[np.uint8]:
    return np.asarray(samples >> 8 if samples.dtype == np.uint16 else samples).astype(np.uint8, copy=False)


_ORIENTATION_TAG: Final = 0x0112


def _orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 to 8; 1 (as stored) where it is not told (CIPA DC-008)."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, first)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHIH", exif, first + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return int(value)
    except struct.error:
        pass
    return 1


def _oriented(image: Image, orientation: int) -> Image:
    """The image turned and mirrored as EXIF's orientation says; any but 2 to 8 leaves it as it is."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
