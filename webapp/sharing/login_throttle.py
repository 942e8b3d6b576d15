"""Counts wrong tokens by address: after the first few, each one makes the address wait longer."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

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


class LoginThrottle:
    """Who tried wrong tokens, and how long they have to wait."""

    def __init__(self) -> None:
        """Start without any address."""
        self._lock = threading.Lock()
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Whole seconds that an address has to wait before its next try; 0 for none."""
        with self._lock:
            record = self._records.get(_device(address))
            return max(0, math.ceil(record.waits_until - time.monotonic())) if record else 0

    def wrong(self, address: str) -> None:
        """Count a wrong try; after the first FORGIVEN each one doubles the wait."""
        now = time.monotonic()
        with self._lock:
            record = self._records.setdefault(_device(address), _Record())
            self._records.move_to_end(_device(address))
            record.wrong = max(0.0, record.wrong - (now - record.seen_at) / FORGETS_EVERY_S) + 1
            record.seen_at = now
            record.waits = record.waits + 1 if record.wrong > FORGIVEN else 0
            if record.waits:
                record.waits_until = now + min(FIRST_S * 2 ** (record.waits - 1), LONGEST_S)
                record.seen_at = record.waits_until  # nothing is forgotten during the wait
            while len(self._records) > REMEMBERED:
                self._records.popitem(last=False)

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
