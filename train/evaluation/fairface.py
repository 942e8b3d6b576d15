"""How age and gender hold for people of all races and ages: FairFace's `val`, which nothing is trained or tuned on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from train.data.datasets import FaceDataset
from train.data.fairface import AGE_BINS, GROUPS, bin_of_year, find_fairface, groups_of, load_fairface
from train.data.loaders import LIVE_FACE
from vision.classifiers import Classifier
from vision.tasks import AGE, GENDER, Task

CONFIDENCE = 0.95

OWN_SIDE = 96
"""Of FairFace's own pictures, in pixels."""

FoundScores = Callable[[Classifier, NDArray[np.uint8], float], tuple[NDArray[np.float32], NDArray[np.bool_]]]
"""A model, images and by how much they are enlarged -> scores of the faces that are found, and which those are."""


def fairface_figures(classifier: Classifier, data: Path, every: int = 1) -> dict:
    """The figures of an age or gender network on FairFace's `val`; empty where FairFace is not there, or for expression.

    Args:
        classifier: the network.
        data: the datasets' folder.
        every: of the images each so many-th alone is judged.

    Returns:
        For gender `accuracy`, `by_group` and `worst_group`; for age `accuracy` of the nine bins, `within_one` and `by_bin`.

    Raises:
        DatasetError: FairFace is there, but cannot be read.
    """
    source = find_fairface(data)
    if source is None or classifier.task not in FAIRFACE_FIGURES:
        return {}
    faces = load_fairface(source, classifier.geometry, ("test",)).each(every)
    return FAIRFACE_FIGURES[classifier.task](classifier.scores_of(faces.images), faces)


def fairface_found(classifier: Classifier, data: Path, scores_of: FoundScores, every: int = 1) -> dict:
    """The same figures of the faces that are found when the images are set into frames, and `detected`, their share.

    Args:
        classifier: the network.
        data: the datasets' folder.
        scores_of: `train.data.live_path.live_path_scores` or `still_scores`.
        every: of the images each so many-th alone is judged.
    """
    source = find_fairface(data)
    if source is None or classifier.task not in FAIRFACE_FIGURES:
        return {}
    faces = load_fairface(source, classifier.task.geometry(OWN_SIDE), ("test",)).each(every)
    scores, found = scores_of(classifier, faces.images, LIVE_FACE / OWN_SIDE)
    figures = FAIRFACE_FIGURES[classifier.task](scores, faces.where(found))
    return figures | {"detected": round(float(found.mean()), 5)}


def gender_figures(scores: NDArray[np.float32], faces: FaceDataset) -> dict:
    """Accuracy in all and by race and gender, each with its 95 % interval (Wilson's).

    Args:
        scores: (N, 2).
        faces: FairFace's images with `gender` and `race`.
    """
    right = GENDER.predicted(scores) == faces.labels["gender"]
    group = groups_of(faces.labels)
    by_group = {name: _share(right[group == name]) for name in GROUPS if (group == name).any()}
    worst = min(by_group, key=lambda name: by_group[name]["accuracy"])
    return _share(right) | {"by_group": by_group, "worst_group": {"name": worst} | by_group[worst]}


def age_bin_figures(scores: NDArray[np.float32], faces: FaceDataset) -> dict:
    """Share of images whose shown age lies in the right one of FairFace's nine bins, and in that or one beside it.

    Args:
        scores: (N, 101).
        faces: FairFace's images with `age_bin`.
    """
    true = faces.labels["age_bin"]
    off = np.abs(bin_of_year(AGE.years(scores)) - true)
    by_bin = {label: _share(off[true == index] == 0) for index, label in enumerate(AGE_BINS) if (true == index).any()}
    return _share(off == 0) | {"within_one": round(float((off <= 1).mean()), 5), "by_bin": by_bin}


FAIRFACE_FIGURES: Final = {GENDER: gender_figures, AGE: age_bin_figures}
"""Task -> its figures from scores (N, outputs) and FairFace's images."""


def _share(right: NDArray[np.bool_]) -> dict:
    interval = binomtest(int(right.sum()), len(right)).proportion_ci(CONFIDENCE, method="wilson")
    return {
        "accuracy": round(float(right.mean()), 5),
        "images": len(right),
        "low": round(float(interval.low), 5),
        "high": round(float(interval.high), 5),
    }


def describe(task: Task, figures: dict) -> str:
    """The figures of `fairface_figures` in a line for people."""
    in_all = f"FairFace val: {100 * figures['accuracy']:.2f} % of {figures['images']:,} images"
    if task is AGE:
        return f"{in_all} in the right one of nine bins, {100 * figures['within_one']:.1f} % at most one off"
    worst = figures["worst_group"]
    return f"{in_all}; worst group {worst['name']}, {100 * worst['accuracy']:.1f} % of {worst['images']:,}"
