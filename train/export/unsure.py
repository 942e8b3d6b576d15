"""When to say "unsure": below which score what people see is as likely wrong as right."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from train.data.datasets import FaceDataset
from train.data.ferplus import most_peoples_answer
from vision.classifiers import Classifier

HALF: Final = 0.5

NEIGHBOURS: Final = 301
"""Answers about as sure as one: its own verdict alone says little."""


def unsure_figures(shown: Classifier, test: FaceDataset) -> dict:
    """The threshold by PublicTest, and what comes of it on PrivateTest, as JSON.

    Args:
        shown: the classifier, reading what is for people to see.
        test: FER2013's test images with `votes`.
    """
    on_public, on_private = (_judged(shown, test.where(test.split == part)) for part in ("public_test", "private_test"))
    below = threshold(*on_public)
    return {"below": round(below, 4), "images": len(on_public[0]), "test": _figures(below, *on_private)}


def threshold(tops: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """The score at which an answer is as likely wrong as right: the highest at which at most half of those about as sure are right.

    Args:
        tops: (N,) the score of each answer.
        right: (N,) whether it is most people's; where they are of no clear opinion no answer is right.

    Returns:
        0 to 1; 0 where even the least sure answers are mostly right.
    """
    order = np.argsort(tops)
    share_right = uniform_filter1d(right[order].astype(np.float64), min(NEIGHBOURS, len(order)), mode="nearest")
    below = np.flatnonzero(share_right <= HALF)
    return float(tops[order][below[-1]]) if len(below) else 0.0


def _judged(shown: Classifier, data: FaceDataset) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """The answers' scores, and which are right, of the images on which people voted."""
    data = data.where(data.labels["votes"].sum(axis=1) > 0)
    scores = shown.scores_of(data.images)
    return scores.max(axis=1), scores.argmax(axis=1) == most_peoples_answer(data.labels["votes"])


def _figures(below: float, tops: NDArray[np.floating], right: NDArray[np.bool_]) -> dict:
    unsure = tops < below
    return {
        "images": len(tops),
        "unsure": round(float(unsure.mean()), 5),
        "right_when_unsure": round(float(right[unsure].mean()), 5) if unsure.any() else None,
        "right_when_sure": round(float(right[~unsure].mean()), 5) if (~unsure).any() else None,
    }
