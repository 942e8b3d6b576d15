"""A model's figures by group of people, out of `models/studies/fairness.json`, for its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]

FIGURES: Final = {"age": "age_mae", "gender": "gender_accuracy"}
"""The figure that is shown of each task. Expression has figures of its own, since its groups are estimates."""

SINGLE: Final = ("gender", "race", "age")
"""Groupings by one label: each is a part of the table."""

CROSSED: Final = "gender × race"
"""The grouping whose largest gap is shown (as in Buolamwini and Gebru, Gender Shades, 2018)."""


def groups_of(fairness: Json, task: str) -> dict[str, Any] | None:
    """What the fairness study found of one task.

    Args:
        fairness: the study's JSON; empty if it was not run.
        task: `expression`, `age` or `gender`.

    Returns:
        `unit` (`share` or `years`), `parts` (grouping and rows of `name`, `value`, `low`, `high`,
        `images`, and `bar` from 0 to 1), and `gap` (or None); None where the study has nothing of this task, or
        another shape.
    """
    try:
        figure = FIGURES.get(task)
        if figure is None:
            parts = [_part(grouping, one["groups"], "accuracy") for grouping, one in fairness[task]["by"].items()]
            return _told("share", parts, None)
        parts = [_part(grouping, fairness["groups"][grouping], figure) for grouping in SINGLE]
        unit = "years" if figure == "age_mae" else "share"
        return _told(unit, parts, fairness["gaps"].get(CROSSED, {}).get(figure))
    except (KeyError, TypeError, AttributeError):
        return None


def _told(unit: str, parts: list[dict[str, Any]], gap: Json | None) -> dict[str, Any] | None:
    parts = [part for part in parts if part["rows"]]
    longest = max((row["value"] for part in parts for row in part["rows"]), default=0)
    for part in parts:
        for row in part["rows"]:
            row["bar"] = row["value"] / (longest or 1) if unit == "years" else row["value"]
    return {"unit": unit, "parts": parts, "gap": gap} if parts else None


def _part(grouping: str, groups: Json, figure: str) -> dict[str, Any]:
    rows = [
        {"name": name} | {key: one[figure][key] for key in ("value", "low", "high", "images")}
        for name, one in groups.items()
        if figure in one
    ]
    return {"grouping": grouping, "rows": rows}
