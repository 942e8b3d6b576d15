"""An encoded image's structure, walked part by part from its first byte to its end; no pixel is decoded.

Searching bytes goes wrong: a phone's motion photo has a film behind its JPEG, EXIF holds a thumbnail with an end
of its own, and any two bytes may stand in a maker's note. Walking tells a whole image from a cut one, gives its
size before any memory is spent on it, and says where it ends; whatever follows is not of the image.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vision.limits import FrameError

MOST_SCANS: Final = 100
"""Of a progressive JPEG; encoders write about ten. Each goes over all its pixels and takes a few bytes only, so
that 40,000 of them fit into a megabyte and would keep a decoder busy for minutes."""

MOST_PARTS: Final = 20_000
"""Segments or chunks that are walked; the largest files have a few thousand."""

JPEG_START: Final = b"\xff\xd8"

_START_OF_FRAME: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The JPEG segments that hold height and width."""

_TABLES: Final = frozenset({0xC4, 0xCC, *range(0xDB, 0xE0), *range(0xE0, 0xF0), 0xFE})
"""The JPEG segments that hold tables, applications' data and comments; all are walked over."""

_END: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
_TEMPORARY: Final = 0x01

_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In a scan's data 0xFF is followed by 0 or by a restart marker; filling is more 0xFF."""


@dataclass(frozen=True)
class Structure:
    """What an encoded image says of itself.

    Attributes:
        width: in pixels, before any orientation is applied.
        height: likewise.
        end: where it ends, in bytes; what follows is not of it.
        has_alpha: whether parts of it may be transparent.
        transparent_grey: the grey value that stands for transparency in a grey PNG, in that PNG's own depth.
        depth: bits a sample.
        exif: a PNG's or WebP's EXIF block; empty if it has none. (JPEG's is read by the decoder.)
        scans: how often a decoder goes over all of it; above 1 for progressive JPEGs.
    """

    width: int
    height: int
    end: int
    has_alpha: bool = False
    transparent_grey: int | None = None
    depth: int = 8
    exif: bytes = b""
    scans: int = 1


def read_structure(data: bytes) -> Structure:
    """Walk an encoded image from its start to its end.

    Args:
        data: a JPEG, PNG or WebP, and anything behind it.

    Raises:
        FrameError: `not_an_image` for any other format and for damaged structure, `truncated` where its end is
            missing, `too_many_scans` or `too_many_parts` for one made to keep a decoder busy.
    """
    try:
        if data[:2] == JPEG_START:
            return _walk_jpeg(data)
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            return _walk_png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _walk_webp(data)
    except (struct.error, IndexError):
        raise _cut_off() from None
    raise FrameError("not_an_image", "this is not a JPEG, PNG or WebP image")


def _cut_off() -> FrameError:
    return FrameError("truncated", "the image is cut off: its end is missing")


def _damaged(what: str) -> FrameError:
    return FrameError("not_an_image", f"the image is damaged: {what}")


def _positive(width: int, height: int) -> tuple[int, int]:
    if width < 1 or height < 1:
        raise _damaged(f"it states a size of {width} x {height} pixels")
    return width, height


# ---- JPEG: ITU T.81, annex B ----


def _walk_jpeg(data: bytes) -> Structure:
    size: tuple[int, int] | None = None
    scans = 0
    for marker, at in _jpeg_markers(data):
        if marker in _START_OF_FRAME and size is None:
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = _positive(width, height)
        elif marker == _START_OF_SCAN:
            scans += 1
            if scans > MOST_SCANS:
                raise FrameError("too_many_scans", f"the JPEG has more than {MOST_SCANS} scans")
        elif marker == _END and size is not None and scans:
            return Structure(*size, end=at, scans=scans)
        elif marker == _END or marker in _START_OF_FRAME:
            raise _damaged("it starts as a JPEG but holds no picture, or more than one")
        elif marker not in _TABLES and marker != _TEMPORARY:
            # No encoder writes such a marker: what was a scan's data is another file's by now, or damaged.
            raise _cut_off() if scans else _damaged("it starts as a JPEG but its segments are not a JPEG's")
    raise _cut_off() if scans else _damaged("it starts as a JPEG but its segments are not a JPEG's")


def _jpeg_markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker and where what belongs to it begins, up to the last that there is.

    As decoders do, it looks for the next marker behind a segment: a few cameras leave stray bytes between them.
    """
    at = 2
    for _ in range(MOST_PARTS):
        found = _NEXT_MARKER.search(data, at)
        if found is None:
            if at >= len(data) - 1:
                raise _cut_off()
            return
        at = found.end()
        marker = data[at - 1]
        yield marker, at
        if marker != _TEMPORARY:
            length = struct.unpack_from(">H", data, at)[0]
            if length < 2:
                raise _damaged("a segment of the JPEG has no length")
            at += length
    raise _too_many_parts()


def _too_many_parts() -> FrameError:
    return FrameError("too_many_parts", f"the image consists of more than {MOST_PARTS:,} parts")


# ---- PNG: W3C Portable Network Graphics, third edition ----

_GREY, _GREY_ALPHA, _RGB_ALPHA = 0, 4, 6


def _walk_png(data: bytes) -> Structure:
    if data[12:16] != b"IHDR":
        raise _cut_off() if len(data) < 16 else _damaged("it starts as a PNG but does not state its size")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    _positive(width, height)
    transparency = exif = None
    has_pixels = False
    for kind, at, length in _png_chunks(data):
        if kind == b"IEND":
            if not has_pixels:
                raise _damaged("it starts as a PNG but holds no picture")
            grey = None
            if transparency is not None and colour == _GREY:
                grey = int.from_bytes(transparency[:2], "big")
            return Structure(
                *(width, height, at + length + 4),
                has_alpha=transparency is not None or colour in (_GREY_ALPHA, _RGB_ALPHA),
                transparent_grey=grey,
                depth=depth,
                exif=exif or b"",
            )
        has_pixels |= kind == b"IDAT"
        if kind == b"tRNS":
            transparency = data[at : at + length]
        elif kind == b"eXIf":
            exif = data[at : at + length]
    raise _cut_off()


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each whole chunk's type, where its content begins, and its content's length."""
    at = 8
    for _ in range(MOST_PARTS):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length >= 2**31 or not kind.isalpha():
            raise _damaged("its chunks are not a PNG's")
        if at + 12 + length > len(data):
            raise _cut_off()
        yield kind, at + 8, length
        at += 12 + length
    raise _too_many_parts()


# ---- WebP: RFC 9649 ----

_ALPHA_FLAG: Final = 0x10


def _walk_webp(data: bytes) -> Structure:
    stated = int.from_bytes(data[4:8], "little")
    end = 8 + stated
    if end > len(data):
        raise _cut_off()
    canvas: tuple[int, int] | None = None
    picture: tuple[int, int] | None = None
    has_alpha, exif = False, b""
    for kind, at, length in _webp_chunks(data, end):
        if kind == b"VP8X" and canvas is None:
            canvas = _positive(_u24(data, at + 4) + 1, _u24(data, at + 7) + 1)
            has_alpha |= bool(data[at] & _ALPHA_FLAG)
        elif kind in (b"VP8 ", b"VP8L", b"ANMF") and picture is None:
            picture, transparent = _webp_picture(data, kind, at)
            has_alpha |= transparent
        elif kind == b"EXIF":
            exif = data[at : at + length].removeprefix(b"Exif\0\0")
        has_alpha |= kind == b"ALPH"
    if picture is None:
        raise _damaged("it starts as a WebP but holds no picture")
    if canvas is not None and (picture[0] > canvas[0] or picture[1] > canvas[1]):
        raise _damaged("it starts as a WebP but its picture is larger than its canvas")
    return Structure(*(canvas or picture), end=end, has_alpha=has_alpha, exif=exif)


def _webp_chunks(data: bytes, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each whole chunk's type, where its content begins, and its content's length."""
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise _cut_off()
        yield kind, at + 8, length
        at += 8 + length + length % 2
    raise _too_many_parts()


def _webp_picture(data: bytes, kind: bytes, at: int) -> tuple[tuple[int, int], bool]:
    """Width and height of a picture's chunk, and whether it is transparent by itself."""
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, at + 6)
        return _positive(width & 0x3FFF, height & 0x3FFF), False
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, at + 1)[0]
        return ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1), bool(bits >> 28 & 1)
    right, bottom = (2 * _u24(data, at + 3 * i) + _u24(data, at + 6 + 3 * i) + 1 for i in range(2))
    return (right, bottom), False  # an animation's first frame; its canvas says whether it is transparent


def _u24(data: bytes, at: int) -> int:
    if at + 3 > len(data):
        raise _cut_off()
    return int.from_bytes(data[at : at + 3], "little")
