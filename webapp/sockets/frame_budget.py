"""How many frames one page may send: a flood gets fewer, the faster it comes."""

from __future__ import annotations

from typing import Final

from webapp.server.rate_limit import TokenBucket

REFUSED_COSTS: Final = 0.5
"""Of a frame. Who sends half as much again as is allowed gets half of it, and who sends twice as much gets nothing; without
this a flood would get all that is allowed. One that is a little too fast loses a little."""

FILLED: Final = 0.5
"""How full a new page's budget is: a flood that comes back again and again gains little, and a camera needs no more."""

FLOOD_S: Final = 0.25
"""Seconds without a frame after which a flood is served again, at most."""

REST_S: Final = 0.05
"""Seconds for which nothing more is read of a flood: what is not read costs nothing, and holds the sender up."""


class FrameBudget:
    """The frames of one page."""

    def __init__(self, max_fps: float):
        """Allow so many a second, and, once it has been there for two seconds, twice as many for a moment."""
        self._bucket, self._rate = TokenBucket(max_fps, filled=FILLED), max_fps

    def take(self) -> bool:
        """Take a frame, if it is allowed."""
        return self._bucket.take()

    def refuse(self) -> float:
        """Count a frame that was not allowed.

        Returns:
            Seconds for which nothing more should be read of this page: 0 until it floods.
        """
        flood = self._rate * FLOOD_S
        self._bucket.charge(REFUSED_COSTS, flood)
        if self._bucket.debt < flood:
            return 0.0
        rest = self._rate * REST_S  # which gains it nothing
        self._bucket.charge(rest, flood + rest)
        return REST_S
