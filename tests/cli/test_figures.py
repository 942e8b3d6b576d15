"""Tables for people and JSON for machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.figures import deliver, table


def test_a_table_is_aligned() -> None:
    assert table([("a", 1.5), ("bcd", 10)], ("name", "ms")) == "name    ms\n----------\na     1.50\nbcd     10"


def test_a_row_may_end_early_and_a_heading_be_absent() -> None:
    assert table([("a", "b", "c"), ("long",)]) == "a     b  c\nlong"


def test_figures_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep" / "figures.json"
    deliver({"ms": 1.5}, "the table", path)
    assert json.loads(path.read_text()) == {"ms": 1.5}
    assert capsys.readouterr().out == f"the table\n\nfigures written to {path}\n"
    deliver({}, "alone", None)
    assert capsys.readouterr().out == "alone\n"
