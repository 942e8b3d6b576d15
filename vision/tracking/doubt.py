"""Whether the face at a track's place is still the same person's: another camera, a cut, a hand-over.

A place alone is no identity. Two things speak for another person: a look that has changed at once (`appearance`), and age and
gender that differ from what was known. Either raises a doubt; while it lasts the CNNs look at every frame, and what they
say is kept apart. A quarter of a second later it is settled, for the same person or for a new one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.tasks import TASKS, Task
from vision.tracking.appearance import Look

Scores = NDArray[np.float32]

UNLIKE: Final = 0.6
"""A product of looks below this raises a doubt: of one face's frames 1 % are below it, of two people's 93 %."""

STRANGE: Final = 0.45
"""One below this, from one frame to the next and lasting, is of another person: of two people's 77 % are."""

AT_ONCE_S: Final = 0.15
"""A change over more than so long may be a head that has turned."""

CLEAR_SIZE: Final = 40.0
"""Pixels across of a face whose keypoints do not jump: a smaller one's look says little by itself."""

LASTS_S: Final = 0.25
LEAST_LOOKS: Final = 3
"""A doubt lasts so long, and so many frames."""

_STRONG: Final = 0.3
"""Bhattacharyya coefficient of two distributions that contradict each other, as 98 % male and 98 % female do."""

_WEAK: Final = 0.8
"""One of two that differ more than an unchanged face's do."""


class Doubt:
    """What is seen from a change on until it is clear what it means."""

    def __init__(self, since: float, at_once: bool = False):
        """Begin, by the tracker's clock; `at_once` says that the look changed from one frame to the next."""
        self._since, self._at_once = since, at_once
        self._frames = 0
        self._likeness: list[float] = []
        self._scores: dict[str, list[Scores]] = {task.name: [] for task in TASKS.values()}

    def take(self, task: Task, scores: Scores) -> None:
        """Keep a CNN's look at the face."""
        self._scores[task.name].append(scores)

    def compare(self, likeness: float | None) -> None:
        """Keep how much the face of one more frame looks like the track's."""
        self._frames += 1
        if likeness is not None:
            self._likeness.append(likeness)

    def looks_of(self, task: Task) -> list[Scores]:
        """What a CNN said meanwhile."""
        return self._scores[task.name]

    def is_over(self, now: float) -> bool:
        """Whether enough was seen to settle it."""
        return self._frames >= LEAST_LOOKS and now - self._since >= LASTS_S

    def is_another(self, known: dict[str, Scores]) -> bool:
        """Whether what was seen is another person than the one who was known."""
        likeness = float(np.mean(self._likeness[-LEAST_LOOKS:])) if self._likeness else 1.0
        closeness = [
            _bhattacharyya(task, known[task.name], np.mean(looks, axis=0))
            for task in TASKS.values()
            if (looks := self._scores[task.name]) and task.name in known
        ]
        differs = min(closeness, default=1.0)
        return (self._at_once and likeness < STRANGE) or differs < _STRONG or (likeness < UNLIKE and differs < _WEAK)


def disagree(task: Task, known: Scores, fresh: Scores) -> bool:
    """Whether one look at a face contradicts what is known of it."""
    return _bhattacharyya(task, known, fresh) < _STRONG


def doubt_of(
    known: Look | None, last: Look | None, look: Look | None, *, now: float, elapsed: float, size: float
) -> Doubt | None:
    """The doubt that a look raises, if it raises one.

    Args:
        known: what the face looked like lately.
        last: what it looked like on the last frame; None where that said nothing.
        look: what it looks like now.
        now: by the tracker's clock.
        elapsed: seconds since the last frame.
        size: of the face, in pixels.
    """
    change = likeness_of(known if last is None else last, look)
    if change is None or change >= UNLIKE:
        return None
    at_once = last is not None and change < STRANGE and elapsed <= AT_ONCE_S and size >= CLEAR_SIZE
    return Doubt(now, at_once)


def likeness_of(first: Look | None, second: Look | None) -> float | None:
    """The product of two looks; None where one is not known."""
    return None if first is None or second is None else float(first.dot(second))


def _bhattacharyya(task: Task, first: Scores, second: Scores) -> float:
    return float(np.sqrt(task.classes(first) * task.classes(second)).sum())
