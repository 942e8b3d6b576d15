"""One face over time: where it is, what it looks like, and what the CNNs said of it so far."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box
from vision.tasks import TASKS, Task
from vision.tracking.appearance import Look
from vision.tracking.doubt import Doubt, disagree
from vision.tracking.motion import Motion
from vision.tracking.steadiness import HeldDoubt, HeldLabel

Scores = NDArray[np.float32]

EXPRESSION_HALF_LIFE_S: Final = 0.1

LOOKS_AT_FIRST: Final = 4
"""All CNNs look at a new face on each of its first frames ..."""

SECONDS_BETWEEN_LOOKS: Final = 1 / 3
"""... then those for age and gender three times a second, in turn ..."""

EXPRESSION_EVERY_S: Final = 0.045
"""... and the one for expression once in so long: on every second of 30 frames a second, and on each of 20."""

MANY_EXPRESSION_S: Final = 0.1
MANY_STEADY_S: Final = 1.0
MANY_DOUBT_S: Final = 1 / 30
"""Where a frame has more faces than can be looked at: how often an expression is needed, how often the age and gender of a face
that is known, and how often all of one that may be somebody else's."""

LONGEST_MEMORY: Final = 20
"""Looks over which age and gender are averaged; older ones fade."""

LOOK_MEMORY_S: Final = 0.3
"""How soon the remembered look follows a face that turns."""

COVERED_S: Final = 0.15
LOST_COVERED_S: Final = 1.0
"""How long after another face was near a look says nothing: in sight, and out of sight."""

FRAMES_TO_KNOW_MOTION: Final = 3
"""On so many frames it is looked for before it may rest."""

BLINK_S: Final = 0.3
"""A face that was missed for less is looked for on each frame, and may come back though the detector is not sure of it."""

_STEADY: Final = [task for task in TASKS.values() if not task.is_fleeting]
_PHASES: Final = {task.name: index / len(_STEADY) for index, task in enumerate(_STEADY)}
"""Where in the time between two looks each task's turn is, so that no frame carries all."""

_FLEETING_LABEL: Final = (0.14, 0.15)
_STEADY_LABEL: Final = (0.03, 0.01)
_DOUBT: Final = (0.05, 0.02)
"""Allowance and evidence of `HeldLabel`. Between two expressions that are about as likely a label does not change; it is unsure."""


class Track:
    """One face over time.

    Attributes:
        number: its id, unique in its tracker.
        motion: where it is and goes.
        seen_at: when it was last seen, in seconds of the tracker's clock.
        lost_at: when it was first missed on a frame; None while it is in sight.
        covered_at: when another face was last so near that it may have covered this one.
        frames: on how many frames it was seen.
        look: what it looked like lately, averaged; None where no looks are known.
        last_look: what it looked like on the last frame.
        scores: smoothed distribution of each task.
        looks: how often each task was looked at.
        doubt: whether this is still the same person; None while nothing speaks against it.
        told: what was said of it when it was last seen, for whoever follows it to keep.
    """

    def __init__(self, number: int, box: Box, now: float, look: Look | None = None):
        """Start with the first sight of a face."""
        self.number = number
        self.motion = Motion(box)
        self.look = self.last_look = look
        self.seen_at = self._looked_for_at = now
        self._middle = self.motion.middle
        self.lost_at: float | None = None
        self.covered_at = -math.inf
        self.frames = 1
        self.scores: dict[str, Scores] = {}
        self.looks: dict[str, int] = {}
        self.doubt: Doubt | None = None
        self.told: Any = None
        self._labels = {
            task.name: HeldLabel(*(_FLEETING_LABEL if task.is_fleeting else _STEADY_LABEL)) for task in TASKS.values()
        }
        self._held_doubt = HeldDoubt(*_DOUBT)
        self._learned_at: dict[str, float] = {}
        self._told_at: dict[str, float] = {}
        self._looked_at: dict[str, float] = {}  # what a doubt keeps apart included

    @property
    def box(self) -> Box:
        """Where it was last seen, or should be by now."""
        return self.motion.box

    def is_covered(self, now: float) -> bool:
        """Whether another face covers it, or did just now, or when it was lost."""
        return now - self.covered_at <= (COVERED_S if self.lost_at is None else LOST_COVERED_S)

    def see(self, box: Box, now: float, look: Look | None) -> None:
        """Go on with the next frame on which the face was found."""
        self.motion.correct(box)
        self._middle = self.motion.middle
        before, self.seen_at, self._looked_for_at, self.lost_at = self.seen_at, now, now, None
        self.frames += 1
        self.last_look = look
        if look is None:
            return
        if self.look is None:
            self.look = look
        elif self.doubt is None:
            share = 1 - 0.5 ** ((now - before) / LOOK_MEMORY_S)
            mixed = look - self.look  # in place from here on: each of ten faces pays this on every frame
            mixed *= max(share, 0.05)
            mixed += self.look
            mixed /= max(math.sqrt(mixed.dot(mixed)), 1e-6)
            self.look = mixed

    def miss(self, now: float) -> None:
        """Go on with a frame on which it was looked for and not found."""
        self._looked_for_at = now
        self.lost_at = now if self.lost_at is None else self.lost_at

    def waited(self, now: float) -> float:
        """Seconds since it was looked for; infinite for one that must not rest: a newcomer, and one that was missed just now."""
        is_new = self.frames < FRAMES_TO_KNOW_MOTION
        is_missed = self.lost_at is not None and now - self.lost_at < BLINK_S
        return math.inf if is_new or is_missed else now - self._looked_for_at

    def moved(self) -> tuple[float, float]:
        """By how many pixels, across and down, it should have moved since it was seen."""
        (x, y), (x_then, y_then) = self.motion.middle, self._middle
        return x - x_then, y - y_then

    def wants(self, task: Task, pace: float = 1.0) -> bool:
        """Whether the CNN of a task should run on this frame; `pace` as of `FaceTracker`."""
        return self.will_want(task, self.seen_at, pace)

    def will_want(self, task: Task, now: float, pace: float = 1.0) -> bool:
        """Whether it should run on the next frame, if the face is seen there and nothing speaks against it."""
        if self.looks.get(task.name, 0) < LOOKS_AT_FIRST or self.doubt:
            return True
        if task.is_fleeting:
            return now - self._looked_at[task.name] >= EXPRESSION_EVERY_S * pace
        # A face's number moves its turn, so that not all faces are looked at on the same frame.
        every = SECONDS_BETWEEN_LOOKS * pace
        phase = (_PHASES[task.name] + self.number * 0.3) * every
        before = self._looked_at[task.name]
        return (now + phase) // every != (before + phase) // every

    def urgency(self, task: Task) -> float:
        """How long a look has waited, as a share of how long it may; infinite before the first one."""
        if task.name not in self.scores:
            return math.inf
        if self.doubt:
            may_wait = MANY_DOUBT_S
        elif task.is_fleeting or self.looks[task.name] < LOOKS_AT_FIRST:
            may_wait = MANY_EXPRESSION_S
        else:
            may_wait = MANY_STEADY_S
        return (self.seen_at - self._looked_at[task.name]) / may_wait

    def learn(self, task: Task, scores: Scores, trust: float = 1.0) -> Scores:
        """Take a CNN's scores in and give the smoothed ones.

        Args:
            task: whose they are.
            scores: (outputs,) float32, sums to 1.
            trust: 0 to 1, how much they count against a look at a face that is well seen.

        Returns:
            The same shape, still summing to 1.
        """
        self._looked_at[task.name] = self.seen_at
        if not task.is_fleeting and self._is_doubtful(task, scores):
            return self.scores[task.name]
        return self._average(task, scores, trust)

    def _average(self, task: Task, scores: Scores, trust: float = 1.0) -> Scores:
        looks = self.looks[task.name] = self.looks.get(task.name, 0) + 1
        weight = 1 / min(looks, LONGEST_MEMORY)
        if task.is_fleeting and looks > 1:
            weight = 1 - 0.5 ** ((self.seen_at - self._learned_at[task.name]) / EXPRESSION_HALF_LIFE_S)
        if looks > 1:
            weight *= trust
        self._learned_at[task.name] = self.seen_at
        before = self.scores.get(task.name, scores)
        self.scores[task.name] = before + np.float32(weight) * (scores - before)
        return self.scores[task.name]

    def label(self, task: Task) -> int:
        """The index of the label that is shown for a task: the best of its classes, but held until it is clearly beaten."""
        return self._labels[task.name].update(task.classes(self.scores[task.name]), self._since_told(task.name))

    def doubt_about(self, task: Task, label: int, unsure_below: float) -> tuple[int, bool]:
        """What the label of a fleeting task most likely is otherwise, and whether it is unsure; see `HeldDoubt.update`."""
        return self._held_doubt.update(self.scores[task.name], label, unsure_below, self._since_told("doubt"))

    def _since_told(self, what: str) -> float:
        """Seconds since a label, or the doubt about it, was told for the last time."""
        before = self._told_at.get(what, self.seen_at)
        self._told_at[what] = self.seen_at
        return self.seen_at - before

    def _is_doubtful(self, task: Task, scores: Scores) -> bool:
        """Whether a look is kept apart, because it may be of another person."""
        known = self.scores.get(task.name)
        if known is None or self.looks[task.name] < LOOKS_AT_FIRST:
            return False
        if self.doubt is None and disagree(task, known, scores):
            self.doubt = Doubt(self.seen_at)
        if self.doubt is None:
            return False
        self.doubt.take(task, scores)
        return True

    def settle(self) -> None:
        """End a doubt for the better: what was looked at meanwhile is of the same person."""
        doubt, self.doubt = self.doubt, None
        for task in _STEADY:
            for scores in doubt.looks_of(task) if doubt else ():
                self._average(task, scores)
