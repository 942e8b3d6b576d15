"""A label that holds until it is clearly beaten."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

LONGEST_LOOK_S: Final = 0.4
"""A look counts for the time since the last one, but for no longer than this."""


class HeldLabel:
    """Hysteresis: a label holds until another has led it by more than chance would.

    The squares of its leads add up over time, less an allowance, and take the sum back where it falls behind (CUSUM: Page 1954,
    "Continuous inspection schemes"). A smile is told at once, half its lead has to last four times as long, a flicker is made
    up for. Whatever leads by more than the allowance is told in the end.
    """

    def __init__(self, allowance: float, evidence: float):
        """Hold no label yet.

        Args:
            allowance: the lead, a difference of scores, that says nothing.
            evidence: what the squares of leads must come to, in squared score times seconds.
        """
        self._allowance, self._evidence = allowance**2, evidence
        self._held: int | None = None
        self._sums: Scores | None = None  # of each label's leads; None while all are 0

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
        if self._held == best and self._sums is None:
            return best
        leads = scores - scores[self._held]
        gains = (leads * np.abs(leads) - self._allowance) * min(elapsed, LONGEST_LOOK_S)
        sums = np.maximum(gains if self._sums is None else gains + self._sums, 0)
        strongest = int(sums.argmax())
        if sums[strongest] >= self._evidence:
            self._held = strongest
        self._sums = sums if 0 < sums[strongest] < self._evidence else None
        return self._held

    def drop(self, label: int) -> None:
        """Hold no label any more, if it is this one."""
        if self._held == label:
            self._held = self._sums = None


class HeldDoubt:
    """What a label most likely is otherwise, and whether it is unsure at all; both held as a label is."""

    def __init__(self, allowance: float, evidence: float):
        """Take allowance and evidence of a `HeldLabel`."""
        self._second, self._unsure = HeldLabel(allowance, evidence), HeldLabel(allowance, evidence)

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
