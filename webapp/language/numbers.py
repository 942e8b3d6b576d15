"""Numbers and dates as the page's language writes them. `static/js/shared/format.js` does the same in scripts."""

from __future__ import annotations

import datetime

from flask_babel import format_date, format_decimal


def integer(value: float) -> str:
    """A whole number, as "4,728" or "4.728"."""
    return str(format_decimal(round(value), format="#,##0"))


def decimal(value: float, digits: int = 1) -> str:
    """A number with so many decimals, as "62.0" or "62,0"."""
    return str(format_decimal(value, format="#,##0." + "0" * digits if digits else "#,##0"))


def percent(share: float, digits: int = 1) -> str:
    """A share of 1 as "94.1 %", with a space that does not break."""
    return f"{decimal(100 * share, digits)}\N{NO-BREAK SPACE}%"


def date(value: datetime.date | str) -> str:
    """A day, as "27 Nov 2026"; what is no date is shown as it is.

    Args:
        value: a date, or one as ISO 8601 writes it.
    """
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    return str(format_date(value, format="d MMM y"))
