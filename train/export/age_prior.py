"""How often each age is expected: from all images that a network learnt from towards the ages of its own dataset.

A network learns how common ages are from its training images (Saerens, Latinne & Decaestecker 2002, "Adjusting the outputs of a classifier to
new a priori probabilities"). Of FairFace's people half are between 20 and 39, and few are small children or over 70; UTKFace's ages are
spread more evenly. With FairFace's expectation old people are told too young. A share of the difference is taken back by adding the
logarithm of the ratio of both expectations to the head's bias.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.data.targets import BIN_OF_YEAR, soft_targets
from vision.tasks import AGE

LEAST = 1e-6
"""What no age is expected less than."""


def age_biases(
    years: NDArray[np.int64],
    bins: NDArray[np.int64],
    scores: NDArray[np.floating],
    age_spread: float,
    share: float,
) -> NDArray[np.float64]:
    """What is to be added to the logits of the ages; (101,) float64.

    Args:
        years: (N,) int64, ages of the training images that are known to the year.
        bins: (M,) int64, indices of FairFace's bins, of those that are not.
        scores: (K, 101), what the network says of some of FairFace's images: how it spreads a bin over its years.
        age_spread: standard deviation of the normal distribution that stands for a known age, in years.
        share: 0 for no change, 1 for the expectation of the known ages alone.
    """
    own = soft_targets(AGE, years, age_spread).sum(axis=0, dtype=np.float64)
    within = scores.mean(axis=0, dtype=np.float64)
    within_bins = BIN_OF_YEAR * (within / (BIN_OF_YEAR.T @ within)[BIN_OF_YEAR.argmax(axis=1)])[:, np.newaxis]
    others = within_bins @ np.bincount(bins, minlength=BIN_OF_YEAR.shape[1]).astype(np.float64)
    everyone = (own + others) / (own.sum() + others.sum())
    return share * (np.log(own / own.sum() + LEAST) - np.log(everyone + LEAST))
