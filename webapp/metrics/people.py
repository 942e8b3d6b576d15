"""Who is seen now, as counts: expressions, ages and genders in the last results of all cameras. Nobody is told apart."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from vision.tasks import DECADES, EXPRESSIONS, GENDERS

TASKS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "expression": ("label", EXPRESSIONS),
    "age": ("decade", DECADES),
    "gender": ("label", GENDERS),
}
"""Task -> which part of a face's answer is counted, and what it may be, in the order in which it is shown."""


def count_people(results: Iterable[str]) -> dict[str, dict[str, int]]:
    """How many faces have each label.

    Args:
        results: the faces of each camera's last result, as the worker wrote them: a JSON array.

    Returns:
        For each task its labels in order, with counts; labels that no face has count 0.
    """
    counts: dict[str, Counter[str]] = {task: Counter() for task in TASKS}
    for result in results:
        for face in json.loads(result):
            for task, (part, _) in TASKS.items():
                counts[task][_label(face, task, part)] += 1
    return {task: {label: counts[task][label] for label in labels} for task, (_, labels) in TASKS.items()}


def _label(face: Mapping[str, Any], task: str, part: str) -> str:
    return str(face.get(task, {}).get(part, ""))
