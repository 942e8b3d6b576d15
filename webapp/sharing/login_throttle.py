"""Counts wrong tokens by address: after the first few, each one makes the address wait longer."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from webapp.cluster.away import StoreAwayError

if TYPE_CHECKING:
    from webapp.cluster.tries import SharedTries

FORGIVEN: Final = 10
"""Wrong tries before an address has to wait, since old links are opened by mistake."""

FORGETS_EVERY_S: Final = 30.0
"""Seconds after which one wrong try is forgotten."""

FIRST_S: Final = 5.0
LONGEST_S: Final = 60.0

REMEMBERED: Final = 4096
"""Addresses that are kept; beyond them the one that has been silent for longest is forgotten."""


@dataclass
class _Record:
    wrong: float = 0.0
    waits: int = 0
    seen_at: float = 0.0
    waits_until: float = 0.0

    def wait_s(self, now: float) -> int:
        """Whole seconds to wait from now on."""
        return max(0, math.ceil(self.waits_until - now))

    def add_wrong(self, now: float) -> None:
        """Count a wrong try; after the first FORGIVEN each one doubles the wait."""
        self.wrong = max(0.0, self.wrong - (now - self.seen_at) / FORGETS_EVERY_S) + 1
        self.seen_at = now
        self.waits = self.waits + 1 if self.wrong > FORGIVEN else 0
        if self.waits:
            self.waits_until = now + min(FIRST_S * 2 ** (self.waits - 1), LONGEST_S)
            self.seen_at = self.waits_until  # nothing is forgotten during the wait


class LoginThrottle:
    """Who tried wrong tokens, and how long they have to wait."""

    def __init__(self, shared: SharedTries | None = None) -> None:
        """Start without any address.

        Args:
            shared: what all nodes count together; None where this node is alone.
        """
        self._shared = shared
        self._lock = threading.Lock()
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Whole seconds that an address has to wait before its next try; 0 for none."""
        device = _device(address)
        with self._lock:
            record = self._records.get(device, _Record())
            here = record.wait_s(time.monotonic())
        return max(here, self._shared_wait_s(device))

    def wrong(self, address: str) -> None:
        """Count a wrong try."""
        device = _device(address)
        with self._lock:
            self._records.setdefault(device, _Record()).add_wrong(time.monotonic())
            self._records.move_to_end(device)
            while len(self._records) > REMEMBERED:
                self._records.popitem(last=False)
        self._tell_others(device)

    def _shared_wait_s(self, device: str) -> int:
        if self._shared is not None:
            with suppress(StoreAwayError):
                return _Record(**self._shared.of(device)).wait_s(self._shared.now())
        return 0

    def _tell_others(self, device: str) -> None:
        if self._shared is not None:
            now = self._shared.now()

            def with_one_more(remembered: dict[str, Any]) -> tuple[dict[str, Any], float]:
                record = _Record(**remembered)
                record.add_wrong(now)
                return asdict(record), record.seen_at - now + record.wrong * FORGETS_EVERY_S

            with suppress(StoreAwayError):
                self._shared.change(device, with_one_more)

    def __len__(self) -> int:
        return len(self._records)


def _device(address: str) -> str:
    """An address as it is counted.

    Each IPv6 address by itself: a whole LAN shares one /64, and nobody should wait for another one's guesses. A guesser
    who takes new addresses is slowed by what all strangers together may ask (`webapp/server/request_budget.py`).
    """
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)
