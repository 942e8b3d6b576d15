"""Reads what was named and gives the lines of the results."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from vision.files.inputs import STANDARD_INPUT, Input
from vision.files.outputs import Copies, VideoCopy
from vision.files.video import Sampling, Video, VideoFrame
from vision.frame import decode_frame
from vision.limits import FrameError, FrameLimits, in_one_line, refusing_failures, too_many_bytes
from vision.pipeline import FaceAnalyzer
from vision.tracking import FaceTracker

Line = dict[str, Any]


class Reader:
    """Pictures and videos in, the lines of the results out."""

    def __init__(self, analyzer: FaceAnalyzer, limits: FrameLimits, sampling: Sampling, copies: Copies | None = None):
        """Take what analyses, what is refused, which frames of a video are taken, and where labelled copies go."""
        self._analyzer, self._limits, self._sampling, self._copies = analyzer, limits, sampling, copies

    def length(self, source: Input) -> int:
        """How many lines it will about give."""
        if source.error or not source.is_video:
            return 1
        try:
            video = Video(source.name, self._limits)
        except (FrameError, OSError):
            return 1
        return max(math.ceil(video.count / video.fps * self._sampling.fps(video.fps)), 1)

    def read(self, source: Input) -> Iterator[Line]:
        """The lines of one picture or video; what cannot be read gives one with an error.

        Raises:
            OSError: a labelled copy cannot be written.
        """
        if source.error:
            yield {"file": source.name, "error": source.error}
        elif source.is_video:
            yield from self._video(source)
        else:
            yield self._picture(source)

    def _picture(self, source: Input) -> Line:
        try:
            with refusing_failures():
                data = _read(source.name, self._limits)
                line = {"file": source.name} | self._analyzer.analyze_bytes(data, self._limits).to_dict()
        except FrameError as error:
            return {"file": source.name, "error": _sentence(source.name, error)}
        if self._copies is not None:
            self._copies.picture(source, decode_frame(data, self._limits), line["faces"])
        return line

    def _video(self, source: Input) -> Iterator[Line]:
        try:
            with refusing_failures():
                video = Video(source.name, self._limits)
        except FrameError as error:
            yield {"file": source.name, "error": _sentence(source.name, error)}
            return
        now = 0.0
        tracker = FaceTracker(lambda: now)
        fps = self._sampling.fps(video.fps)
        copy = self._copies.video(source, fps) if self._copies is not None else None
        try:
            for frame in video.frames(self._sampling):
                now = frame.seconds
                yield self._frame(source, frame, tracker, copy)
        except FrameError as error:
            yield {"file": source.name, "error": str(error)}
        finally:
            if copy is not None:
                copy.close()

    def _frame(self, source: Input, frame: VideoFrame, tracker: FaceTracker, copy: VideoCopy | None) -> Line:
        about = {"file": source.name, "frame": frame.number, "seconds": frame.seconds}
        try:
            with refusing_failures():
                line = about | self._analyzer.analyze(frame.image, tracker).to_dict()
        except FrameError as error:
            line = about | {"error": _sentence(source.name, error)}
        if copy is not None:
            copy.add(frame.image, line.get("faces", []))
        return line


def _sentence(name: str, error: FrameError) -> str:
    """What went wrong with a file; a failure of this program is told on standard error as well."""
    if isinstance(error.__cause__, OSError):
        return f"cannot read {name}: {error.__cause__.strerror}"
    if error.__cause__ is not None:
        click.echo(f"raut: {name}: {in_one_line(error.__cause__)}", err=True)
    return str(error)


def _read(name: str, limits: FrameLimits) -> bytes:
    """A file's bytes; of one without an end, such as a device, no more than it takes to refuse it."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(limits.max_bytes + 1)
    size = Path(name).stat().st_size
    if size > limits.max_bytes:
        raise too_many_bytes(size, limits)
    with Path(name).open("rb") as file:
        return file.read(limits.max_bytes + 1)
