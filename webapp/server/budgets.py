"""So much a second for each address: for guests, for strangers there, and for all strangers together.

Who has shown a token draws on another bucket than strangers at the same address do: behind one router
all have one address, and no stranger may use up what its guests need.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from webapp.server.rate_limit import TokenBucket

BURST_S: Final = 5.0
"""A page and its modules are some sixty requests at once, and a class opens it at one word."""

PATIENCE_S: Final = 2.0
"""What is beyond the budget waits so long at most."""

STRANGERS_SHARE: Final = 0.25
"""Of what guests have: a page that says what to do, and its styles."""

REMEMBERED: Final = 4096
"""Addresses; the one that was quiet for longest goes first."""


class AddressBudget:
    """The buckets of all addresses. Not for several threads at once: its owner has a lock."""

    def __init__(self, rate: float):
        """Give each address's guests `rate` tokens a second."""
        self._rate = rate
        self._buckets: OrderedDict[tuple[str, bool], TokenBucket] = OrderedDict()
        self._strangers = TokenBucket(rate, BURST_S)

    def wait_s(self, address: str, is_guest: bool) -> float | None:
        """Take a token; seconds until it is there, or None if that is too long."""
        longest = 0.0
        for bucket in self._of(address, is_guest):
            wait_s = bucket.wait_s(PATIENCE_S)
            if wait_s is None:
                return None
            longest = max(longest, wait_s)
        return longest

    def charge(self, address: str, is_guest: bool, count: float) -> None:
        """Take more tokens for something done already."""
        for bucket in self._of(address, is_guest):
            bucket.charge(count)

    def _of(self, address: str, is_guest: bool) -> list[TokenBucket]:
        key = (address, is_guest)
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(self._rate * (1 if is_guest else STRANGERS_SHARE), BURST_S)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return [self._buckets[key]] if is_guest else [self._buckets[key], self._strangers]
