"""When the CNNs look at a track, how their scores are smoothed, and how labels hold."""

import numpy as np
import pytest

from tests.vision.test_tracking import Clock, face, show
from vision.tasks import AGE, EXPRESSION, TASKS
from vision.tracking import FaceTracker
from vision.tracking.steadiness import HeldLabel


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tracker(clock):
    return FaceTracker(clock)


def test_all_run_on_the_first_frames_then_expression_on_every_second_age_and_gender_on_few(tracker, clock):
    runs = dict.fromkeys(TASKS, 0)
    both = 0
    for frame in range(100):
        (track,) = show(tracker, [face(0)])
        wanted = [task for task in TASKS.values() if track.wants(task)]
        for task in wanted:
            runs[task.name] += 1
            track.learn(task, np.full(task.outputs, 1 / task.outputs, np.float32))
        assert frame >= 4 or len(wanted) == 3
        both += frame > 10 and len(wanted) == 3
        clock.tick()
    assert 50 <= runs["expression"] <= 54
    assert 10 <= runs["age"] <= 15
    assert 10 <= runs["gender"] <= 15
    assert both == 0  # never both on one frame, once the face is known


def test_a_slow_camera_s_expression_is_looked_at_on_each_frame(tracker, clock):
    for _ in range(40):
        (track,) = show(tracker, [face(0)])
        assert track.wants(EXPRESSION)
        track.learn(EXPRESSION, np.full(7, 1 / 7, np.float32))
        clock.tick(1 / 15)


def test_scores_stay_a_distribution_and_come_to_the_new_value(tracker, clock):
    (track,) = show(tracker, [face(0)])
    track.learn(EXPRESSION, np.eye(7, dtype=np.float32)[0])
    for _ in range(30):
        clock.tick()
        (track,) = show(tracker, [face(0)])
        smoothed = track.learn(EXPRESSION, np.eye(7, dtype=np.float32)[1])
        assert smoothed.sum() == pytest.approx(1, abs=1e-5)
    assert smoothed[1] > 0.98  # after a second


def test_one_odd_look_hardly_moves_a_known_age(tracker, clock):
    (track,) = show(tracker, [face(0)])
    for _ in range(20):
        track.learn(AGE, np.eye(101, dtype=np.float32)[30])
    assert track.learn(AGE, np.eye(101, dtype=np.float32)[36])[30] > 0.9


class TestHeldLabel:
    @pytest.mark.parametrize(
        ("scores", "after"),
        [
            ((0.02, 0.98), 0.17),  # a smile is told at once
            ((0.25, 0.75), 0.65),  # a weaker lead has to last
            ((0.35, 0.65), 2.1),  # and a small one long, but no label holds for good that another leads
            ((0.46, 0.54), None),  # within the allowance both are as likely
        ],
    )
    def test_it_gives_way_when_clearly_beaten(self, scores, after):
        held, clear = HeldLabel(0.14, 0.15), np.array([1.0, 0.0], np.float32)
        assert held.update(clear, 0.0) == 0
        times = [step / 30 for step in range(1, 91) if held.update(np.array(scores, np.float32), 1 / 30) == 1]
        assert (times[0] if times else None) == (None if after is None else pytest.approx(after, abs=0.1))

    def test_a_flicker_changes_nothing(self):
        held, changes = HeldLabel(0.14, 0.15), 0
        random, before = np.random.default_rng(1), 0
        for _ in range(3000):
            share = 0.5 + random.normal(0, 0.15)
            label = held.update(np.array([share, 1 - share], np.float32), 1 / 30)
            changes, before = changes + (label != before), label
        assert changes / 100 < 0.3, "a second"

    def test_a_lead_that_turns_is_made_up_for(self):
        held, scores = HeldLabel(0.14, 0.15), np.array([[0.5, 0.3, 0.2], [0.3, 0.5, 0.2]], np.float32)
        told = {held.update(scores[frame // 15 % 2], 1 / 30) for frame in range(600)}
        assert told == {0}, "half a second for each by turns"

    def test_two_that_lead_by_turns_do_not_save_the_one_that_neither_is(self):
        held = HeldLabel(0.14, 0.15)
        assert held.update(np.array([0.9, 0.05, 0.05], np.float32), 0.0) == 0
        scores = np.array([[0.1, 0.5, 0.4], [0.1, 0.4, 0.5]], np.float32)
        told = [held.update(scores[frame % 2], 1 / 30) for frame in range(60)]
        assert told[-1] in (1, 2)

    def test_a_slow_camera_s_look_counts_for_a_moment_only(self):
        held = HeldLabel(0.14, 0.15)
        held.update(np.array([1.0, 0.0], np.float32), 0.0)
        weak = np.array([0.3, 0.7], np.float32)
        assert [held.update(weak, 5.0) for _ in range(3)] == [0, 0, 1]
