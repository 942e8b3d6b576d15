"""Which face may be which track, which pairs are best together, and where a face will be."""

import numpy as np
import pytest

from vision.tracking.association import best_pairs, is_ambiguous, possible_pairs
from vision.tracking.motion import Motion


def indices(pairs):
    return [(row, column) for row, column, _ in pairs]


def test_all_pairs_are_weighed_together():
    """The nearest pair first would leave the other face without a track."""
    pairs = possible_pairs([(10, 0, 10, 10), (19, 0, 10, 10)], [(12, 0, 10, 10), (4, 0, 10, 10)], [False, False])
    assert is_ambiguous(pairs)
    assert indices(best_pairs(pairs, None)) == [(0, 1), (1, 0)]


def test_looks_decide_between_two_places():
    pairs = possible_pairs([(0, 0, 10, 10), (4, 0, 10, 10)], [(1, 0, 10, 10), (3, 0, 10, 10)], [False, False])
    likeness = np.array([[0.1, 0.99], [0.99, 0.1]], np.float32)
    assert indices(best_pairs(pairs, None)) == [(0, 0), (1, 1)]
    assert indices(best_pairs(pairs, likeness)) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("box", "lost", "possible"),
    [
        ((9.9, 0, 10, 10), False, True),
        ((10.1, 0, 10, 10), False, False),  # farther than its size
        ((10.1, 0, 10, 10), True, True),  # it may have gone on while it was out of sight
        ((15.1, 0, 10, 10), True, False),
        ((-3.4, -3.4, 16.8, 16.8), False, True),
        ((-3.6, -3.6, 17.2, 17.2), False, False),  # too large to be the same
    ],
)
def test_a_face_is_near_its_track_and_of_its_size(box, lost, possible):
    assert bool(possible_pairs([box], [(0, 0, 10, 10)], [lost])) == possible


def test_motion_is_carried_on():
    """A constant velocity is learnt in a few frames, in pixels a second, and falls off out of sight."""
    motion = Motion((0.0, 0.0, 100.0, 100.0))
    for step in range(1, 15):
        motion.predict(0.1)
        motion.correct((30.0 * step, 0.0, 100.0, 100.0))
    motion.predict(0.1)
    assert motion.box[0] == pytest.approx(450, abs=8)
    for _ in range(20):
        motion.predict(0.1, coasting=True)
    assert 500 < motion.box[0] < 600  # not 1,050
