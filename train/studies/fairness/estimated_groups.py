"""Expression by group. FER2013 labels no groups: they are estimated by our own models, where these can be trusted.

The gender and the age network learnt from UTKFace's larger colour pictures. So they are first tried on UTKFace's
test images in FER2013's form: 48 pixels, grey, its tight crop. A network's labels are used on FER2013 only if those
that it is sure of are right in at least `REQUIRED` of the cases of every group. They remain estimates, and their errors
may depend on the expression (a frown may be taken for a man's). None of our networks tells race.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train.data.datasets import TEST_SPLITS, load_fer2013, load_utkface
from train.evaluation.intervals import Estimate, bootstrap_mean, bootstrap_mean_of_means, wilson
from train.studies.fairness.groups import Group, largest_gap
from vision.alignment import Image, reframe
from vision.classifiers import Classifier
from vision.tasks import (
    AGE,
    EXPRESSION,
    EXPRESSIONS,
    GENDER,
    OLDEST_YEAR,
    Task,
    fer2013_geometry,
    utkface_geometry,
)

SURE = 0.9
"""Score from which on a model's label is used."""

REQUIRED = 0.95
"""Share of each group that must be right where the model is sure."""

_UTKFACE_SIDE = 200
_AGES = ("under 20", "20-59", "60 and over")
_AGE_STARTS = (20, 60)


@dataclass(frozen=True)
class Grouping:
    """Groups of people that a network can tell apart.

    Attributes:
        task: what its network tells.
        labels: the groups' names.
        of_output: (outputs,) int64, the group that each of the network's outputs belongs to.
    """

    task: Task
    labels: tuple[str, ...]
    of_output: NDArray[np.int64]

    def truth(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """The groups (N,) int64 of a dataset's labels (N,) int64: class indices, or years."""
        return self.of_output[np.minimum(labels, len(self.of_output) - 1)]

    def scores(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Distributions (N, outputs) float32 over the outputs as distributions (N, groups) over the groups."""
        return scores @ np.eye(len(self.labels), dtype=np.float32)[self.of_output]


GROUPINGS = (
    Grouping(GENDER, GENDER.labels, np.arange(GENDER.outputs)),
    Grouping(AGE, _AGES, np.digitize(np.arange(OLDEST_YEAR + 1), _AGE_STARTS)),
)


@dataclass(frozen=True)
class Trial:
    """How far a model's labels can be trusted on pictures like FER2013's.

    Attributes:
        labels: the groups.
        recalls: of each group's images that the model is sure of, the share that is right.
        sure: share of all images that the model is sure of.
        images: how many it was tried on.
    """

    labels: tuple[str, ...]
    recalls: list[float]
    sure: float
    images: int

    @property
    def is_trusted(self) -> bool:
        """Whether its labels are used."""
        return min(self.recalls) >= REQUIRED

    def to_dict(self) -> dict:
        """As JSON."""
        recalls = {label: round(recall, 4) for label, recall in zip(self.labels, self.recalls, strict=True)}
        return {"recall": recalls, "sure": round(self.sure, 4), "images": self.images, "used": self.is_trusted}


def expression_by_estimate(data: Path, models: Path, seed: int, least_images: int) -> dict:
    """Try the gender and the age network; measure expression by the groups of those that can be trusted.

    Args:
        data: the folder with both datasets.
        models: the folder with the three models.
        seed: of the intervals.
        least_images: the smallest group that counts towards the gap.

    Returns:
        `note`, `trials` and, for each network that is trusted, `by`: accuracy and recalls by group.
    """
    faces = load_utkface(data, utkface_geometry(_UTKFACE_SIDE), TEST_SPLITS)
    small = [in_fer2013_form(image) for image in faces.images]
    classifiers = {one.task.name: Classifier.shipped(one.task, models) for one in GROUPINGS}
    trials = {
        one.task.name: _try(one, classifiers[one.task.name], small, one.truth(faces.labels[one.task.name]))
        for one in GROUPINGS
    }
    by = {}
    if any(trial.is_trusted for trial in trials.values()):
        expression = Classifier.shipped(EXPRESSION, models)
        test = load_fer2013(data, expression.geometry, TEST_SPLITS)
        right = EXPRESSION.predicted(expression.scores_of(test.images)) == test.labels[EXPRESSION.name]
        pictures = load_fer2013(data, fer2013_geometry(), TEST_SPLITS).images
        for one in (one for one in GROUPINGS if trials[one.task.name].is_trusted):
            chosen, sure = _estimate(one, classifiers[one.task.name], pictures)
            by[one.task.name] = _by_group(
                one.labels, chosen, sure, right, test.labels[EXPRESSION.name], seed, least_images
            )
    return {
        "note": "groups are estimates of our own models where they are sure; FER2013 itself labels none",
        "trials": {task: trial.to_dict() for task, trial in trials.items()},
        "by": by,
    }


def in_fer2013_form(image: Image) -> Image:
    """A UTKFace image (200, 200, 3) RGB uint8 as FER2013 would have it: (48, 48, 1) grey, cropped more tightly."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, np.newaxis]
    return reframe(grey, replace(utkface_geometry(_UTKFACE_SIDE), channels=1), fer2013_geometry())


def _estimate(
    grouping: Grouping, classifier: Classifier, pictures: Sequence[Image] | NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The group (N,) that a network sees in each (48, 48, 1) grey picture, and whether it is sure, (N,) bool."""
    crops = [reframe(picture, fer2013_geometry(), classifier.geometry) for picture in pictures]
    scores = grouping.scores(classifier.scores_of(np.stack(crops)))
    return scores.argmax(axis=1), scores.max(axis=1) >= SURE


def _try(grouping: Grouping, classifier: Classifier, pictures: Sequence[Image], truth: NDArray[np.int64]) -> Trial:
    chosen, sure = _estimate(grouping, classifier, pictures)
    recalls = []
    for index in range(len(grouping.labels)):
        group = sure & (truth == index)
        recalls.append(float((chosen[group] == index).mean()) if group.any() else 0.0)
    return Trial(grouping.labels, recalls, float(sure.mean()), len(truth))


def mean_recall(right: NDArray[np.bool_], expressions: NDArray[np.int64], seed: int) -> Estimate:
    """The mean recall over the expressions. Unlike accuracy it does not depend on how often a group shows each of them.

    Args:
        right: (N,) bool.
        expressions: (N,) labels.
        seed: of the bootstrap, which resamples the images of each expression.
    """
    parts = [right[expressions == index].astype(float) for index in np.unique(expressions)]
    return bootstrap_mean_of_means(parts, seed)


def _by_group(
    labels: tuple[str, ...],
    chosen: NDArray[np.int64],
    sure: NDArray[np.bool_],
    right: NDArray[np.bool_],
    expressions: NDArray[np.int64],
    seed: int,
    least_images: int,
) -> dict:
    groups = [Group(label, sure & (chosen == index)) for index, label in enumerate(labels)]
    figures = {}
    for group in (group for group in groups if group.members.any()):
        mine = right[group.members]
        figures[group.name] = {
            "accuracy": wilson(int(mine.sum()), len(mine)).to_dict(),
            "mean_recall": mean_recall(right[group.members], expressions[group.members], seed).to_dict(),
            "recall": {
                label: bootstrap_mean(right[part].astype(float), seed).to_dict()
                for index, label in enumerate(EXPRESSIONS)
                if (part := group.members & (expressions == index)).any()
            },
        }
    gap = largest_gap(groups, right.astype(float), least_images, seed)
    return {"sure": round(float(sure.mean()), 4), "groups": figures, "gap": gap.to_dict() if gap else None}
