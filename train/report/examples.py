"""What the models get wrong with the greatest confidence, drawn from the test images while the page is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cli.progress import in_parts, progress
from train.data.loaders import load_test
from train.report.images import crop_uri
from vision.classifiers import Classifier
from vision.tasks import Task

PART: Final = 250
"""Images that are looked at between two steps of the bar."""


@dataclass(frozen=True)
class Mistake:
    """One test image and what a model took it for.

    Attributes:
        image: the crop that the model saw, as a `data:` URI.
        true: the dataset's label.
        predicted: the model's.
        score: the model's score of its own label, 0 to 1.
    """

    image: str
    true: str
    predicted: str
    score: float


@dataclass(frozen=True)
class Examples:
    """A model's run over its test images, while the page is made.

    Attributes:
        accuracy: share of images whose class was right.
        images: how many there were.
        sha256: the data's hash, as the loaders make it.
        mistakes: the most confident first.
    """

    accuracy: float
    images: int
    sha256: str
    mistakes: list[Mistake]


def find_examples(task: Task, models: Path, data: Path, count: int) -> Examples:
    """Run a shipped model over its test images and pick its most confident mistakes.

    No more than a third of them are of one true class, so that one confusion does not fill the grid.

    Args:
        task: whose model it is.
        models: the folder of the models.
        data: the folder of the data.
        count: how many mistakes to pick.

    Raises:
        DatasetError: there is no data.
        ModelError: there is no model.
    """
    classifier = Classifier.shipped(task, models)
    dataset = load_test(task, data, classifier.geometry)
    parts = progress(in_parts(len(dataset), PART), f"{task.name}, test images", lambda part: f"from {part.start + 1:,}")
    scores = np.concatenate([classifier.scores_of(dataset.images[part]) for part in parts])
    classes, labels = task.classes(scores), dataset.labels[task.name]
    true = task.class_of(labels)
    chosen = most_confident_mistakes(classes, true, count)
    return Examples(
        accuracy=float((classes.argmax(axis=1) == true).mean()),
        images=len(dataset),
        sha256=dataset.sha256,
        mistakes=[
            Mistake(
                image=crop_uri(dataset.images[index]),
                true=f"{labels[index]} years" if task.has_years else task.labels[true[index]],
                predicted=task.labels[int(classes[index].argmax())],
                score=float(classes[index].max()),
            )
            for index in chosen
        ],
    )


def most_confident_mistakes(scores: NDArray[np.float32], true: NDArray[np.int64], count: int) -> list[int]:
    """Indices of the wrong answers with the highest scores, at most a third of them (at least 2) of one true class.

    Args:
        scores: (N, classes) float32, rows sum to 1.
        true: (N,) int64 class indices.
        count: how many.
    """
    wrong = np.flatnonzero(scores.argmax(axis=1) != true)
    ranked = wrong[np.argsort(-scores[wrong].max(axis=1), kind="stable")]
    most = max(2, -(-count // 3)) if scores.shape[1] > 3 else count
    taken: list[int] = []
    of_class: dict[int, int] = {}
    for index in ranked.tolist():
        label = int(true[index])
        if len(taken) < count and of_class.get(label, 0) < most:
            of_class[label] = of_class.get(label, 0) + 1
            taken.append(index)
    return taken
