"""How long one face takes, measured so that a busy machine slows all candidates alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

WARM_UP = 5
"""Rounds before the clock counts: the first runs allocate, and fill caches."""


def interleaved_medians(runs: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, float]:
    """Time several ways in turns: each once a round, the round's order moving on by one.

    If the machine is slow for a while, it is slow for all of them, and the median ignores it.

    Args:
        runs: name -> what to time, called with the number of the round (from 0).
        rounds: how often each is timed.

    Returns:
        The median of each, in milliseconds.
    """
    names = list(runs)
    for name in names:
        for number in range(min(WARM_UP, rounds)):
            runs[name](number)
    milliseconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            start = time.perf_counter()
            runs[name](number)
            milliseconds[name].append((time.perf_counter() - start) * 1000)
    return {name: float(np.median(values)) for name, values in milliseconds.items()}
