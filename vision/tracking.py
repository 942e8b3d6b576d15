"""The same face keeps its id and its smoothed scores from frame to frame.

Age and gender do not change while we look, so a steady track's are averaged and looked at ever more
seldom; expressions do, so they are only steadied over a fifth of a second.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box, Face, intersection_over_union
from vision.detection import ScanMemory
from vision.tasks import TASKS, Task

Scores = NDArray[np.float32]

FORGET_AFTER_S: Final = 1.0
"""A face that was out of sight for longer is a new one when it comes back."""

MIN_OVERLAP: Final = 0.2
"""A face moves on to the nearest track whose last box overlaps it this much."""

EXPRESSION_HALF_LIFE_S: Final = 0.1

FRAMES_AT_FIRST: Final = 4
"""A new face's age and gender are looked at on each of its first frames ..."""

FRAMES_BETWEEN_LOOKS: Final = 10
"""... then on every tenth, age and gender in turn."""

_STEADY: Final = [name for name, task in TASKS.items() if not task.is_fleeting]
_TURNS: Final = {name: index * FRAMES_BETWEEN_LOOKS // len(_STEADY) for index, name in enumerate(_STEADY)}
"""On which of those ten frames each is looked at: spread, so that no frame carries both."""

LONGEST_MEMORY: Final = 20
"""Looks over which age and gender are averaged; older ones fade."""


@dataclass
class Track:
    """One face over time.

    Attributes:
        number: its id, unique in its tracker.
        box: where it was last seen, in pixels.
        seen_at: when, in seconds of the tracker's clock.
        frames: on how many frames it was seen.
        scores: smoothed distribution of each task.
        looks: how often each task was looked at.
    """

    number: int
    box: Box
    seen_at: float
    frames: int = 0
    scores: dict[str, Scores] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    _expression_at: float = 0.0

    def wants(self, task: Task) -> bool:
        """Whether the CNN of a task should run on this frame."""
        if task.is_fleeting or task.name not in self.scores or self.frames <= FRAMES_AT_FIRST:
            return True
        # A face's number moves its turn, so that not all faces are looked at on the same frame.
        return (self.frames + self.number * 3) % FRAMES_BETWEEN_LOOKS == _TURNS[task.name]

    def learn(self, task: Task, scores: Scores) -> Scores:
        """Take a CNN's scores in and give the smoothed ones.

        Args:
            task: whose they are.
            scores: (outputs,) float32, sums to 1.

        Returns:
            The same shape, still summing to 1.
        """
        looks = self.looks[task.name] = self.looks.get(task.name, 0) + 1
        weight = 1 / min(looks, LONGEST_MEMORY)
        if task.is_fleeting:
            elapsed, self._expression_at = self.seen_at - self._expression_at, self.seen_at
            weight = 1 - 0.5 ** (elapsed / EXPRESSION_HALF_LIFE_S) if looks > 1 else 1.0
        before = self.scores.get(task.name, scores)
        self.scores[task.name] = before + np.float32(weight) * (scores - before)
        return self.scores[task.name]


class FaceTracker:
    """The tracks of one camera.

    Attributes:
        memory: where the detector should look next.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        """Start without any track; `clock` gives seconds."""
        self._clock = clock
        self._tracks: list[Track] = []
        self._last_number = 0
        self._frame_size: tuple[int, int] | None = None
        self.memory = ScanMemory()

    def resize(self, width: int, height: int) -> None:
        """Say how large the next frame is: a page changes that to keep up, and the faces stay where they are.

        Args:
            width: in pixels.
            height: likewise.
        """
        before, self._frame_size = self._frame_size, (width, height)
        if before is None or before == (width, height):
            return
        across, down = width / before[0], height / before[1]
        for track in self._tracks:
            track.box = _scaled(track.box, across, down)
        self.memory.boxes = [_scaled(box, across, down) for box in self.memory.boxes]

    def follow(self, faces: Sequence[Face]) -> list[Track]:
        """Find each face's track, or start one.

        Args:
            faces: all faces of the next frame.

        Returns:
            Their tracks, in the faces' order.
        """
        now = self._clock()
        self._tracks = [track for track in self._tracks if now - track.seen_at <= FORGET_AFTER_S]
        matches = self._match(faces)
        tracks = []
        for index, face in enumerate(faces):
            track = matches.get(index) or self._start(face, now)
            track.box, track.seen_at = face.box, now
            track.frames += 1
            tracks.append(track)
        return tracks

    def _start(self, face: Face, now: float) -> Track:
        self._last_number += 1
        track = Track(self._last_number, face.box, now)
        self._tracks.append(track)
        return track

    def _match(self, faces: Sequence[Face]) -> dict[int, Track]:
        """Pair faces with tracks, the closest pair first (a handful of faces needs no Hungarian method)."""
        boxes = np.reshape([face.box for face in faces], (-1, 1, 4))
        overlaps = intersection_over_union(boxes, np.reshape([track.box for track in self._tracks], (-1, 4)))
        pairs = [
            (closeness, index, track)
            for index, face in enumerate(faces)
            for place, track in enumerate(self._tracks)
            if (closeness := _closeness(face.box, track.box, float(overlaps[index, place]))) > MIN_OVERLAP
        ]
        matches: dict[int, Track] = {}
        taken: set[int] = set()
        for _, index, track in sorted(pairs, key=lambda pair: -pair[0]):
            if index not in matches and track.number not in taken:
                matches[index] = track
                taken.add(track.number)
        return matches


def _scaled(box: Box, across: float, down: float) -> Box:
    x, y, width, height = box
    return x * across, y * down, width * across, height * down


def _closeness(first: Box, second: Box, overlap: float) -> float:
    """1 for equal boxes, falling with distance; a quick face that left its last box can still be its own.

    The overlap where there is one; else, for boxes of like size with middles less than one width
    apart, a value just above `MIN_OVERLAP`.
    """
    if overlap > MIN_OVERLAP:
        return overlap
    size = math.sqrt(first[2] * second[2])
    apart = math.hypot(
        first[0] + first[2] / 2 - second[0] - second[2] / 2, first[1] + first[3] / 2 - second[1] - second[3] / 2
    )
    alike = 0.6 < first[2] / second[2] < 1.6
    return MIN_OVERLAP + 0.01 * (1 - apart / size) if alike and apart < size else 0.0
