"""By group and by bin, with intervals."""

import numpy as np
import pytest

from train.data.datasets import FaceDataset
from train.data.fairface import RACES
from train.data.ferplus import ANSWERS
from train.evaluation.fairface import age_bin_figures, describe, fairface_figures, gender_figures
from train.evaluation.shown import shown_figures
from vision.classifiers import Classifier
from vision.tasks import AGE, EXPRESSION, EXPRESSIONS, GENDER


def dataset(split="test", **labels):
    count = len(next(iter(labels.values())))
    return FaceDataset(
        images=np.zeros((count, 1, 1, 3), np.uint8),
        labels={name: np.array(values) for name, values in labels.items()},
        split=np.array([split] * count),
        duplicate=np.zeros(count, np.bool_),
        names=tuple(str(number) for number in range(count)),
        skipped=(),
        sha256="",
    )


def test_gender_by_group():
    faces = dataset(gender=[0, 0, 1, 1, 1, 1], race=[0, 0, 0, 1, 1, 1])
    scores = np.eye(2, dtype=np.float32)[[0, 0, 0, 1, 1, 0]]
    figures = gender_figures(scores, faces)
    assert figures["accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    groups = {name: (one["accuracy"], one["images"]) for name, one in figures["by_group"].items()}
    assert groups == {"White male": (1, 2), "White female": (0, 1), "Black female": (pytest.approx(2 / 3, abs=1e-4), 3)}
    assert figures["worst_group"]["name"] == "White female"
    low, high = figures["by_group"]["Black female"]["low"], figures["by_group"]["Black female"]["high"]
    assert (low, high) == (pytest.approx(0.2077, abs=1e-3), pytest.approx(0.9385, abs=1e-3))  # Wilson, 2 of 3
    assert "White female, 0.0 % of 1" in describe(GENDER, figures)


def test_ages_by_bin():
    years = [1, 2, 5, 19, 45, 90]
    figures = age_bin_figures(np.eye(101, dtype=np.float32)[years], dataset(age_bin=[0, 1, 1, 3, 8, 8]))
    assert figures["accuracy"] == pytest.approx(3 / 6, abs=1e-4)  # 1, 5 and 90
    assert figures["within_one"] == pytest.approx(5 / 6, abs=1e-4)  # 45 is three bins off
    assert {name: one["accuracy"] for name, one in figures["by_bin"].items()} == {
        "0-2": 1,
        "3-9": 0.5,
        "20-29": 0,
        "70+": 0.5,
    }
    assert "nine bins" in describe(AGE, figures)


@pytest.mark.parametrize("task", [EXPRESSION, GENDER, AGE], ids=lambda task: task.name)
def test_no_fairface_no_figures(task, tmp_path):
    assert fairface_figures(Classifier.shipped(task), tmp_path) == {}


def test_every_race_has_a_name():
    assert len(set(RACES)) == 7


def test_shown_is_judged_by_most_peoples_answer():
    votes = np.zeros((4, len(ANSWERS)), np.int64)
    for row, answer in zip(votes, ("neutral", "neutral", "anger", "contempt"), strict=True):
        row[ANSWERS.index(answer)] = 10  # the last one has no answer among the seven
    scores = np.eye(7, dtype=np.float32)[[EXPRESSIONS.index(label) for label in ("neutral", "sad", "angry", "angry")]]
    figures = shown_figures(scores, dataset(split="private_test", votes=votes))
    assert figures["images"] == 3
    assert figures["private_test"]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["per_class"]["neutral"]["recall"] == 0.5
    assert "public_test" not in figures
