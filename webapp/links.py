"""The tokens of the two links as they are written down: in a file for the next start, or in Redis for all nodes."""

from __future__ import annotations

import json
from typing import Final

from webapp.roles import CAMERA, WATCH

SHORTEST: Final = 16
"""Characters of a token: somebody may have written a shorter one by hand, which could be guessed."""


def links_of(text: bytes | str | None) -> dict[str, str] | None:
    """Read the tokens: role -> token.

    Args:
        text: as JSON, which anybody may have changed; None where nothing is written.

    Returns:
        A token for each of CAMERA and WATCH; None where there are none that can be used.
    """
    if text is None:
        return None
    try:
        read = json.loads(text)
        links = {role: str(read[role]) for role in (CAMERA, WATCH)}
    except (ValueError, TypeError, KeyError):
        return None
    return links if min(map(len, links.values())) >= SHORTEST and len(set(links.values())) == 2 else None
