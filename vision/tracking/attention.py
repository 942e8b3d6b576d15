"""Which CNNs look at which faces of a frame: those that have waited longest, so that many faces cost as much as three."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from vision.tasks import TASKS, Task
from vision.tracking.track import Track

LOOKS_A_FRAME: Final = 3
"""CNNs that run on a frame, first looks at newcomers apart; fewer where there is no time for so many."""

DueLook = tuple[int, str]
"""A track's number and a task's name."""


def looks_due(tracks: Sequence[Track], pace: float = 1.0) -> set[DueLook]:
    """The looks of the CNNs at the faces of a frame.

    A newcomer gets all of its looks at once, since it is shown with all labels or not at all. Else a look is the more urgent
    the longer it has waited, measured by how often it is needed: newcomers and doubts first, then expressions.

    Args:
        tracks: of the faces that are seen on this frame.
        pace: as of `FaceTracker`.

    Returns:
        All that are wanted where they are few; else the most urgent, as many as there is time for, and a newcomer's.
    """
    most = round(LOOKS_A_FRAME / pace)
    wanted: list[tuple[float, Track, Task]] = [
        (track.urgency(task), track, task) for track in tracks for task in TASKS.values() if track.wants(task, pace)
    ]
    if len(wanted) > most:
        wanted.sort(key=lambda wish: -wish[0])
        at_once = sum(urgency == math.inf for urgency, _, _ in wanted)
        wanted = wanted[: max(most, at_once)]
    return {(track.number, task.name) for _, track, task in wanted}
