"""Which face is which track: one assignment over all of them at once, by place and by look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import lap  # SciPy's linear_sum_assignment does the same, and costs each worker 50 MB
import numpy as np
from numpy.typing import NDArray

FARTHEST: Final = 1.0
"""A face's middle may be so many of its sizes from where it was expected ..."""

FARTHEST_LOST: Final = 1.5
"""... or so many, for one that was out of sight."""

MOST_UNLIKE: Final = 1.7
"""Sides of the same face differ by less than this factor."""

CROWDED: Final = 1.4
"""Middles of two faces nearer than so many sizes: one may cover the other."""

LOOK_WEIGHT: Final = 1.0
"""What an opposite look costs, against one size's distance."""

_NEVER: Final = 1e6


def costs(
    boxes: NDArray[np.float64],
    expected: NDArray[np.float64],
    likeness: NDArray[np.float32] | None,
    lost: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """What it costs to take each face for each track.

    Args:
        boxes: (N, 4) x, y, width, height of the faces.
        expected: (M, 4) likewise, where the tracks should be.
        likeness: (N, M) products of their looks, 1 for the same; None where looks are not known.
        lost: (M,) which tracks were out of sight.

    Returns:
        (N, M); what cannot be has a cost above any limit.
    """
    middles, places = boxes[:, None, :2] + boxes[:, None, 2:] / 2, expected[None, :, :2] + expected[None, :, 2:] / 2
    areas, expected_areas = boxes[:, None, 2] * boxes[:, None, 3], (expected[:, 2] * expected[:, 3])[None]
    size = np.sqrt(np.sqrt(areas * expected_areas))
    apart = np.sqrt(((middles - places) ** 2).sum(axis=2)) / size
    unlike = np.sqrt(np.maximum(areas, expected_areas) / np.minimum(areas, expected_areas))
    cost = apart + (unlike - 1) / 2
    if likeness is not None:
        cost = cost + LOOK_WEIGHT * (1 - likeness) / 2
    farthest = np.where(lost, FARTHEST_LOST, FARTHEST)[None]
    return np.where((apart < farthest) & (unlike < MOST_UNLIKE), cost, _NEVER)


def assign(cost: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The pairs of rows and columns whose costs are least in all (Jonker and Volgenant's method).

    Args:
        cost: (N, M), as `costs` gives it.

    Returns:
        Pairs, each row and each column at most once, impossible ones left out.
    """
    if not cost.size:
        return []
    if cost.size == 1:
        return [(0, 0)] if cost[0, 0] < _NEVER else []
    _, columns, _ = lap.lapjv(cost, extend_cost=True, cost_limit=_NEVER / 2)
    return [(row, int(column)) for row, column in enumerate(columns) if column >= 0]


def crowded(boxes: NDArray[np.float64]) -> list[int]:
    """The indices of boxes (N, 4) so near to another that one face may cover the other."""
    if len(boxes) < 2:
        return []
    middles, sizes = boxes[:, :2] + boxes[:, 2:] / 2, np.sqrt(boxes[:, 2] * boxes[:, 3])
    apart = np.sqrt(((middles[:, None] - middles[None]) ** 2).sum(axis=2)) / ((sizes[:, None] + sizes[None]) / 2)
    np.fill_diagonal(apart, np.inf)
    return [int(index) for index in np.flatnonzero(apart.min(axis=1) < CROWDED)]


def stack_boxes(boxes: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Boxes as an array (N, 4)."""
    return np.array(boxes, np.float64).reshape(-1, 4)
