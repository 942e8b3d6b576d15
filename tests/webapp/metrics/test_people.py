"""Faces in view are counted by label, each label in its place."""

from __future__ import annotations

import json

from vision.tasks import DECADES, EXPRESSIONS, GENDERS
from webapp.metrics.people import count_people


def face(expression: str, decade: str, gender: str) -> dict:
    return {"expression": {"label": expression}, "age": {"decade": decade}, "gender": {"label": gender}}


def test_nobody() -> None:
    people = count_people(["[]", "[]"])
    assert [list(people[task]) for task in ("expression", "age", "gender")] == [
        list(EXPRESSIONS),
        list(DECADES),
        list(GENDERS),
    ]
    assert {count for labels in people.values() for count in labels.values()} == {0}


def test_faces_of_all_cameras_together() -> None:
    results = [
        [face("happy", "20-29", "female"), face("sad", "20-29", "male")],
        [face("happy", "60-69", "female")],
        [],
    ]
    people = count_people(json.dumps(one) for one in results)
    assert (people["expression"]["happy"], people["expression"]["sad"]) == (2, 1)
    assert (people["age"]["20-29"], people["age"]["60-69"]) == (2, 1)
    assert people["gender"] == {"female": 2, "male": 1}


def test_a_face_without_a_label_is_no_label() -> None:
    people = count_people([json.dumps([{"box": [0, 0, 1, 1]}])])
    assert sum(people["expression"].values()) == 0
