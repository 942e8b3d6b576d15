"""The best of the other projects whose accuracy was measured on our test images (`models/peers.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TABLES: Final = {
    "expression": ("expression", "accuracy"),
    "age": ("gender_and_age", "age"),
    "gender": ("gender_and_age", "gender"),
}
"""Task -> the table in that file, and the name of the accuracy in it."""

UNFAIR: Final = frozenset({"seen", "read", "baseline"})
"""Marks of rows that are no comparison: trained on these test images, read in a paper, or a guess."""


def best_peer(peers: Mapping[str, Any], task: str) -> dict[str, Any] | None:
    """The peer that is right most often on these test images, of those that were run here and cannot know them.

    Args:
        peers: the content of `models/peers.json`.
        task: a key of `TABLES`.

    Returns:
        Its `name` and its `accuracy`, 0 to 1; None if no peer's accuracy is known.
    """
    table, accuracy = TABLES[task]
    fair = [row for row in peers.get(table, ()) if accuracy in row and not UNFAIR & row.keys()]
    best = max(fair, key=lambda row: row[accuracy], default=None)
    return best and {"name": best["name"], "accuracy": best[accuracy]}
