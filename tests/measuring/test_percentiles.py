"""One percentile for the server, the benchmarks and the page: NumPy's."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from measuring.percentiles import percentile, percentiles

CASES = json.loads((Path(__file__).resolve().parents[1] / "percentile_cases.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_percentile_is_numpy_s(case: dict) -> None:
    expected = pytest.approx(case["expected"])
    assert percentile(case["values"], case["p"]) == expected
    assert float(np.percentile(case["values"], case["p"])) == expected, "the table itself is right"


def test_no_values_have_no_percentile() -> None:
    assert math.isnan(percentile([], 50))


def test_several_are_rounded_for_json() -> None:
    assert percentiles(iter([3, 1, 2]), 0, 50, 99) == {"p0": 1, "p50": 2, "p99": 2.98}
    assert percentiles([1, 2], 33, digits=3) == {"p33": 1.33}
    assert percentiles([], 50, 95) == {"p50": 0, "p95": 0}
