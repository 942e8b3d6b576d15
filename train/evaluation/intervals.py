"""95 % confidence intervals of what was measured on a set of images, by SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

RESAMPLES = 1000

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its confidence interval.

    Attributes:
        value: the figure.
        low: lower end of its 95 % confidence interval.
        high: upper end.
        count: images it was measured on.
    """

    value: float
    low: float
    high: float
    count: int

    def to_dict(self) -> dict:
        """As JSON, rounded."""
        return {
            "value": round(self.value, 5),
            "low": round(self.low, 5),
            "high": round(self.high, 5),
            "images": self.count,
        }


def wilson(right: int, count: int) -> Estimate:
    """A share with its interval, which also holds near 0 and 1 and for few images (Wilson 1927).

    Raises:
        ValueError: there are no images.
    """
    if not count:
        raise ValueError("a share of no images has no interval")
    interval = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    return Estimate(right / count, float(interval.low), float(interval.high), count)


def bootstrap_mean(values: Values, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """A mean with its percentile interval over resampled images (Efron 1979); the same seed gives the same one.

    Args:
        values: (N,) float64, of each image.
        seed: of the resampling.
        resamples: how often to draw N images of the N.

    Raises:
        ValueError: there are no values.
    """
    if not len(values):
        raise ValueError("a mean of no images has no interval")
    return bootstrap_mean_of_means([values], seed, resamples)


def bootstrap_mean_of_means(parts: Sequence[Values], seed: int, resamples: int = RESAMPLES) -> Estimate:
    """The mean of several parts' means, each part alike, with its interval; each part is resampled by itself.

    Args:
        parts: (N,) float64 each, of at least one image.
        seed: as of `bootstrap_mean`.
        resamples: likewise.
    """
    found = stats.bootstrap(
        [part if len(part) > 1 else np.repeat(part, 2) for part in parts],  # SciPy wants two observations
        lambda *drawn, axis: np.mean([part.mean(axis=axis) for part in drawn], axis=0),
        n_resamples=resamples,
        batch=1 if len(parts) > 1 else 100,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    count = sum(len(part) for part in parts)
    return Estimate(float(np.mean([part.mean() for part in parts])), float(low), float(high), count)
