"""What a page gets that sends faster than it may."""

from __future__ import annotations

import pytest

from tests.webapp.clock import Clock, stopped_clock
from webapp.server import rate_limit
from webapp.sockets.frame_budget import FLOOD_S, REST_S, FrameBudget

RATE = 60.0
LONG_S = 60.0
"""Seconds, after which the first moment no longer matters."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped_clock(monkeypatch, rate_limit, now=0.0)


def taken(clock: Clock, rate: float, rests: bool = False) -> float:
    """Frames a second that are taken of `rate` a second; a page that cannot send while it is not read `rests`."""
    budget, count, due = FrameBudget(RATE), 0, 0.0
    while due < LONG_S:
        clock.now = due
        due += 1 / rate
        if budget.take():
            count += 1
        elif (rest := budget.refuse()) and rests:
            due = max(due, clock.now + rest)
    return count / LONG_S


@pytest.mark.parametrize(
    ("rate", "least", "most"),
    [
        (30, 30, 30.1),  # a camera
        (60, 60, 60.1),  # just as fast as is allowed
        (61, 58.5, 61),  # whose clock is a little fast
        (90, 29, 33.5),  # half as much again: half of what is allowed
        (150, 0, 2),  # a flood: what is there at the beginning, and no more
        (1000, 0, 2),
    ],
)
def test_who_sends_too_fast_gets_less(clock: Clock, rate: float, least: float, most: float) -> None:
    assert least <= taken(clock, rate) <= most


def test_a_flood_gains_nothing_by_being_held_up(clock: Clock) -> None:
    assert taken(clock, 1000, rests=True) <= 2


def test_a_flood_that_pauses_is_served_again(clock: Clock) -> None:
    budget = FrameBudget(RATE)
    while budget.take() or budget.refuse() < REST_S:
        clock.now += 0.001
    clock.now += REST_S + FLOOD_S + 2 / RATE
    assert budget.take()
