"""What a task is stands in one import-light module."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vision.tasks import AGE, DECADES, EXPRESSION, GENDER, MODELS_DIR, OLDEST_YEAR, TASKS, Task

ROOT = Path(__file__).resolve().parents[2]


def test_importing_the_tasks_loads_nothing_heavy():
    """The web process knows the tasks, and leaves pictures and networks to its workers."""
    heavy = ["cv2", "numpy", "ai_edge_litert", "tensorflow", "keras", "scipy", "flask"]
    code = f"import sys, vision.tasks; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_a_task_is_found_by_its_name():
    assert list(TASKS) == ["expression", "age", "gender"]
    assert all(TASKS[task.name] is task for task in (EXPRESSION, AGE, GENDER))


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_outputs_are_summed_up_to_as_many_classes_as_there_are_labels(task: Task):
    certain = np.eye(task.outputs, dtype=np.float32)
    assert task.classes(certain).shape == (task.outputs, len(task.labels))
    assert (task.classes(certain).sum(axis=1) == 1).all()
    assert set(task.predicted(certain)) == set(range(len(task.labels)))


@pytest.mark.parametrize(
    ("years", "decade"),
    [
        (0, "0-9"),
        (9, "0-9"),  # the last year of a decade
        (10, "10-19"),
        (99, "90-99"),
        (100, "100+"),
        (116, "100+"),  # UTKFace's oldest
    ],
)
def test_the_decade_of_an_age(years: int, decade: str):
    assert DECADES[int(AGE.class_of(np.array([years]))[0])] == decade


def test_other_labels_are_classes_as_they_are():
    assert GENDER.class_of(np.array([1, 0])).tolist() == [1, 0]


def test_only_an_age_has_years():
    with pytest.raises(ValueError, match="gender has no years"):
        GENDER.years(np.array([0.5, 0.5]))


def test_where_a_model_lies(tmp_path):
    assert AGE.model() == MODELS_DIR / "age" / "model.tflite"
    assert AGE.folder(tmp_path) == tmp_path / "age"


def test_the_crop_is_framed_as_the_dataset_is():
    assert EXPRESSION.geometry(48).channels == 1
    assert AGE.geometry(80) == GENDER.geometry(80)


def test_the_ages_of_one_distribution_are_those_of_many():
    random = np.random.default_rng(3)
    many = random.dirichlet(np.full(OLDEST_YEAR + 1, 0.05), 200).astype(np.float32)  # some years have nearly nothing
    many[:2] = np.eye(OLDEST_YEAR + 1, dtype=np.float32)[[0, OLDEST_YEAR]]
    expected = zip(AGE.years(many).tolist(), *(bound.tolist() for bound in AGE.years_range(many)), strict=True)
    assert [AGE.ages(one) for one in many] == list(expected)
