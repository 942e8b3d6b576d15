"""What is made of an age network's scores: years, a range and a decade of one distribution."""

from pathlib import Path

import numpy as np
import pytest

from vision.classifiers import softmax
from vision.tasks import AGE, DECADES

ROOT = Path(__file__).resolve().parents[2]


def test_softmax_years_and_decades():
    scores = softmax(np.array([1000.0, 0.0, -1000.0], np.float32))
    assert scores.tolist() == [1, 0, 0]
    certain = np.eye(101, dtype=np.float32)
    assert AGE.years(certain[37]) == 37
    assert AGE.years(certain).tolist() == list(range(101))
    assert [int(AGE.classes(certain[age]).argmax()) for age in (0, 9, 10, 99, 100)] == [0, 0, 1, 9, 10]


@pytest.mark.parametrize(
    ("shares", "years"),
    [
        ({20: 0.5, 60: 0.5}, 20.5),  # half lies up to the end of 20
        ({20: 0.75, 60: 0.25}, 20 - 0.5 + 0.5 / 0.75),  # the mean would say 30
        ({0: 0.9, 30: 0.1}, 0.5 / 0.9 - 0.5),
        ({0: 1.0}, 0.0),
        ({100: 1.0}, 100.0),
        ({9: 0.2, 10: 0.2, 11: 0.2, 12: 0.2, 13: 0.2}, 11.0),
    ],
)
def test_an_age_is_the_median(shares, years):
    scores = np.zeros(101, np.float32)
    scores[list(shares)] = list(shares.values())
    assert AGE.quantile(scores, 0.5) == pytest.approx(years, abs=1e-5)
    assert AGE.years(scores) == int(years), "in completed years"


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({40: 1.0}, (39, 40)),  # a single year: all of it lies between 39.5 and 40.5
        (dict.fromkeys(range(20, 30), 0.1), (20, 28)),  # alike from 19.5 to 29.5: 20.5 and 28.5
        ({10: 0.05, 30: 0.9, 80: 0.05}, (29, 30)),  # a twentieth on either side lies outside
        ({10: 0.25, 30: 0.5, 80: 0.25}, (9, 80)),  # a quarter does not
        ({0: 1.0}, (0, 0)),
        ({100: 1.0}, (99, 100)),
    ],
)
def test_a_range_holds_the_middle_of_the_distribution(shares, expected):
    scores = np.zeros(101, np.float32)
    scores[list(shares)] = list(shares.values())
    assert AGE.years_range(scores) == expected


@pytest.mark.parametrize("age", [0, 9, 10, 47, 59, 60, 99, 100])
def test_the_decade_is_the_one_that_the_years_are_in(age):
    """A wide distribution's likeliest decade may be another one than its median's; people see the median."""
    scores = np.zeros(101, np.float32)
    scores[max(age - 30, 0) : age] = 0.4 / max(min(age, 30), 1)
    scores[age] = 1 - scores.sum()
    assert AGE.labels[AGE.predicted(scores)] == DECADES[min(int(AGE.years(scores)) // 10, 10)]
