"""A label that holds until it is clearly beaten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class HeldLabel:
    """Hysteresis: a label gives way to another whose score is higher by a margin, and stays so for a while.

    A lead that is twice the margin needs half that while, and so on: a smile is told at once, a flicker never.
    """

    def __init__(self, margin: float, seconds: float):
        """Hold no label yet.

        Args:
            margin: by how much another score must be higher.
            seconds: how long a lead of that margin must last.
        """
        self._margin, self._seconds = margin, seconds
        self._held: int | None = None
        self._lead = 0.0

    def update(self, scores: Scores, elapsed: float) -> int:
        """Look at the smoothed scores.

        Args:
            scores: (outputs,), summing to 1.
            elapsed: seconds since the last look.

        Returns:
            The label's index.
        """
        best = int(scores.argmax())
        if self._held is None:
            self._held = best
        lead = float(scores[best] - scores[self._held])
        if lead < self._margin:
            self._lead = 0.0
            return self._held
        # The area under the lead: a high one is soon enough, a low one has to last.
        self._lead += lead * min(elapsed, self._seconds)
        if self._lead >= self._margin * self._seconds:
            self._held, self._lead = best, 0.0
        return self._held

    def drop(self, label: int) -> None:
        """Hold no label any more, if it is this one."""
        if self._held == label:
            self._held, self._lead = None, 0.0


class HeldDoubt:
    """What a label most likely is otherwise, and whether it is unsure at all; both held as a label is."""

    def __init__(self, margin: float, seconds: float):
        """Take margin and seconds of a `HeldLabel`."""
        self._second, self._unsure = HeldLabel(margin, seconds), HeldLabel(margin, seconds)

    def update(self, scores: Scores, label: int, unsure_below: float, elapsed: float) -> tuple[int, bool]:
        """Look at the smoothed scores.

        Args:
            scores: (outputs,), summing to 1.
            label: what is shown.
            unsure_below: the score under which a label is as likely wrong as right.
            elapsed: seconds since the last look.

        Returns:
            The index of the likeliest other label, and whether the shown one is unsure.
        """
        self._second.drop(label)
        second = self._second.update(without(scores, label), elapsed)
        half_a_lead = (float(scores[label]) - unsure_below) / 2
        unsure = self._unsure.update(np.array([half_a_lead, -half_a_lead], np.float32), elapsed)
        return second, bool(unsure)


def without(scores: Scores, label: int) -> Scores:
    """The scores with one label's made so low that any other is likelier."""
    rest = scores.copy()
    rest[label] = -1
    return rest
