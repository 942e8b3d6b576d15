"""Where a detector looks: regions of a frame in turn, the surroundings of a face, and what it remembers of one camera."""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from vision.boxes import Box, Face, scaled
from vision.frame import Image

SCAN_EVERY_S: Final = 0.19
"""Seconds from one region's search for newcomers to the next while faces are in view; every frame else."""

WHOLE_EVERY_S: Final = 0.045
"""Seconds from one look at the whole frame to the next where all known faces are too small to be seen clearly by it, so that it is for
newcomers alone: on every second of 30 frames; on every frame else."""

TILE_SHARE: Final = 0.7
"""A tile's side as a share of the frame's shorter one: full-range then sees faces from 3 % of the width on."""

WIDE: Final = 9 / 16
"""Shorter by longer side of a wide frame. A less wide one has tiles as small as if it were so wide: else a face of the same share of
its width would be smaller in them, and full-range less sure of it. (Of four far people in a frame of 4:3 it was sure enough of two.)"""

FINER_SHARES: Final = (0.35, 0.175)
"""Tiles of a picture by itself beside those. Of 314 faces of 1 to 4.5 % of a picture's width, pasted into 40 pictures, 236 are
found by them in place of 124 without, and no false face more, for 0.4 s of CPU time more a picture."""

SMALLEST_TILE: Final = 96
"""Pixels along a finer tile's side: a smaller one would have faces too small to tell anything of."""

TILE_OVERLAP: Final = 0.15

MOST_IN_FRAME: Final = 4
MOST_ALONG: Final = 64
"""Tiles along one edge: of a camera's frame, and of a picture by itself, such as a panorama."""

MOST_FINER: Final = 120
"""Finer tiles of one picture: its search must not take seconds, however long and narrow it is."""

CLOSE_LOOK: Final = 2.5
"""A close look takes in the box enlarged by this factor: as much room as a selfie has."""

SHARED_LOOK: Final = 1.6
"""The same for a look that up to four known faces share: each has a quarter of the model's square, and fills more of it. (Against a
look of its own: on 955 faces of UTKFace and FER2013 97 to 100 % are found, and the CNNs are right as often.)"""

SHARED_LEAST: Final = 40.0
"""Pixels across of the smallest face that shares a look: at a quarter of the model's square smaller ones are blurred, and
their keypoints jump."""

Region = tuple[int, int, int, int]
"""x, y, width, height of a part of a frame, whole pixels."""


@dataclass
class ScanMemory:
    """What is known of one camera's faces, so that the detector need not search everywhere on every frame.

    Attributes:
        boxes: where faces should be, those out of sight for a moment included.
        turned: where faces were on the last frame that lie on their side or stand on their head.
        waited: seconds since each of these was looked for; empty where all of them are to be looked for.
        resting: indices of these that were not looked for on the last frame; the detector sets it.
        now: when the frame was taken, in seconds of any clock; who has the clock sets it.
        share: how many times as much as on a usual frame may be looked at; the tracker sets it.
        pace: how many times as far apart searches for newcomers are while faces are in view; the tracker sets it.
        thorough_frames: how many frames more are searched everywhere.
        searches_later: whether newcomers beside faces in view are searched once the frame has been answered
            (`Detector.search_later`), so that its answer need not wait for it.
        left: the frame that is left to search so, and where.
        proposed: where that search saw somebody; the next frame's close looks confirm or refuse it.
    """

    boxes: Sequence[Box] = ()
    waited: Sequence[float] = ()
    resting: AbstractSet[int] = frozenset()
    turned: Sequence[Box] = ()
    now: float = 0.0
    share: int = 1
    pace: float = 1.0
    thorough_frames: int = 0
    searches_later: bool = False
    left: tuple[Image, list[Region]] | None = None
    proposed: Sequence[Face] = ()
    _searched_at: float | None = None
    _seen_whole_at: float | None = None
    _next_region: int = 0

    def is_search_due(self, now: float) -> bool:
        """Whether newcomers are searched on a frame that is taken `now`, even while faces are in view."""
        searched = self._searched_at
        return bool(self.thorough_frames) or searched is None or now - searched >= SCAN_EVERY_S * self.pace

    def is_whole_look_due(self, any_clear: bool) -> bool:
        """Whether this frame is looked at as a whole; `any_clear`: a known face is large enough to be seen clearly so."""
        before = self._seen_whole_at
        may_wait = bool(self.boxes) and not any_clear and not self.thorough_frames
        if may_wait and before is not None and 0 < self.now - before < WHOLE_EVERY_S * self.pace:
            return False
        self._seen_whole_at = self.now
        return True

    def rescale(self, across: float, down: float) -> None:
        """Go on to a frame that shows the same in another size."""
        self.boxes = [scaled(box, across, down) for box in self.boxes]
        self.turned = [scaled(box, across, down) for box in self.turned]
        self.proposed = [replace(face, box=scaled(face.box, across, down)) for face in self.proposed]

    def may_wait(self) -> bool:
        """Whether this frame's search for newcomers may wait until the frame has been answered, where faces are in view."""
        return self.searches_later and not self.thorough_frames and self.share == 1

    def regions_due(self, height: int, width: int, faces_in_view: bool) -> list[Region]:
        """The regions of a frame that are searched for newcomers now: by time, whatever the rate of frames."""
        everywhere = regions(height, width)
        if self.thorough_frames:
            self.thorough_frames -= 1
            self._searched_at = self.now
            return everywhere
        every = SCAN_EVERY_S * self.pace
        waited = every if self._searched_at is None else self.now - self._searched_at
        count = max(min(int(waited / every), len(everywhere)), 0 if faces_in_view else 1)
        if count:
            self._searched_at = self.now
        due = [everywhere[(self._next_region + step) % len(everywhere)] for step in range(count)]
        self._next_region = (self._next_region + count) % len(everywhere)
        return due


def regions(height: int, width: int) -> list[Region]:
    """Where full-range looks in a camera's frame: the whole of it, then overlapping square tiles that cover it.

    Args:
        height: of the frame, in pixels.
        width: likewise; of a strip longer than `MOST_IN_FRAME` tiles the end is not covered.
    """
    shorter, longer = sorted((height, width))
    return [
        (0, 0, width, height),
        *_tiles(height, width, TILE_SHARE * min(1.0, WIDE * longer / shorter), MOST_IN_FRAME),
    ]


def coarse_regions(height: int, width: int) -> list[Region]:
    """Where it looks in a picture by itself of any shape; `fine_regions` has the smaller tiles."""
    return [(0, 0, width, height), *_tiles(height, width, TILE_SHARE, MOST_ALONG)]


def fine_regions(height: int, width: int) -> list[Region]:
    """The same, and in tiles of a half and a quarter of the size as far as time allows."""
    finer: list[Region] = []
    for share in FINER_SHARES:
        tiles = _tiles(height, width, share, MOST_ALONG)
        if tiles[0][2] >= SMALLEST_TILE and len(finer) + len(tiles) <= MOST_FINER:
            finer += tiles
    return coarse_regions(height, width) + finer


def _tiles(height: int, width: int, share: float, most: int) -> list[Region]:
    """Square tiles whose side is a share of the frame's shorter one."""
    side = max(1, round(min(height, width) * share))
    return [(x, y, side, side) for y in _starts(height, side, most) for x in _starts(width, side, most)]


def _starts(length: int, side: int, most: int) -> list[int]:
    """Where tiles begin along one edge, evenly, so that neighbours overlap."""
    count = min(math.ceil(length / side * (1 + TILE_OVERLAP)), most)
    return [round(step * (length - side) / max(count - 1, 1)) for step in range(count)]


def surroundings(box: Box, image: Image, enlarged: float = CLOSE_LOOK) -> Region:
    """The square around a box that a close look takes in, within the frame."""
    height, width = image.shape[:2]
    x, y, box_width, box_height = box
    reach = max(box_width, box_height) * enlarged / 2
    middle_x, middle_y = x + box_width / 2, y + box_height / 2
    left, top = max(0, round(middle_x - reach)), max(0, round(middle_y - reach))
    right, bottom = min(width, round(middle_x + reach)), min(height, round(middle_y + reach))
    return left, top, right - left, bottom - top
