"""Many faces cost as many looks as three, each has its turn, and a newcomer has all labels at once."""

from collections import Counter

import numpy as np
import pytest

from tests.vision.test_tracking import clock, face, show, tracker
from vision.tasks import AGE, EXPRESSION, GENDER, TASKS
from vision.tracking.attention import LOOKS_A_FRAME, looks_due

__all__ = ["clock", "tracker"]  # fixtures, used by their names


def row_of(count: int) -> list:
    """Some faces side by side, none so near that it may cover another."""
    return [face(160.0 * place) for place in range(count)]


def look(tracks, contradicting=(), pace=1.0) -> set:
    """Let the CNNs look at the faces whose looks are due; those whose number is `contradicting` seem to be somebody else."""
    due = looks_due(tracks, pace)
    for track in tracks:
        for task in TASKS.values():
            if (track.number, task.name) in due:
                scores = np.full(task.outputs, 0.01 / task.outputs, np.float32)
                scores[1 if track.number in contradicting else 0] += 0.99
                track.learn(task, scores)
    return due


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 10, 20])
def test_each_face_has_its_turn_within_the_budget(tracker, clock, count):
    for _ in range(60):  # until all are known
        look(show(tracker, row_of(count)))
        clock.tick()
    looks = []
    for _ in range(240):
        looks.append(look(show(tracker, row_of(count))))
        clock.tick()
    assert max(map(len, looks)) <= LOOKS_A_FRAME
    share = min(1.0, 8 / count)
    for number in range(1, count + 1):
        asked = {name: sum((number, name) in frame for frame in looks) / 8 for name in TASKS}  # a second
        assert asked[EXPRESSION.name] >= (14 if count <= 3 else 8 * share)
        assert asked[AGE.name] >= 0.6 * share
        assert asked[GENDER.name] >= 0.6 * share


@pytest.mark.parametrize("count", [1, 2, 10])
def test_who_has_no_time_left_looks_less_often(tracker, clock, count):
    for _ in range(60):
        look(show(tracker, row_of(count)))
        clock.tick()
    asked: Counter[float] = Counter()
    for frame in range(480):
        pace = 1.0 if frame < 240 else 2.0
        asked[pace] += len(look(show(tracker, row_of(count)), pace=pace))
        clock.tick()
    assert 0.4 * asked[1.0] <= asked[2.0] <= 0.7 * asked[1.0]


def test_a_newcomer_among_many_has_all_labels_on_its_first_frame(tracker, clock):
    for _ in range(60):
        look(show(tracker, row_of(12)))
        clock.tick()
    *_, newcomer = tracks = show(tracker, row_of(13))
    look(tracks)
    assert set(newcomer.scores) == set(TASKS)


def test_many_newcomers_are_all_told_at_once_and_soon_well_known(tracker, clock):
    tracks = show(tracker, row_of(10))
    assert len(look(tracks)) == 10 * len(TASKS)
    for _ in range(45):
        clock.tick()
        tracks = show(tracker, row_of(10))
        assert len(look(tracks)) <= LOOKS_A_FRAME
    assert min(track.looks[task.name] for track in tracks for task in TASKS.values()) >= 4


def test_another_person_among_many_is_noticed_by_age_and_gender(tracker, clock):
    for _ in range(90):
        look(show(tracker, row_of(10)))
        clock.tick()
    changed = clock.now
    while 3 in {track.number for track in show(tracker, row_of(10))}:
        assert clock.now - changed < 3, "the third is still taken for the same person"
        look(tracker._tracks, contradicting={3})
        clock.tick()


def test_a_turn_that_was_missed_is_not_lost(tracker, clock):
    """Age is due at certain times; a face that is not looked at then is due until it is."""
    for _ in range(30):
        look(show(tracker, row_of(1)))
        clock.tick()
    clock.tick(0.4)
    for _ in range(3):
        (track,) = show(tracker, row_of(1))
        assert track.wants(AGE)
        clock.tick()
