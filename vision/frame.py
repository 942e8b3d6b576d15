"""Bytes -> image, within bounds.

The header is read before anything is decoded: a 140 kB PNG can unfold into 800 MB of pixels. What is
not a whole JPEG, PNG or WebP is refused with one clear sentence.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Final

# OpenCV reads this once, at import: its own last line of defence behind ours.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(64 * 1024 * 1024))

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_JPEG_SIZE_MARKERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Start-of-frame markers: the JPEG segments that hold height and width."""


_MOST_SCANS: Final = 100
"""Of a progressive JPEG; encoders write about ten. Each goes over all its pixels and takes a few bytes only, so
that 40,000 of them fit into a megabyte and would keep a decoder busy for minutes."""


class FrameError(ValueError):
    """The bytes are not an image that will be analysed.

    Attributes:
        code: `empty`, `not_an_image`, `truncated`, `too_many_bytes`, `too_many_pixels` or `too_many_scans`.
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class FrameLimits:
    """What is refused.

    Attributes:
        max_bytes: of the encoded image.
        max_pixels: width times height.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 40_000_000


DEFAULT_LIMITS: Final = FrameLimits()


def decode_frame(data: bytes, limits: FrameLimits = DEFAULT_LIMITS) -> Image:
    """Decode a JPEG, PNG or WebP.

    Args:
        data: the encoded image.
        limits: what is refused before decoding.

    Returns:
        (H, W, 3) uint8 BGR; a photograph's EXIF orientation is applied, transparency is dropped.

    Raises:
        FrameError: empty, too large, too many pixels, not an image, or not a whole one.
    """
    if not data:
        raise FrameError("empty", "the image is empty: no bytes arrived")
    if len(data) > limits.max_bytes:
        raise FrameError("too_many_bytes", f"the image has {len(data):,} bytes; at most {limits.max_bytes:,} are taken")
    width, height = image_size(data)
    if width * height > limits.max_pixels:
        raise FrameError(
            "too_many_pixels", f"the image has {width} x {height} pixels; at most {limits.max_pixels:,} are taken"
        )
    # Inside a scan every 0xFF is followed by 0 or by a restart marker: this counts scans alone.
    if data[:2] == b"\xff\xd8" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise FrameError("too_many_scans", f"the JPEG has more than {_MOST_SCANS} scans")
    if _is_cut_off(data):
        raise FrameError("truncated", "the image is cut off: its end is missing")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise FrameError("not_an_image", "the image is damaged: it starts as one but cannot be decoded")
    return np.asarray(image, np.uint8)


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels as the header states them; nothing is decoded.

    Raises:
        FrameError: `not_an_image` for any format but JPEG, PNG and WebP, `truncated` for a cut header.
    """
    try:
        if data[:2] == b"\xff\xd8":
            return _jpeg_size(data)
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            return _png_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
    except (struct.error, IndexError):
        raise FrameError("truncated", "the image is cut off within its header") from None
    raise FrameError("not_an_image", "this is not a JPEG, PNG or WebP image")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments up to the start of frame (ITU T.81, B.1)."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise FrameError("not_an_image", "the image starts as a JPEG but its segments are damaged")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers that stand alone
            at += 2
        elif marker in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return _positive(width, height)
        elif marker in (0xD9, 0xDA):  # the picture begins (or ends) and no size was given
            raise FrameError("not_an_image", "the image starts as a JPEG but does not state its size")
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise FrameError("not_an_image", "the image starts as a PNG but does not state its size")
    width, height = struct.unpack_from(">II", data, 16)
    return _positive(width, height)


def _webp_size(data: bytes) -> tuple[int, int]:
    """The three kinds of WebP: extended, lossless, lossy (Google's container specification)."""
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[start : start + 3], "little") + 1 for start in (24, 27))
        return _positive(width, height) if len(data) >= 30 else _cut_header()
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return _positive(width & 0x3FFF, height & 0x3FFF)
    raise FrameError("not_an_image", "the image starts as a WebP but does not state its size")


def _cut_header() -> tuple[int, int]:
    raise FrameError("truncated", "the image is cut off within its header")


def _positive(width: int, height: int) -> tuple[int, int]:
    if width < 1 or height < 1:
        raise FrameError("not_an_image", f"the image states a size of {width} x {height} pixels")
    return width, height


def _is_cut_off(data: bytes) -> bool:
    """Whether the format's end is missing (decoders fill the rest with grey and say nothing)."""
    if data[:2] == b"\xff\xd8":
        # Cameras append trailers, and a thumbnail in the header has an end of its own: what counts is
        # an end after the start of the last scan.
        return not data.endswith(b"\xff\xd9") and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")
    if data[:4] == b"\x89PNG":
        return b"IEND" not in data[-64:]
    return len(data) < 8 + int.from_bytes(data[4:8], "little")
