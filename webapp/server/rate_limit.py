"""A token bucket: so many a second on average, with a burst above that for a moment."""

from __future__ import annotations

import time
from typing import Final

BURST_S: Final = 2.0
"""A bucket holds the tokens of so many seconds: a stalled network delivers its frames all at once."""


class TokenBucket:
    """Tokens come at a steady rate, each frame (or request, or message) takes one, and a full bucket takes no more in."""

    def __init__(self, rate: float, burst_s: float = BURST_S):
        """Fill a bucket that gets `rate` tokens a second and holds those of `burst_s` seconds."""
        self._rate, self._most = rate, max(1.0, rate * burst_s)
        self._tokens = self._most
        self._filled_at = time.monotonic()

    def take(self, now: float | None = None, count: float = 1) -> bool:
        """Take a token, if there is one.

        Args:
            now: seconds of `time.monotonic`; None for this moment.
            count: how many are taken at once.
        """
        return self.wait_s(0.0, now, count) is not None

    def wait_s(self, patience_s: float, now: float | None = None, count: float = 1) -> float | None:
        """Take a token, also one that is still to come.

        Args:
            patience_s: the longest wait for it.
            now: seconds of `time.monotonic`; None for this moment.
            count: how many are taken at once.

        Returns:
            Seconds until it is there, 0 for now; None, and nothing is taken, where that is too long.
        """
        now = time.monotonic() if now is None else now
        self._tokens = min(self._most, self._tokens + max(0.0, now - self._filled_at) * self._rate)
        self._filled_at = now
        wait_s = max(0.0, count - self._tokens) / self._rate
        if wait_s > patience_s:
            return None
        self._tokens -= count
        return wait_s

    def charge(self, count: float) -> None:
        """Take `count` more tokens, if it is above 0, for something done already: as many as that empty the bucket."""
        self._tokens -= min(max(count, 0.0), max(self._tokens, 0.0))
