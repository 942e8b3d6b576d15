"""A video, frame by frame, as a camera would give it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from vision.frame import Image
from vision.limits import FrameError, FrameLimits

UNKNOWN_FPS: Final = 30.0


@dataclass(frozen=True)
class Sampling:
    """Which frames are taken.

    Attributes:
        every: one of so many.
        per_second: or so many a second, at most all; None if `every` says it.
    """

    every: int = 1
    per_second: float | None = None

    def takes(self, number: int, fps: float) -> bool:
        """Whether a frame is taken, counted from 0, of a video with so many frames a second."""
        if self.per_second is None:
            return number % self.every == 0
        turn, before = (math.floor(at / fps * self.per_second + 1e-9) for at in (number, number - 1))
        return turn != before

    def fps(self, fps: float) -> float:
        """Frames that are taken of each second of a video."""
        return fps / self.every if self.per_second is None else min(fps, self.per_second)


@dataclass(frozen=True)
class VideoFrame:
    """One frame that is taken.

    Attributes:
        number: counted from 0 among all of the video.
        seconds: from its beginning.
        image: (H, W, 3) uint8 BGR.
    """

    number: int
    seconds: float
    image: Image


class Video:
    """An open video file.

    Attributes:
        fps: frames a second.
        count: of its frames, as the file says; 0 where it does not.
    """

    def __init__(self, path: str, limits: FrameLimits):
        """Open it.

        Args:
            path: of a file.
            limits: `max_pixels` holds for its frames.

        Raises:
            FrameError: OpenCV reads no video from it, or it is too large.
            OSError: the file cannot be read.
        """
        with Path(path).open("rb"):
            pass  # OpenCV does not say why it opens nothing
        self._capture = cv2.VideoCapture(path)
        size = [int(self._capture.get(one)) for one in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
        if not self._capture.isOpened() or min(size) <= 0:
            raise FrameError("not_a_video", "this is not a video that OpenCV reads")
        if size[0] * size[1] > limits.max_pixels:
            raise FrameError(
                "too_many_pixels",
                f"the video has {size[0]} x {size[1]} pixels; at most {limits.max_pixels:,} are taken",
            )
        told = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = told if math.isfinite(told) and 0 < told <= 1000 else UNKNOWN_FPS
        self.count = max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)

    def frames(self, sampling: Sampling) -> Iterator[VideoFrame]:
        """The frames that are taken, in order; the others are not decoded any further than they must be.

        Raises:
            FrameError: there is no frame at all.
        """
        number = 0
        while self._capture.grab():
            if sampling.takes(number, self.fps):
                is_whole, image = self._capture.retrieve()
                if is_whole:
                    yield VideoFrame(number, round(number / self.fps, 3), np.asarray(image, np.uint8))
            number += 1
        self._capture.release()
        if not number:
            raise FrameError("not_a_video", "there is no picture in this video that OpenCV reads")
