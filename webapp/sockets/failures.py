"""Counts how often in a row the workers failed on one session's pictures."""

from __future__ import annotations

from typing import Final

from vision.limits import FAILED
from webapp.inference.tickets import Outcome

MOST_IN_A_ROW: Final = 10
"""Failures in a row after which a session is closed; a result starts the count anew."""

_A_LOST_WORKER_COUNTS: Final = 4

KEEPS_FAILING: Final = {
    "error": f"the server failed on {MOST_IN_A_ROW} pictures in a row, or lost workers over them: try another camera",
    "code": "keeps_failing",
}


class Failures:
    """The failures in a row of one session.

    Pictures that are refused because they are not whole or too large do not count: a refusal harms nobody else.
    """

    def __init__(self) -> None:
        """Start from 0."""
        self._in_a_row = 0

    def too_many_with(self, outcome: Outcome) -> bool:
        """Count an outcome; whether the session should be closed now."""
        if outcome.result is not None:
            self._in_a_row = 0
        elif outcome.fatal:
            self._in_a_row += _A_LOST_WORKER_COUNTS
        elif outcome.error is not None and outcome.error["code"] == FAILED:
            self._in_a_row += 1
        return self._in_a_row >= MOST_IN_A_ROW
