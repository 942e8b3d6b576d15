"""What is known of a frame and its faces, and how it is told as JSON: the same from the command line, the HTTP API and the live socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box, Face
from vision.tasks import AGE, EXPRESSION, GENDER, Task

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Verdict:
    """What the CNNs say of a face.

    Attributes:
        scores: for each task its distribution: expression (7,), age (101,) by year, gender (2,).
        labels: of expression and gender the index of the label that is shown. Of a picture by itself it is the
            likeliest; of a camera's face it holds until another is clearly likelier.
        second: the index of the likeliest other expression.
        unsure: whether the expression is as likely another one.
        quality: how well the face can be seen, one of `vision.quality.QUALITIES`.
        age: of its distribution, by `aged`.
    """

    scores: Mapping[str, Scores]
    labels: Mapping[str, int]
    second: int
    unsure: bool
    quality: str
    age: Mapping[str, object]

    @cached_property
    def fields(self) -> Mapping[str, object]:
        """Its part of a face's JSON; made once, though a face at rest tells it on several frames."""
        likeliest = (self.labels[EXPRESSION.name], self.second)
        doubt = {"unsure": self.unsure, "likeliest": [EXPRESSION.labels[index] for index in likeliest]}
        return {
            EXPRESSION.name: self._labelled(EXPRESSION) | doubt,
            AGE.name: self.age,
            GENDER.name: self._labelled(GENDER),
            "quality": self.quality,
        }

    def _labelled(self, task: Task) -> dict:
        scores = zip(task.labels, self.scores[task.name].tolist(), strict=True)
        return {
            "label": task.labels[self.labels[task.name]],
            "scores": {label: round(score, 4) for label, score in scores},
        }


@dataclass(frozen=True)
class FaceAnalysis:
    """What is known of one face.

    Attributes:
        face: where it is.
        track: its id while its camera watches; None for a picture by itself.
        verdict: what the CNNs say of it.
    """

    face: Face
    track: int | None
    verdict: Verdict

    def moved(self, across: float, down: float) -> FaceAnalysis:
        """The same of a face that has moved by some pixels since."""
        return replace(self, face=self.face.shifted(across, down))

    def to_dict(self, width: int, height: int) -> dict:
        """The face as JSON, its box within the frame."""
        keypoints = () if self.face.keypoints is None else self.face.keypoints.tolist()
        return {
            "track": self.track,
            "box": _clip(self.face.box, width, height),
            "score": round(self.face.score, 3),
            "keypoints": [[round(x, 1), round(y, 1)] for x, y in keypoints],
            **self.verdict.fields,
        }


@dataclass(frozen=True)
class Analysis:
    """What is known of one frame.

    Attributes:
        width: of the frame as sent, in pixels.
        height: likewise.
        faces: best first.
        timings_ms: milliseconds of each stage and in `total`.
    """

    width: int
    height: int
    faces: tuple[FaceAnalysis, ...]
    timings_ms: Mapping[str, float]

    def to_dict(self) -> dict:
        """The analysis as JSON."""
        return {
            "width": self.width,
            "height": self.height,
            "faces": [face.to_dict(self.width, self.height) for face in self.faces],
            "timings_ms": {stage: round(ms, 2) for stage, ms in self.timings_ms.items()},
        }


def aged(scores: Scores) -> dict[str, object]:
    """One age and one range, both of one distribution, (101,), and the decade that this age is in, as JSON."""
    years, low, high = AGE.ages(scores)
    return {
        "years": years,
        "low": low,
        "high": high,
        "decade": AGE.labels[min(years // 10, len(AGE.labels) - 1)],
        "scores": [round(score, 4) for score in AGE.classes(scores).tolist()],
    }


def _clip(box: Box, width: int, height: int) -> list[float]:
    x, y = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[0] + box[2], width), min(box[1] + box[3], height)
    return [round(side, 1) for side in (x, y, max(right - x, 0.0), max(bottom - y, 0.0))]
