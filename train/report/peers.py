"""The paper's figures and the peers', from `models/peers.json`: measured once, dated, with where they come from."""

from __future__ import annotations

import json
from typing import Any

from vision.tasks import MODELS_DIR

PEERS_FILE = MODELS_DIR / "peers.json"

PEER_TABLES = {
    "expression": ("expression", "accuracy"),
    "age": ("gender_and_age", "age"),
    "gender": ("gender_and_age", "gender"),
}
"""Task -> the table in that file, and the accuracy's name in it."""


def load_peers() -> dict[str, Any]:
    """All figures: `paper`, `expression`, `gender_and_age`, `time`, with `date`, `machine` and `about`."""
    peers: dict[str, Any] = json.loads(PEERS_FILE.read_text(encoding="utf-8"))
    return peers


def best_peer(peers: dict[str, Any], task: str) -> dict[str, Any]:
    """The peer that is right most often on these test images, of those that were run here and cannot know them.

    Args:
        peers: as `load_peers` gives them.
        task: `expression`, `age` or `gender`.

    Returns:
        Its `name` and its `accuracy`, 0 to 1.
    """
    table, key = PEER_TABLES[task]
    rows = peers[table]
    fair = [row for row in rows if key in row and not ({"seen", "read", "baseline"} & row.keys())]
    best = max(fair, key=lambda row: row[key])
    return {"name": best["name"], "accuracy": best[key]}
