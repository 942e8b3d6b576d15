"""Figures by group of people, with what chance alone may do to them.

After Gender Shades (Buolamwini & Gebru 2018): not one figure for all, but one for each group and each
intersection, with its count. Small groups scatter, so each figure has a 95 % interval, and each
largest gap stands beside the gap that groups of these sizes would show if they did not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

RACES = ("White", "Black", "Asian", "Indian", "Other")
"""UTKFace's race field, 0 to 4: the data's words, given to pictures by their look."""

AGE_BANDS = ("0-9", "10-19", "20-39", "40-59", "60-79", "80+")
_BAND_STARTS = (10, 20, 40, 60, 80)

RESAMPLES = 1000
"""Of the bootstrap, and of the shuffles that show what chance does."""

_Z = 1.959964  # of a 95 % interval

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure of a group of images.

    Attributes:
        value: the mean.
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


@dataclass(frozen=True)
class Group:
    """People who share the labels that its name tells."""

    name: str
    members: NDArray[np.bool_]


def age_bands(ages: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices into `AGE_BANDS` of ages in years."""
    return np.searchsorted(_BAND_STARTS, ages, side="right").astype(np.int64)


def wilson(right: int, count: int) -> Estimate:
    """A share with its interval, which also holds near 0 and 1 and for few images (Wilson 1927).

    Raises:
        ValueError: there are no images.
    """
    if not count:
        raise ValueError("a share of no images has no interval")
    share, square = right / count, _Z**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), count)


def bootstrap_mean(values: Values, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """A mean with its percentile interval over resampled images (Efron 1979); the same seed gives the same one.

    Raises:
        ValueError: there are no values.
    """
    if not len(values):
        raise ValueError("a mean of no images has no interval")
    generator = np.random.default_rng(seed)
    means = [float(generator.choice(values, len(values)).mean()) for _ in range(resamples)]
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def groups_by(fields: Mapping[str, tuple[Sequence[str], NDArray[np.int64]]]) -> list[Group]:
    """Every combination of the fields' labels that at least one image has.

    Args:
        fields: name -> labels and (N,) indices into them; several make an intersection.
    """
    return list(_combinations(fields))


def _combinations(fields: Mapping[str, tuple[Sequence[str], NDArray[np.int64]]]) -> Iterator[Group]:
    for chosen in product(*(range(len(labels)) for labels, _ in fields.values())):
        parts = [
            (labels[index], values == index) for index, (labels, values) in zip(chosen, fields.values(), strict=True)
        ]
        members = np.logical_and.reduce([mask for _, mask in parts])
        if members.any():
            yield Group(", ".join(label for label, _ in parts), members)


@dataclass(frozen=True)
class Gap:
    """The distance between the groups with the greatest and the least mean.

    Attributes:
        size: greatest less least.
        greatest: name of the group with the greatest mean.
        least: name of the other.
        chance: the size that 95 of 100 shuffles of the images over these groups stay below.
        groups: how many were large enough to count.
    """

    size: float
    greatest: str
    least: str
    chance: float
    groups: int

    def to_dict(self) -> dict:
        """As JSON, rounded."""
        return {
            "size": round(self.size, 5),
            "greatest": self.greatest,
            "least": self.least,
            "chance_95": round(self.chance, 5),
            "groups": self.groups,
        }


def largest_gap(groups: Sequence[Group], values: Values, least_images: int, seed: int) -> Gap | None:
    """The largest gap between the groups of at least `least_images`; None if fewer than two are.

    Args:
        groups: disjoint groups.
        values: (N,) what to take the mean of: 1 for right, errors in years, ...; NaN where it does not apply.
        least_images: smaller groups are left out: their means scatter too much.
        seed: of the shuffles.
    """
    counted = [(group.name, np.flatnonzero(group.members & ~np.isnan(values))) for group in groups]
    counted = [(name, places) for name, places in counted if len(places) >= least_images]
    if len(counted) < 2:
        return None
    sizes = np.array([len(places) for _, places in counted])
    pool = values[np.concatenate([places for _, places in counted])]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = np.add.reduceat(pool, starts) / sizes
    generator = np.random.default_rng(seed)
    by_chance = [np.ptp(np.add.reduceat(generator.permutation(pool), starts) / sizes) for _ in range(RESAMPLES)]
    return Gap(
        size=float(np.ptp(means)),
        greatest=counted[int(means.argmax())][0],
        least=counted[int(means.argmin())][0],
        chance=float(np.quantile(by_chance, 0.95)),
        groups=len(counted),
    )
