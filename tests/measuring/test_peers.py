"""Only fair comparisons count: peers that were run here, on test images that they cannot know."""

import json

import pytest

from measuring.peers import TABLES, best_peer
from vision.tasks import MODELS_DIR, TASKS


@pytest.mark.parametrize(("task", "name"), [("expression", "oarriaga"), ("age", "dlib"), ("gender", "dlib")])
def test_the_best_peer(task, name):
    peers = json.loads((MODELS_DIR / "peers.json").read_text())
    best = best_peer(peers, task)
    assert best is not None and best["name"].split()[0] == name


def test_who_has_seen_the_test_images_or_was_only_read_about_does_not_count():
    rows = [
        {"name": "trained on them", "accuracy": 0.9, "seen": True},
        {"name": "from its paper", "accuracy": 0.8, "read": True},
        {"name": "always the commonest", "accuracy": 0.7, "baseline": True},
        {"name": "of another task", "private_test": 0.6},
        {"name": "fair", "accuracy": 0.5},
    ]
    assert best_peer({"expression": rows}, "expression") == {"name": "fair", "accuracy": 0.5}
    assert best_peer({"expression": rows[:4]}, "expression") is None
    assert best_peer({}, "age") is None


def test_every_task_has_a_table():
    assert TABLES.keys() == TASKS.keys()
