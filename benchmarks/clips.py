"""A video file's frames, as the benchmarks that are given a clip read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # OpenCV is loaded to measure, not to show help
    from vision.frame import Image


def read_clip(clip: Path) -> tuple[float, Iterator[Image]]:
    """A clip's frames a second, and its frames: each (H, W, 3) uint8 BGR.

    Raises:
        click.ClickException: at once or at the first frame, if OpenCV reads no picture from it.
    """
    from vision.files.video import Sampling, Video
    from vision.limits import DEFAULT_LIMITS, FrameError

    def frames(video: Video) -> Iterator[Image]:
        try:
            for frame in video.frames(Sampling()):
                yield frame.image
        except FrameError as error:
            raise unreadable from error

    unreadable = click.ClickException(f"{clip} has no picture that OpenCV reads: give a video file, such as an MP4")
    try:
        video = Video(str(clip), DEFAULT_LIMITS)
    except FrameError as error:
        raise unreadable from error
    return video.fps, frames(video)
