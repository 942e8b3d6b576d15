"""A camera's name, as people choose it on the live page: short, on one line, and nothing but text."""

from __future__ import annotations

from typing import Any, Final

LONGEST: Final = 40
"""Characters of a name that are kept."""


def clean_name(given: Any) -> str:
    """What is kept of a name: no control or formatting characters, single spaces, its beginning.

    Args:
        given: whatever the event came with.

    Returns:
        The name; empty for none, and for what is no text.
    """
    if not isinstance(given, str):
        return ""
    shown = "".join(one if one.isprintable() else " " for one in given[: 4 * LONGEST])
    return " ".join(shown.split())[:LONGEST].rstrip()
