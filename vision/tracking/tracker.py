"""The tracks of one camera: predicted, associated in two stages, started, forgotten.

As in ByteTrack (Zhang et al. 2022): faces that the detector is sure of are assigned first, to all tracks; those that it is
less sure of then, to the tracks that are left. Each assignment minimizes the cost of all pairs together, by place and look.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Face
from vision.detection import ScanMemory
from vision.tasks import TASKS
from vision.tracking.association import best_pairs, crowded, is_ambiguous, possible_pairs
from vision.tracking.doubt import CLEAR_SIZE, STRANGE, doubt_of, likeness_of
from vision.tracking.track import BLINK_S, Track

FORGET_AFTER_S: Final = 1.0
"""A face that frames do not show for longer is a new one when it comes back."""

FRAMES_AT_FIRST: Final = 2
"""Frames of a new camera that are searched everywhere, so that far faces are not found one after the other."""

LONGEST_GAP_S: Final = 10.0
"""Without any frame for longer, nothing is known any more."""

SLOW_S: Final = 0.06
"""Where frames come further apart, each may cost twice as many looks."""

SURE: Final = 0.5
"""Least score of a face in the first stage, and of one that starts a track; the detector asks more of a newcomer itself."""


class FaceTracker:
    """The tracks of one camera.

    Attributes:
        memory: where the detector should look next.
        resting: the tracks of the last frame that were in sight and not looked for; their faces are where their motion leads.
        pace: how many times as far apart looks at known faces and searches for newcomers are as where there is time enough;
            whoever has no time left sets it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, searches_later: bool = False):
        """Start without any track.

        Args:
            clock: gives seconds.
            searches_later: whether whoever uses it calls `FaceAnalyzer.search_later` after each frame, so that results come sooner.
        """
        self._clock, self._searches_later = clock, searches_later
        self.pace = 1.0
        self._last_number = 0
        self._came_at: float | None = None  # of a frame that has come and is not begun
        self.start_over()

    def start_over(self) -> None:
        """Forget every face: another camera shows another place. Numbers go on, so that none is used twice."""
        self._tracks: list[Track] = []
        self.resting: list[Track] = []
        self._frame_size: tuple[int, int] | None = None
        self._now: float | None = None
        self.memory = ScanMemory(thorough_frames=FRAMES_AT_FIRST, searches_later=self._searches_later)

    def begin(self, width: int, height: int) -> None:
        """Go on to the next frame, before its faces are searched: say where they should be.

        Args:
            width: of the frame in pixels; a page changes it to keep up, and the faces stay where they are.
            height: likewise.
        """
        now, self._came_at = self._clock() if self._came_at is None else self._came_at, None
        if self._now is not None and now - self._now > LONGEST_GAP_S:
            self.start_over()
        other_size = self._rescale(width, height)
        elapsed = 0.0 if self._now is None else now - self._now
        self._now = now
        self._tracks = [
            track for track in self._tracks if track.lost_at is None or now - track.lost_at <= FORGET_AFTER_S
        ]
        for track in self._tracks:
            track.motion.predict(elapsed, coasting=track.lost_at is not None and not track.is_covered(now))
        boxes = [track.box for track in self._tracks]
        for index in crowded(boxes):
            self._tracks[index].covered_at = now
        self.memory.now, self.memory.pace, self.memory.share = now, self.pace, 2 if elapsed > SLOW_S else 1
        self.memory.boxes, self.memory.resting = boxes, frozenset()
        self.memory.waited = [math.inf if other_size else track.waited(now) for track in self._tracks]

    def reduction(self, width: int, height: int, sharp_sizes: Mapping[str, float]) -> float:
        """By how much the frame that has come now may be smaller and still show each face as sharply as its CNNs need it.

        Args:
            width: of the frame, in pixels.
            height: likewise.
            sharp_sizes: of each task's name the size of a face, in pixels, above which a crop gets no sharper.

        Returns:
            1 or less where it must not be smaller: newcomers, which may be far off, are searched on a whole frame.
        """
        now = self._came_at = self._clock()
        if self._frame_size != (width, height) or not self._tracks or self.memory.is_search_due(now):
            return 1.0
        # Whether a face is blurred is seen by the expression's crop, on every frame.
        return min(
            track.motion.size
            / max(
                sharp_sizes[task.name]
                for task in TASKS.values()
                if task.is_fleeting or track.will_want(task, now, self.pace)
            )
            for track in self._tracks
        )

    def follow(self, faces: Sequence[Face], looks: NDArray[np.float32] | None = None) -> list[Track | None]:
        """Find each face's track, or start one.

        Args:
            faces: all faces of the frame that was begun.
            looks: (N, 144) of each, by `looks_of`; None where they are not known.

        Returns:
            Their tracks, in the faces' order; None for a face too doubtful to start one.
        """
        now = self._clock() if self._now is None else self._now
        resting = [self._tracks[index] for index in self.memory.resting]
        matches = self._associate(faces, looks, now)
        tracks = []
        for index, face in enumerate(faces):
            look = None if looks is None else looks[index]
            track = matches.get(index)
            if track is not None:
                track = self._go_on(track, face, now, look)
            elif face.score >= SURE:
                track = self._start(face, now, look)
            tracks.append(track)
        seen = {track.number for track in tracks if track is not None}
        self.resting = [track for track in resting if track.number not in seen and track.lost_at is None]
        not_looked_for = {track.number for track in resting}
        for track in self._tracks:
            if track.number not in seen | not_looked_for:
                track.miss(now)
        return tracks

    def _associate(self, faces: Sequence[Face], looks: NDArray[np.float32] | None, now: float) -> dict[int, Track]:
        """Both stages: each face's index with its track."""
        matches: dict[int, Track] = {}
        for stage in (True, False):
            rows = [index for index, face in enumerate(faces) if (face.score >= SURE) == stage]
            if not rows:
                continue
            taken = {track.number for track in matches.values()}
            # What has been out of sight comes back as a face that the detector is sure of.
            columns = [
                track
                for track in self._tracks
                if track.number not in taken and (stage or track.lost_at is None or now - track.lost_at < BLINK_S)
            ]
            pairs = possible_pairs(
                [faces[row].box for row in rows],
                [track.box for track in columns],
                [track.lost_at is not None for track in columns],
            )
            if is_ambiguous(pairs):
                pairs = best_pairs(pairs, _likeness(None if looks is None else looks[rows], columns))
            matches |= {rows[row]: columns[column] for row, column, _ in pairs}
        return matches

    def _go_on(self, track: Track, face: Face, now: float, look: NDArray[np.float32] | None) -> Track:
        """The track with one more frame, or a new one where it is another person at its place."""
        if track.is_covered(now):  # by the face in front of it: its look says nothing
            track.doubt = None
            track.see(face.box, now, None)
            return track
        size = track.motion.size
        if track.lost_at is not None and size >= CLEAR_SIZE:
            likeness = likeness_of(track.look, look)
            if likeness is not None and likeness < STRANGE:
                return self._replace(track, face, now, look)
        if track.doubt is None:
            elapsed = now - track.seen_at
            track.doubt = doubt_of(track.look, track.last_look, look, now=now, elapsed=elapsed, size=size)
        if track.doubt is not None:
            track.doubt.compare(likeness_of(track.look, look))
            if track.doubt.is_over(now):
                if track.doubt.is_another(track.scores):
                    return self._replace(track, face, now, look)
                track.settle()
                track.look = look if look is not None else track.look
        track.see(face.box, now, look)
        return track

    def _replace(self, track: Track, face: Face, now: float, look: NDArray[np.float32] | None) -> Track:
        self._tracks.remove(track)
        return self._start(face, now, look)

    def _start(self, face: Face, now: float, look: NDArray[np.float32] | None) -> Track:
        self._last_number += 1
        track = Track(self._last_number, face.box, now, look)
        self._tracks.append(track)
        return track

    def _rescale(self, width: int, height: int) -> bool:
        """Go on with frames of a size; whether it is another one than before."""
        before, self._frame_size = self._frame_size, (width, height)
        if before is None or before == (width, height):
            return False
        across, down = width / before[0], height / before[1]
        for track in self._tracks:
            track.motion.rescale(across, down)
        self.memory.rescale(across, down)
        return True


def _likeness(looks: NDArray[np.float32] | None, tracks: Sequence[Track]) -> NDArray[np.float32] | None:
    """Products of all faces' and all tracks' looks; None where any is not known."""
    known = [track.look for track in tracks if track.look is not None]
    return looks @ np.stack(known).T if looks is not None and len(known) == len(tracks) else None
