"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import pytest


@dataclass
class Clock:
    """What stands for the module `time`.

    Attributes:
        now: seconds, as `monotonic` gives them.
    """

    now: float = 1000.0

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.now


def stopped_clock(monkeypatch: pytest.MonkeyPatch, module: ModuleType, now: float = 1000.0) -> Clock:
    """Give a module a clock that stands still in place of `time`."""
    clock = Clock(now)
    monkeypatch.setattr(module, "time", clock)
    return clock
