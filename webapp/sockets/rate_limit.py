"""A token bucket: so many a second on average, with a burst above that for a moment."""

from __future__ import annotations

import time
from typing import Final

BURST_S: Final = 2.0
"""A bucket holds the tokens of so many seconds: a stalled network delivers its frames all at once."""


class TokenBucket:
    """Tokens come at a steady rate, each frame takes one, and a full bucket takes no more in."""

    def __init__(self, rate: float):
        """Fill a bucket that gets `rate` tokens a second."""
        self._rate, self._most = rate, max(1.0, rate * BURST_S)
        self._tokens = self._most
        self._filled_at = time.monotonic()

    def take(self, now: float | None = None) -> bool:
        """Take one token, if there is one.

        Args:
            now: seconds of `time.monotonic`; None for this moment.
        """
        now = time.monotonic() if now is None else now
        self._tokens = min(self._most, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
