"""Refusals by any part of the server: counted by code, and logged without secrets."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Final

log = logging.getLogger(__name__)

LOG_EVERY_S: Final = 10.0
"""Seconds between two log lines of one code: a flood of refusals must not become a flood of the log."""


class Refusals:
    """The one counter of refusals."""

    def __init__(self) -> None:
        """Start from 0."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._logged_at: dict[str, float] = {}

    def add(self, code: str, address: str = "") -> None:
        """Count one refusal.

        Args:
            code: one of a few, never anything that a client sent.
            address: of who was refused, where it is known.
        """
        now = time.monotonic()
        with self._lock:
            self._counts[code] += 1
            count = self._counts[code]
            is_due = now - self._logged_at.get(code, -LOG_EVERY_S) >= LOG_EVERY_S
            if is_due:
                self._logged_at[code] = now
        if is_due:
            # No path and no header: either may hold a token.
            log.warning("refused %s%s (%d since the start)", code, f" from {address}" if address else "", count)

    def to_dict(self) -> dict[str, int]:
        """How often each code was given since the start."""
        with self._lock:
            return dict(self._counts)
