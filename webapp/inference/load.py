"""How busy a worker has been lately, and how much rarer that makes the looks that may wait."""

from __future__ import annotations

import time
from typing import Final

HALF_LIFE_S: Final = 0.5
"""What was so long ago counts half."""

BUSY: Final = 0.9
"""From this share of its time on a worker is busy ..."""

FREE: Final = 0.7
"""... until it has sunk below this one: rarer looks alone do not take it there."""

SLOWER: Final = 2.0
"""How many times as far apart a busy worker's looks are."""


class Load:
    """The share of its time that a worker works, of late.

    Attributes:
        is_busy: whether it has hardly any time left.
    """

    def __init__(self) -> None:
        """Start idle."""
        self._ended = self._began = time.monotonic()
        self._share = 0.0
        self.is_busy = False

    def begin(self) -> None:
        """Note that work begins."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Note that it has ended."""
        now = time.monotonic()
        passed, worked = now - self._ended, now - self._began
        self._ended = now
        if passed > 0:
            kept = 0.5 ** (passed / HALF_LIFE_S)
            self._share = kept * self._share + (1 - kept) * worked / passed
            self.is_busy = self._share >= (FREE if self.is_busy else BUSY)

    @property
    def pace(self) -> float:
        """How many times as far apart as usual looks are that may wait."""
        return SLOWER if self.is_busy else 1.0
