"""What was refused, counted by reason and told in the log without secrets."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Final

log = logging.getLogger(__name__)

LOG_EVERY_S: Final = 10.0
"""At most one line a reason in so many seconds: a flood of refusals must not become a flood of the log."""


class Refusals:
    """Counts since the start."""

    def __init__(self) -> None:
        """Start from nought."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._logged_at: dict[str, float] = {}

    def add(self, reason: str, address: str = "") -> None:
        """Count one refusal.

        Args:
            reason: one of a few codes, never anything that a client sent.
            address: whose.
        """
        now = time.monotonic()
        with self._lock:
            self._counts[reason] += 1
            count = self._counts[reason]
            is_due = now - self._logged_at.get(reason, -LOG_EVERY_S) >= LOG_EVERY_S
            if is_due:
                self._logged_at[reason] = now
        if is_due:
            # Neither path nor header: either may hold a token.
            log.warning("refused %s from %s (%d since the start)", reason, address or "somewhere", count)

    def to_dict(self) -> dict[str, int]:
        """Counts by reason."""
        with self._lock:
            return dict(self._counts)
