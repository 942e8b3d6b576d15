"""When a worker has no time left, and when it has some again."""

from __future__ import annotations

import pytest

from tests.webapp.clock import Clock, stopped_clock
from webapp.inference import load as module
from webapp.inference.load import Load


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped_clock(monkeypatch, module)


@pytest.fixture
def load(clock: Clock) -> Load:
    return Load()


def after(load: Load, clock: Clock, seconds: float, share: float) -> float:
    """The pace after some time, of which frames, 30 a second, have taken a share."""
    for _ in range(round(seconds * 30)):
        clock.now += (1 - share) / 30
        load.begin()
        clock.now += share / 30
        load.end()
    return load.pace


def test_a_free_worker_keeps_the_usual_pace(load: Load, clock: Clock) -> None:
    assert load.pace == 1
    assert after(load, clock, 10, 0.3) == 1
    assert after(load, clock, 10, 0.85) == 1


def test_a_busy_one_slows_within_two_seconds_and_recovers(load: Load, clock: Clock) -> None:
    assert after(load, clock, 0.5, 1.0) == 1, "a moment says nothing"
    assert after(load, clock, 1.5, 1.0) == 2
    assert after(load, clock, 10, 0.8) == 2, "as busy as rarer looks leave it"
    assert after(load, clock, 2, 0.5) == 1


def test_a_pause_without_any_frame_counts_as_free(load: Load, clock: Clock) -> None:
    after(load, clock, 5, 1.0)
    clock.now += 10
    assert after(load, clock, 0.1, 1.0) == 1
