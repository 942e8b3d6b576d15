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
