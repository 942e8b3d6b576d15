"""Which face is which track: one assignment over all of them at once, by place and by look.

Places are compared as plain numbers: of up to ten faces that takes less time than arrays take to be made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import lap  # SciPy's linear_sum_assignment does the same, and costs each worker 50 MB
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box

Pair = tuple[int, int, float]
"""A face's index, a track's index, and what it costs to take one for the other."""

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


def possible_pairs(boxes: Sequence[Box], expected: Sequence[Box], lost: Sequence[bool]) -> list[Pair]:
    """The faces and tracks that may belong together, by place and size.

    Args:
        boxes: of the faces.
        expected: where the tracks should be.
        lost: which tracks were out of sight.

    Returns:
        In the faces' order; the cost grows with the distance, in sizes, and with the difference in size.
    """
    places = [
        (column, x, y, size, (FARTHEST_LOST if gone else FARTHEST) ** 2 * size)
        for column, ((x, y, size), gone) in enumerate(zip(map(_middle_and_size, expected), lost, strict=True))
    ]
    pairs = []
    for row, (x, y, size) in enumerate(map(_middle_and_size, boxes)):
        for column, place_x, place_y, place_size, farthest in places:
            across, down = x - place_x, y - place_y
            squared = across * across + down * down
            if squared >= farthest * size:
                continue
            unlike = size / place_size if size > place_size else place_size / size
            if unlike < MOST_UNLIKE:
                pairs.append((row, column, math.sqrt(squared / (size * place_size)) + (unlike - 1) / 2))
    return pairs


def is_ambiguous(pairs: Sequence[Pair]) -> bool:
    """Whether a face or a track is in more than one pair."""
    return len({row for row, _, _ in pairs}) < len(pairs) or len({column for _, column, _ in pairs}) < len(pairs)


def best_pairs(pairs: Sequence[Pair], likeness: NDArray[np.float32] | None) -> list[Pair]:
    """Those pairs whose costs are least in all (Jonker and Volgenant's method).

    Args:
        pairs: as `possible_pairs` gives them; not empty.
        likeness: (N, M) products of the looks of all faces and tracks, 1 for the same; None where looks are not known.

    Returns:
        Some of the pairs, each face and each track at most once.
    """
    shape = 1 + max(row for row, _, _ in pairs), 1 + max(column for _, column, _ in pairs)
    cost = np.full(shape, _NEVER)
    for row, column, apart in pairs:
        unlike = 0.0 if likeness is None else LOOK_WEIGHT * (1 - float(likeness[row, column])) / 2
        cost[row, column] = apart + unlike
    _, taken, _ = lap.lapjv(cost, extend_cost=True, cost_limit=_NEVER / 2)
    return [pair for pair in pairs if taken[pair[0]] == pair[1]]


def crowded(boxes: Sequence[Box]) -> set[int]:
    """The indices of boxes so near to another that one face may cover the other."""
    near = set()
    faces = [(index, *_middle_and_size(box)) for index, box in enumerate(boxes)]
    for (index, x, y, size), (other, other_x, other_y, other_size) in combinations(faces, 2):
        across, down, reach = x - other_x, y - other_y, CROWDED / 2 * (size + other_size)
        if across * across + down * down < reach * reach:
            near |= {index, other}
    return near


def _middle_and_size(box: Box) -> tuple[float, float, float]:
    x, y, width, height = box
    return x + width / 2, y + height / 2, math.sqrt(width * height)
