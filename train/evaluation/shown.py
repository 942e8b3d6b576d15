"""What people see of an expression, judged by what most people say (FER+), not by FER2013's label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import FaceDataset
from train.data.ferplus import most_peoples_answer
from train.evaluation.metrics import evaluate_scores
from vision.tasks import EXPRESSION


def shown_figures(scores: NDArray[np.float32], data: FaceDataset) -> dict:
    """Judge what is shown against most people's answer, on the images that have one.

    Args:
        scores: (N, 7) of the shown head, in the order of `data`.
        data: FER2013's test images with `votes`.

    Returns:
        The report's JSON on all images, with figures of PrivateTest, of PublicTest and without duplicates.
    """
    answers = most_peoples_answer(data.labels["votes"])
    clear = answers >= 0

    def subset(mask: NDArray[np.bool_]) -> dict:
        one = evaluate_scores(EXPRESSION, scores[mask], answers[mask])
        figures = {"accuracy": one.accuracy, "macro_recall": one.macro.recall, "macro_f1": one.macro.f1}
        return {name: round(value, 5) for name, value in figures.items()} | {"images": int(mask.sum())}

    report = evaluate_scores(EXPRESSION, scores[clear], answers[clear])
    parts = {
        "private_test": data.split == "private_test",
        "public_test": data.split == "public_test",
        "without_twins": ~data.duplicate,
    }
    return report.to_dict() | {name: subset(clear & mask) for name, mask in parts.items() if (clear & mask).any()}
