"""The paper's figures and the peers', from `models/peers.json`: measured once, dated, with where they come from."""

from __future__ import annotations

import json
from typing import Any

from vision.tasks import MODELS_DIR

PEERS_FILE = MODELS_DIR / "peers.json"


def load_peers() -> dict[str, Any]:
    """All figures: `paper`, `expression`, `gender_and_age`, `time`, with `date`, `machine` and `about`."""
    peers: dict[str, Any] = json.loads(PEERS_FILE.read_text(encoding="utf-8"))
    return peers
