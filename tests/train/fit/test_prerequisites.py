"""What a recipe needs first: it starts where another ended, and learns from its teachers."""

from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_utkface  # noqa: E402
from train.fit import prerequisites  # noqa: E402
from train.fit.prerequisites import train_recipe  # noqa: E402
from train.fit.run_folder import read_history  # noqa: E402
from train.fit.training import Prerequisites, build_network, train  # noqa: E402
from train.networks.residual import keras_scores, single_output  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.tasks import utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

FIRST = Recipe("gender", 32, (4, 8), {"age": 0.1}, blocks=1, epochs=1, batch_size=32, augmentation=Augmentation.none())
LARGER = replace(FIRST, widths=(8, 16), seed=7)
SECOND = replace(FIRST, start="first", teachers=("first", "larger"))
RECIPES = {"first": FIRST, "larger": LARGER, "second": SECOND}


@pytest.fixture
def recipes(monkeypatch):
    monkeypatch.setattr(prerequisites, "load_recipe", RECIPES.__getitem__)


@pytest.fixture(scope="module")
def data(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(32))


@pytest.mark.usefixtures("uncompiled")
def test_what_comes_before_is_trained_first_and_once(recipes, data, utkface_folder, tmp_path, capsys):
    train_recipe(SECOND, data, utkface_folder, tmp_path, tmp_path / "second")
    assert "first first, which another recipe needs" in capsys.readouterr().out
    assert sorted(path.parent.name for path in tmp_path.glob("*/network.keras")) == ["first", "larger", "second"]
    trained_at = {path: path.stat().st_mtime_ns for path in tmp_path.glob("[fl]*/network.keras")}
    train_recipe(replace(SECOND, seed=1), data, utkface_folder, tmp_path, tmp_path / "again")
    assert {path: path.stat().st_mtime_ns for path in trained_at} == trained_at


@pytest.mark.usefixtures("uncompiled")
def test_it_begins_where_the_other_ended(recipes, data, utkface_folder, tmp_path):
    still = replace(SECOND, learning_rate=1e-12, weight_decay=1e-9)
    train_recipe(still, data, utkface_folder, tmp_path, tmp_path / "second")
    first, second = (keras.saving.load_model(tmp_path / name / "network.keras") for name in ("first", "second"))
    for mine, lent in zip(second.trainable_weights, first.trainable_weights, strict=True):
        assert np.allclose(keras.ops.convert_to_numpy(mine), keras.ops.convert_to_numpy(lent), atol=1e-6)


@pytest.mark.usefixtures("uncompiled")
def test_it_ends_with_the_mean_of_where_it_began_and_where_it_came(data, tmp_path):
    keras.utils.set_random_seed(FIRST.seed + 1)
    start = build_network(FIRST)
    averaged = replace(FIRST, start_share=0.25)
    came = train(FIRST, data, tmp_path / "whole", prerequisites=Prerequisites(start=start)).get_weights()
    mean = train(averaged, data, tmp_path / "mean", prerequisites=Prerequisites(start=start)).get_weights()
    assert not all(map(np.array_equal, came, start.get_weights()))
    for between, old, new in zip(mean, start.get_weights(), came, strict=True):
        np.testing.assert_allclose(between, 0.25 * old + 0.75 * new, rtol=1e-5, atol=1e-7)
    again = train(averaged, data, tmp_path / "mean", prerequisites=Prerequisites(start=start)).get_weights()
    assert all(map(np.array_equal, again, mean)), "a finished run is not averaged twice"
    with pytest.raises(ValueError, match="no network that the recipe starts from"):
        train(averaged, data, tmp_path / "alone")


def test_a_network_learns_what_its_teachers_say_and_not_the_labels(data, tmp_path):
    """In these pictures nothing tells the gender; so let redness, which there is, be what is taught."""
    red = data.images[..., 0].mean(axis=(1, 2)) > 128
    labelled = replace(data, labels=data.labels | {"gender": red.astype(np.int64)})
    recipe = replace(FIRST, widths=(8, 16), auxiliary={}, epochs=8, learning_rate=5e-3, batch_size=16, dropout=0.0)
    teacher = train(recipe, labelled, tmp_path / "teacher")
    told = keras_scores(single_output(teacher, "gender"), data.for_training().images).argmax(axis=1)
    assert (told == labelled.for_training().labels["gender"]).mean() > 0.9
    before = [weight.copy() for weight in teacher.get_weights()]
    wrong = replace(data, labels=data.labels | {"gender": 1 - red.astype(np.int64)})
    pupil = train(
        replace(recipe, widths=(4, 8), epochs=15, teachers=("x",)),
        wrong,
        tmp_path / "x",
        prerequisites=Prerequisites(teachers=[teacher]),
    )
    seen = keras_scores(single_output(pupil, "gender"), data.for_training().images).argmax(axis=1)
    assert (seen == told).mean() > 0.9
    last = read_history(tmp_path / "x")[-1]
    assert last["val_accuracy"] < 0.2, "the labels are still what is watched"
    assert "val_loss" not in last, "what nobody measured is not said to be 0"
    for mine, was in zip(teacher.get_weights(), before, strict=True):
        assert np.array_equal(mine, was)
