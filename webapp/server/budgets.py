"""A rate for each address: one for its guests, one for its strangers, and one for all strangers together.

A guest has shown a token. Guests and strangers of one address have separate buckets: behind one router all have the
same address, and a stranger must not use up what the guests need.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from webapp.server.rate_limit import TokenBucket

PATIENCE_S: Final = 2.0
"""Seconds that a stranger beyond the budget waits, at most."""

GUEST_PATIENCE_S: Final = 10.0
"""The same for a guest: a page and its modules are sixty requests, and a whole class may open it at once."""

STRANGERS_SHARE: Final = 0.25
"""The strangers' share of the guests' rate: enough for the page that says what to do."""

REMEMBERED: Final = 4096
"""Addresses that are kept; beyond them the one that has been silent for longest is forgotten."""


class AddressBudget:
    """The buckets of all addresses. Not thread-safe: its owner has a lock."""

    def __init__(self, rate: float, burst_s: float):
        """Give each address's guests `rate` tokens a second, and keep those of `burst_s` seconds for a moment."""
        self._rate, self._burst_s = rate, burst_s
        self._buckets: OrderedDict[tuple[str, bool], TokenBucket] = OrderedDict()
        self._strangers = TokenBucket(rate, burst_s)

    def wait_s(self, address: str, is_guest: bool) -> float | None:
        """Take a token.

        Returns:
            Seconds to wait until it is there; None if that is too long.
        """
        longest = 0.0
        for bucket in self._of(address, is_guest):
            wait_s = bucket.wait_s(GUEST_PATIENCE_S if is_guest else PATIENCE_S)
            if wait_s is None:
                return None
            longest = max(longest, wait_s)
        return longest

    def charge(self, address: str, is_guest: bool, count: float) -> None:
        """Take further tokens for something already done."""
        for bucket in self._of(address, is_guest):
            bucket.charge(count)

    def _of(self, address: str, is_guest: bool) -> list[TokenBucket]:
        key = (address, is_guest)
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(self._rate * (1 if is_guest else STRANGERS_SHARE), self._burst_s)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return [self._buckets[key]] if is_guest else [self._buckets[key], self._strangers]
