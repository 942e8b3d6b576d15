"""The label sets, each in its dataset's own order: index `i` of a CNN's output is `LABELS[i]`."""

from __future__ import annotations

from typing import Final

EXPRESSIONS: Final = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""FER2013's seven classes, in the order of the Kaggle folders (alphabetical)."""

GENDERS: Final = ("male", "female")
"""UTKFace's two classes: the file name's gender field is 0 for male, 1 for female."""

OLDEST_YEAR: Final = 100
"""The last year that the age CNN tells apart; everyone older falls into it."""

DECADES: Final = (*(f"{tens}-{tens + 9}" for tens in range(0, 100, 10)), "100+")
"""The paper's eleven age classes: `min(age // 10, 10)`."""


def decade_of(years: int) -> int:
    """The paper's age class of an age.

    Args:
        years: age in whole years, 0 or more.

    Returns:
        Index into `DECADES`, 0 to 10.
    """
    return min(years // 10, len(DECADES) - 1)
