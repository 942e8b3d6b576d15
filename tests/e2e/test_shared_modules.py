"""What every page's scripts share: by tables, in a browser, where they live."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import Run

PERCENTILES = Path(__file__).resolve().parents[1] / "percentile_cases.json"


def test_a_percentile_is_that_of_numpy(run: Run) -> None:
    # The same table as the server's and the benchmarks' percentiles are held to.
    for case in json.loads(PERCENTILES.read_text(encoding="utf-8"))["cases"]:
        values, p, expected = case["values"], case["p"], case["expected"]
        assert np.percentile(values, p) == pytest.approx(expected), case["why"]
        assert run("shared/stats", "(s, values, p) => s.percentile(values, p)", values, p) == pytest.approx(expected)
    assert run("shared/stats", "(s) => Number.isNaN(s.percentile([], 50))")


def test_statistics(run: Run) -> None:
    rate = """(s, times, now) => {
      const meter = new s.RateMeter(1000);
      for (const time of times) meter.add(time);
      return meter.rate(now);
    }"""
    steady = [33.3 * i for i in range(61)]
    assert run("shared/stats", rate, steady, steady[-1]) == pytest.approx(30, abs=0.1)
    assert run("shared/stats", rate, steady, steady[-1] + 20) == pytest.approx(30, abs=0.1)  # between two events
    assert run("shared/stats", rate, steady, steady[-1] + 900) < 5  # the events have stopped
    assert run("shared/stats", rate, [5], 5) == 0

    recent = """(s) => {
      const recent = new s.Recent(1000);
      for (let i = 0; i <= 5000; i += 1) recent.add(i, i);
      return [recent.values(5000, 10), recent.values(5000).length];
    }"""
    assert run("shared/stats", recent) == [list(range(4990, 5001)), 1001]


def test_words(run: Run) -> None:
    assert run("shared/i18n", "(i) => i.t('announce.faces', {count: 1})") == "1 face in view."
    assert run("shared/i18n", "(i) => i.t('announce.faces', {count: 3})") == "3 faces in view."
    assert run("shared/i18n", "(i) => i.t('no.such.key')") == "no.such.key"
    assert run("shared/format", "(f) => f.confidence(0.9999)") == "99\u00a0%"
    assert run("shared/format", "(f) => f.confidence(NaN)") == "–"
    assert (
        run("shared/format", "(f) => f.labelText('expression', 'contempt')") == "contempt"
    )  # a label of a later model
    assert run("shared/format", "(f) => f.size(41_234)") == {"value": "41", "unit": "kB"}
    assert run("shared/format", "(f) => f.size(1_260_000)") == {"value": "1.3", "unit": "MB"}


def test_a_page_knows_that_there_is_no_network(run: Run) -> None:
    for host, same in [
        ("localhost", True),
        ("raut.localhost", True),
        ("127.0.0.1", True),
        ("127.8.4.2", True),
        ("[::1]", True),
        ("192.168.1.7", False),
        ("localhost.example.org", False),  # anybody's
        ("127.example.org", False),
    ]:
        assert run("shared/same_machine", "(m, host) => m.isLoopback(host)", host) == same, host


def test_what_the_server_s_loop_is_late_is_no_network(run: Run) -> None:
    late = """(m) => m.stageTimes(5, 100, { server: 20, queue: 5, lag: 60 }, [])"""
    assert run("live/session_metrics", late) == {"encode": 5, "network": 20, "queue": 5, "other": 75}
