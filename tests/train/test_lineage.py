"""What a recipe stands on: it starts where another ended, and learns from what its teachers see."""

from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train import lineage  # noqa: E402
from train.augmentation import Augmentation  # noqa: E402
from train.batches import TrainingBatches, blend, targets_of  # noqa: E402
from train.datasets import load_utkface  # noqa: E402
from train.lineage import starting_weights, taught_scores, train_recipe  # noqa: E402
from train.networks import keras_scores, single_output  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from train.training import read_history, train  # noqa: E402
from vision.alignment import utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

FIRST = Recipe("gender", 32, (4, 8), {"age": 0.1}, epochs=1, batch_size=32, augmentation=Augmentation.none())
LARGER = replace(FIRST, size=40, seed=7)
SECOND = replace(FIRST, start="first", teachers=("first", "larger"), teaching=0.75)
RECIPES = {"first": FIRST, "larger": LARGER, "second": SECOND}


@pytest.fixture
def recipes(monkeypatch):
    monkeypatch.setattr(lineage, "load_recipe", RECIPES.__getitem__)


@pytest.fixture(scope="module")
def data(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(32))


def test_what_comes_before_is_trained_first_and_once(recipes, data, utkface_folder, tmp_path, capsys):
    train_recipe(SECOND, data, utkface_folder, tmp_path, tmp_path / "second")
    assert "first first, on which another recipe stands" in capsys.readouterr().out
    assert sorted(path.parent.name for path in tmp_path.glob("*/network.keras")) == ["first", "larger", "second"]
    trained_at = {path: path.stat().st_mtime_ns for path in tmp_path.glob("[fl]*/network.keras")}
    train_recipe(replace(SECOND, seed=1), data, utkface_folder, tmp_path, tmp_path / "again")
    assert {path: path.stat().st_mtime_ns for path in trained_at} == trained_at


def test_teachers_see_the_training_images_at_their_own_size_straight_and_mirrored(
    recipes, data, utkface_folder, tmp_path
):
    taught = taught_scores(SECOND, data, utkface_folder, tmp_path)
    assert taught.shape == (len(data.for_training()), 2)
    assert np.allclose(taught.sum(axis=1), 1, atol=1e-5)
    expected = []
    for name, side in (("first", 32), ("larger", 40)):
        network = keras.saving.load_model(tmp_path / name / "network.keras", compile=False)
        images = load_utkface(utkface_folder, utkface_geometry(side)).for_training().images
        for seen in (images, images[:, :, ::-1]):
            expected.append(keras_scores(single_output(network, "gender"), seen))
    assert np.allclose(taught, np.mean(expected, axis=0), atol=1e-5)
    assert not np.allclose(expected[0], expected[1], atol=1e-4)  # mirrored is not the same


def test_what_the_teachers_saw_is_kept_for_as_long_as_it_is_true(recipes, data, utkface_folder, tmp_path, monkeypatch):
    recipe, scored = replace(SECOND, teachers=("first",)), []

    def counted(network, images):
        scored.append(len(images))
        return keras_scores(network, images)

    monkeypatch.setattr(lineage, "keras_scores", counted)
    seen = taught_scores(recipe, data, utkface_folder, tmp_path)
    assert len(scored) == 2
    assert np.array_equal(taught_scores(recipe, data, utkface_folder, tmp_path), seen)
    assert len(scored) == 2
    (kept,) = (tmp_path / "first").glob("seen_*.npy")
    kept.write_bytes(kept.read_bytes()[:-40])  # an interruption
    assert np.array_equal(taught_scores(recipe, data, utkface_folder, tmp_path), seen)
    assert len(scored) == 4
    network = keras.saving.load_model(tmp_path / "first" / "network.keras", compile=False)
    head = network.get_layer("gender")
    head.set_weights([-weight for weight in head.get_weights()])
    network.save(tmp_path / "first" / "network.keras")
    assert np.allclose(taught_scores(recipe, data, utkface_folder, tmp_path), seen[:, ::-1], atol=1e-5)


def test_a_symmetric_network_begins_with_what_an_ordinary_one_knows(recipes, data, utkface_folder, tmp_path):
    """At another size and with fewer channels, too; its teachers are as ordinary as before."""
    still = replace(SECOND, learning_rate=1e-12, weight_decay=1e-9)
    recipe = replace(still, start="larger", widths=(4, 6), mirrored=True, fine=12)
    network = train_recipe(recipe, data, utkface_folder, tmp_path, tmp_path / "symmetric")
    images = data.for_validation().images
    seen = keras_scores(single_output(network, "gender"), images)
    assert np.allclose(seen, keras_scores(single_output(network, "gender"), images[:, :, ::-1]), atol=1e-4)
    before = keras.saving.load_model(tmp_path / "larger" / "network.keras", compile=False)
    start = starting_weights(recipe, before, data)
    (stem,), (original,) = (each.get_layer("stem_conv").get_weights() for each in (start, before))
    assert (stem.shape, original.shape) == ((4, 4, 12, 4), (3, 3, 3, 4))
    kernels = original.transpose(3, 0, 1, 2).reshape(4, -1)
    found = stem[1:, 1:, 0:6:2, :2] + stem[1:, 1:, 6:12:2, :2]  # the positive parts of the picture, from both halves
    for kernel in found.transpose(3, 0, 1, 2).reshape(2, -1):
        assert np.isclose(kernels, kernel, atol=1e-5).all(axis=1).any()
    trained = network.get_layer("stem_conv").get_weights()[0]
    assert np.allclose(trained, stem, atol=1e-5)


def test_the_teachers_share_is_in_the_targets_of_the_task_alone(data):
    training = data.for_training()
    taught = np.tile(np.array([0.9, 0.1], np.float32), (len(training), 1))
    batches = TrainingBatches(training, SECOND, taught=taught)
    labels = targets_of(training, SECOND)
    assert np.allclose(batches.targets["gender"], 0.25 * labels["gender"] + 0.75 * taught)
    assert np.array_equal(batches.targets["age"], labels["age"])
    with pytest.raises(ValueError, match="the teachers' scores are"):
        blend(labels["gender"], taught[1:], 0.5)


def test_a_network_learns_what_its_teachers_say(data, tmp_path):
    """Teachers who are believed alone are learnt from instead of the labels."""
    recipe = replace(
        FIRST, size=32, widths=(8, 16), auxiliary={}, epochs=12, learning_rate=5e-3, teachers=("x",), teaching=1.0
    )
    # In these pictures nothing tells the gender; so let redness, which there is, be what is taught.
    red = data.for_training().images[..., 0].mean(axis=(1, 2)) > 128
    network = train(recipe, data, tmp_path, taught=np.eye(2, dtype=np.float32)[red.astype(int)])
    seen = keras_scores(single_output(network, "gender"), data.for_training().images).argmax(axis=1)
    assert (seen == red).mean() > 0.9
    assert read_history(tmp_path)[-1]["accuracy"] > 0.8
