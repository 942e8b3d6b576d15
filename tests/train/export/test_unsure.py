"""Below which score people are told that an expression is unsure."""

import numpy as np
import pytest

from train.export.unsure import threshold


def answers(chance, count=20_000):
    """Answers whose scores are spread evenly, right as often as `chance` of their score says."""
    generator = np.random.default_rng(3)
    tops = generator.uniform(0.2, 1.0, count)
    return tops, generator.random(count) < chance(tops)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (lambda tops: tops, 0.5),  # calibrated: a score of 0.5 is right half of the time
        (lambda tops: tops**2, 0.707),  # too sure of itself
        (lambda tops: 0.9 + 0 * tops, 0.0),  # mostly right however little sure
    ],
)
def test_is_where_answers_are_as_likely_wrong_as_right(chance, expected):
    assert threshold(*answers(chance)) == pytest.approx(expected, abs=0.06)
