"""What an image may be at most, and how one that is refused says so. Imports nothing heavy."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

FAILED: Final = "failed"
"""The code of a picture on which the program itself failed."""


class FrameError(ValueError):
    """The bytes are not an image that will be analysed.

    Attributes:
        code: `empty`, `not_an_image`, `truncated`, `too_many_bytes`, `too_many_pixels`, `too_many_scans`,
            `too_many_parts` or `FAILED`.
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class FrameLimits:
    """What is refused.

    Attributes:
        max_bytes: of the encoded image.
        max_pixels: width times height. A progressive JPEG's scans go over all of them again and again: so many pixels
            may be gone over as `SCANS_OF_THE_LARGEST` times this.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 40_000_000


SCANS_OF_THE_LARGEST: Final = 12
"""Encoders write about ten scans; a smaller picture may have more."""

DEFAULT_LIMITS: Final = FrameLimits()


@contextmanager
def refusing_failures() -> Iterator[None]:
    """Make whatever one picture raises that picture's refusal: others wait behind it, and must not pay for it.

    Raises:
        FrameError: as it was raised, or `FAILED` for any other error, which is then its cause.
    """
    try:
        yield
    except FrameError:
        raise
    except Exception as error:
        raise FrameError(FAILED, "the image could not be analysed: this program failed on it") from error


def in_one_line(error: BaseException | None) -> str:
    """For a log: an error's type, the beginning of what it says, and where it was raised."""
    if error is None:
        return "for no reason that is known"
    said = " ".join(str(error).split())[:160]
    frame = next(iter(traceback.extract_tb(error.__traceback__)[-1:]), None)
    where = f" ({PurePath(frame.filename).name}, line {frame.lineno})" if frame else ""
    return f"{type(error).__name__}{': ' * bool(said)}{said}{where}"


def too_many_bytes(size: int, limits: FrameLimits) -> FrameError:
    """The refusal of an encoded image of `size` bytes."""
    return FrameError("too_many_bytes", f"the image has {size:,} bytes; at most {limits.max_bytes:,} are taken")
