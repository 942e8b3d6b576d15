"""One definition of a percentile, for the dashboard, the benchmarks and (in `static/js/shared/stats.js`) the page.

It is the one of `numpy.percentile`: between the two nearest values by straight line. Written by hand, since NumPy
would cost the web process 16 MB; `tests/percentile_cases.json` holds all three to the same cases.
"""

from __future__ import annotations

from collections.abc import Iterable


def percentile(values: Iterable[float], p: float) -> float:
    """The value below which `p` percent of the values lie.

    Args:
        values: in any order.
        p: 0 to 100.

    Returns:
        NaN where there are no values.
    """
    ranked = sorted(values)
    if not ranked:
        return float("nan")
    position = (len(ranked) - 1) * p / 100
    below = int(position)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (position - below)


def percentiles(values: Iterable[float], *ps: int, digits: int = 2) -> dict[str, float]:
    """Several percentiles as they stand in JSON: `{"p50": 12.5, "p95": 19.25}`.

    Args:
        values: in any order.
        ps: each 0 to 100.
        digits: after the decimal point.

    Returns:
        Name -> percentile; 0 where there are no values, since JSON has no NaN.
    """
    ranked = sorted(values)
    return {f"p{p}": round(percentile(ranked, p), digits) if ranked else 0.0 for p in ps}
