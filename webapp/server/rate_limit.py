"""A token bucket: allows a rate on average, and more than that for a moment."""

from __future__ import annotations

import time
from typing import Final

BURST_S: Final = 2.0
"""Seconds of tokens that a bucket holds: after a stall the network delivers its frames all at once."""


class TokenBucket:
    """Tokens come at a steady rate until the bucket is full; each frame, request or message takes one."""

    def __init__(self, rate: float, burst_s: float = BURST_S, filled: float = 1.0):
        """Start with a bucket that gets `rate` tokens a second, holds those of `burst_s` seconds and has a share of them."""
        self._rate, self._most = rate, max(1.0, rate * burst_s)
        self._tokens = max(1.0, self._most * filled)
        self._filled_at = time.monotonic()

    def take(self, now: float | None = None, count: float = 1) -> bool:
        """Take a token, if there is one.

        Args:
            now: seconds of `time.monotonic`; None for this moment.
            count: how many are taken at once.
        """
        return self.wait_s(0.0, now, count) is not None

    def wait_s(self, patience_s: float, now: float | None = None, count: float = 1) -> float | None:
        """Take a token, waiting for it if need be.

        Args:
            patience_s: the longest wait for it.
            now: seconds of `time.monotonic`; None for this moment.
            count: how many are taken at once.

        Returns:
            Seconds to wait until it is there; None if that is too long, and then nothing is taken.
        """
        now = time.monotonic() if now is None else now
        self._tokens = min(self._most, self._tokens + max(0.0, now - self._filled_at) * self._rate)
        self._filled_at = now
        wait_s = max(0.0, count - self._tokens) / self._rate
        if wait_s > patience_s:
            return None
        self._tokens -= count
        return wait_s

    @property
    def debt(self) -> float:
        """Tokens that were missing when one was last asked for or charged; 0 if none were."""
        return max(0.0, -self._tokens)

    def charge(self, count: float, most_debt: float | None = None) -> None:
        """Take tokens for something that is done already: so many that what comes next waits.

        Args:
            count: how many.
            most_debt: how many may be missing then; None for a whole bucket.
        """
        most_debt = self._most if most_debt is None else most_debt
        self._tokens = max(self._tokens - max(count, 0.0), min(self._tokens, -most_debt))
