"""An age that is known as a bin alone, and votes as shares."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.targets import AgeLoss, decade_accuracy, interval_targets, soft_targets, years_mae  # noqa: E402
from vision.classifiers import softmax  # noqa: E402
from vision.tasks import AGE  # noqa: E402


def logits(*years: int):
    """Nearly all probability on these years, alike."""
    row = np.full(101, -20.0, np.float32)
    row[list(years)] = 5
    return row


@pytest.mark.parametrize(
    ("expected", "bin_index", "loss"),
    [
        ((24,), 3, 0.0),  # within 20-29
        ((20, 29), 3, 0.0),  # its first and its last year
        ((24, 34), 3, np.log(2)),  # half lies outside
        ((80,), 8, 0.0),  # 70 and over
        ((1, 40), 0, np.log(2)),
    ],
)
def test_an_interval_asks_for_all_that_lies_within(expected, bin_index, loss):
    targets = interval_targets(np.array([bin_index]))
    assert float(AgeLoss()(targets, logits(*expected)[None])) == pytest.approx(loss, abs=1e-3)


def test_a_known_year_is_learnt_as_a_distribution():
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(4, 101)).astype(np.float32)
    targets = soft_targets(AGE, np.array([3, 30, 60, 99]), 2.0)
    assert float(AgeLoss()(targets, rows)) == pytest.approx(
        -(targets * np.log(softmax(rows))).sum(axis=1).mean(), rel=1e-4
    )


def test_both_kinds_stand_in_one_batch():
    targets = np.concatenate([soft_targets(AGE, np.array([24]), 2.0), interval_targets(np.array([3]))])
    rows = np.stack([logits(24), logits(29)])
    apart = [float(AgeLoss()(targets[one : one + 1], rows[one : one + 1])) for one in range(2)]
    assert float(AgeLoss()(targets, rows)) == pytest.approx(np.mean(apart), rel=1e-5)
    assert keras.ops.convert_to_numpy(decade_accuracy(targets, rows)).tolist() == [1, 1]
    assert keras.ops.convert_to_numpy(years_mae(targets, rows)).tolist() == pytest.approx([0, 0], abs=0.01)


@pytest.mark.parametrize(("year", "off"), [(29, 0), (33, 4), (15, 5), (20, 0)])
def test_an_interval_is_missed_by_the_way_to_it(year, off):
    (missed,) = keras.ops.convert_to_numpy(years_mae(interval_targets(np.array([3])), logits(year)[None]))
    assert missed == pytest.approx(off, abs=0.01)
