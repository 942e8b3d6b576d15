"""Figures by group of people, with what chance alone may do to them.

After Gender Shades (Buolamwini & Gebru 2018): not one figure for all, but one for each group and each
intersection, with its count. Small groups scatter, so each figure has a 95 % interval, and each
largest gap stands beside the gap that groups of these sizes would show if they did not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from train.evaluation.intervals import Values

RACES = ("White", "Black", "Asian", "Indian", "Other")
"""UTKFace's race field, 0 to 4: the data's words, given to pictures by their look."""

AGE_BANDS = ("0-9", "10-19", "20-39", "40-59", "60-79", "80+")
_BAND_STARTS = (10, 20, 40, 60, 80)

SHUFFLES = 1000
"""Of the images over the groups, to show what chance does."""


@dataclass(frozen=True)
class Group:
    """People who share the labels that its name tells."""

    name: str
    members: NDArray[np.bool_]


def age_bands(ages: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ages in years (N,) int64 -> indices into `AGE_BANDS` (N,) int64."""
    return np.searchsorted(_BAND_STARTS, ages, side="right").astype(np.int64)


def groups_by(fields: Mapping[str, tuple[Sequence[str], NDArray[np.int64]]]) -> list[Group]:
    """Every combination of the fields' labels that at least one image has.

    Args:
        fields: name -> labels and (N,) int64 indices into them; several make an intersection.
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
        values: (N,) float64, what to take the mean of: 1 for right, errors in years, ...; NaN where it does not apply.
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
    # By hand: the groups lie side by side in one array, which scipy.stats.permutation_test would take apart each time.
    generator = np.random.default_rng(seed)
    by_chance = [np.ptp(np.add.reduceat(generator.permutation(pool), starts) / sizes) for _ in range(SHUFFLES)]
    return Gap(
        size=float(np.ptp(means)),
        greatest=counted[int(means.argmax())][0],
        least=counted[int(means.argmin())][0],
        chance=float(np.quantile(by_chance, 0.95)),
        groups=len(counted),
    )
