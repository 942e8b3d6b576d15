"""A run's folder: what goes on in it, and what it outlives."""

import json
from dataclasses import asdict, replace

import pytest

pytest.importorskip("keras")

from train.data.augmentation import Augmentation
from train.data.datasets import load_fer2013
from train.fit.run_folder import read_history
from train.fit.training import train
from train.recipe import Recipe, differences
from vision.tasks import fer2013_geometry

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

TINY = Recipe("expression", 48, (4, 8), epochs=2, batch_size=8, augmentation=Augmentation(mixup=0.2))


@pytest.fixture(scope="module")
def fer(fer2013_folder):
    return load_fer2013(fer2013_folder, fer2013_geometry())


@pytest.mark.usefixtures("uncompiled")
def test_another_recipe_does_not_go_on_in_an_old_run(fer, tmp_path):
    train(replace(TINY, epochs=1), fer, tmp_path)
    with pytest.raises(ValueError, match="holds a run of another recipe"):
        train(replace(TINY, epochs=1, learning_rate=0.5), fer, tmp_path)
    train(replace(TINY, epochs=1, learning_rate=0.5), fer, tmp_path, fresh=True)
    assert len(read_history(tmp_path)) == 1


@pytest.mark.usefixtures("uncompiled")
def test_a_run_outlives_the_fields_that_recipes_gain(fer, tmp_path):
    """A recipe.json of before they existed is the same recipe while they stand at their defaults."""
    recipe = replace(TINY, epochs=1)
    train(recipe, fer, tmp_path)
    path = tmp_path / "recipe.json"
    old = json.loads(path.read_text())
    for newer in (
        "backbone",
        "weights",
        "head_epochs",
        "head_learning_rate",
        "start",
        "prune",
        "teachers",
        "blocks",
    ):
        del old[newer]
    del old["augmentation"]["erasing"]  # 0.25 by default, and here
    path.write_text(json.dumps(old))
    train(recipe, fer, tmp_path)
    assert len(read_history(tmp_path)) == 1
    assert json.loads(path.read_text())["start"] == ""
    path.write_text(json.dumps(old))
    with pytest.raises(ValueError, match=r"\(it differs in augmentation, head_epochs\)"):
        train(replace(recipe, head_epochs=1, augmentation=Augmentation.none()), fer, tmp_path)
    path.write_text("{")
    with pytest.raises(ValueError, match="cannot be read"):
        train(recipe, fer, tmp_path)


def test_a_run_outlives_fields_that_are_renamed():
    recipe = replace(TINY, symmetric=True, teachers=("expression_teacher",), unlabelled=0.5)
    written = json.loads(json.dumps(asdict(recipe)))
    written |= {"mirrored": written.pop("symmetric"), "foreign": written.pop("unlabelled")}
    assert differences(written, recipe) == []
    assert differences(written | {"foreign": 0.25}, recipe) == ["unlabelled"]
