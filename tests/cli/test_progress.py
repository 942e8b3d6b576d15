"""Long work says how far it is: on a terminal and in a log."""

from __future__ import annotations

import io
import sys

import pytest

from cli.progress import has_bar, in_parts, progress, tell


class Terminal(io.StringIO):
    """Standard error, as a terminal has it."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert list(progress(["blur", "noise"], "corruptions", str.upper)) == ["blur", "noise"]
    assert "corruptions" in terminal.getvalue() and "2/2" in terminal.getvalue() and "BLUR" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_a_step_says_on_the_bar_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    for _ in progress(["seed 1", "seed 2"], "trainings"):
        assert has_bar()
        tell("epoch 3 of 30")
    assert "seed 1, epoch 3 of 30" in terminal.getvalue() and "seed 2, epoch 3 of 30" in terminal.getvalue()
    assert not has_bar()
    tell("epoch 4 of 30")
    assert "epoch 4" not in terminal.getvalue(), "there is no bar any more"


def test_lines_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(["blur", "noise"], "corruptions")) == ["blur", "noise"]
    assert capsys.readouterr().out == "corruptions, 1 of 2: blur\ncorruptions, 2 of 2: noise\n"


@pytest.mark.parametrize(("count", "parts"), [(0, []), (3, [(0, 3)]), (5, [(0, 5)]), (11, [(0, 5), (5, 10), (10, 11)])])
def test_parts_hold_each_item_once(count: int, parts: list[tuple[int, int]]) -> None:
    assert [(part.start, part.stop) for part in in_parts(count, 5)] == parts
