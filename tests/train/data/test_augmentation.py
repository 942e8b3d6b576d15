"""Augmentation: each part does to a picture what it says, in training alone, and no more than its limit."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation, RandomAffine, RandomFocus, RandomNoise, focus_table  # noqa: E402
from train.studies.robustness.corruptions import gaussian_blur, resolution  # noqa: E402

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

SHARP = np.random.default_rng(3).integers(0, 256, (1, 48, 48, 1), dtype=np.uint8)
"""One picture in which every pixel is a detail."""

EVERYTHING = Augmentation(blur=0.04, coarseness=0.7, noise=0.1)


def in_training(layer, pictures):
    return keras.ops.convert_to_numpy(layer(pictures.astype("float32"), training=True))


def through(matrix, pictures):
    return np.einsum("yh,nhwc,xw->nyxc", matrix, pictures.astype("float32"), matrix)


def test_augmentation_changes_in_training_alone_and_stays_pixels():
    images = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3)).astype("float32")
    layer = Augmentation().layer(seed=1)
    assert np.array_equal(keras.ops.convert_to_numpy(layer(images, training=False)), images)
    changed = keras.ops.convert_to_numpy(layer(images, training=True))
    assert changed.shape == images.shape
    assert 0 <= changed.min() <= changed.max() <= 255
    assert not np.allclose(changed, images)


def test_an_affine_of_nothing_is_the_image():
    images = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 1)).astype("float32")
    still = keras.ops.convert_to_numpy(RandomAffine(0, 0, 0, seed=1)(images, training=True))
    assert np.allclose(still, images, atol=0.01)


def test_an_affine_turns_about_the_middle():
    images = np.zeros((64, 33, 33, 1), np.float32)
    images[:, 16, 16] = 255
    turned = keras.ops.convert_to_numpy(RandomAffine(180, 0, 0, seed=1)(images, training=True))
    assert (turned[:, 16, 16, 0] > 250).all()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="for KERAS_BACKEND=torch")
def test_torch_resamples_as_keras_does(monkeypatch):
    images = np.random.default_rng(0).integers(0, 255, (8, 33, 33, 3)).astype("float32")
    own = in_training(RandomAffine(20, 0.2, 0.1, seed=4), images)
    monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    assert np.allclose(in_training(RandomAffine(20, 0.2, 0.1, seed=4), images), own, atol=0.05)


def test_focus_and_noise_are_off_unless_a_recipe_asks():
    names = [type(part).__name__ for part in Augmentation().layer(seed=1).layers]
    assert not {"RandomFocus", "RandomNoise"} & set(names)
    assert not Augmentation.none().layer(seed=1).layers[0].weights
    names = [type(part).__name__ for part in EVERYTHING.layer(seed=1).layers]
    assert names.index("RandomLight") < names.index("RandomFocus") < names.index("RandomNoise")  # as in a camera


@pytest.mark.parametrize("layer", [RandomFocus(0.04, 0.7, seed=1), RandomNoise(0.1, seed=1)])
def test_half_of_the_images_stay_as_they_are_and_all_do_outside_training(layer):
    pictures = np.repeat(SHARP, 600, axis=0)
    changed = np.abs(in_training(layer, pictures) - pictures).max(axis=(1, 2, 3)) > 0.01
    assert 0.42 < changed.mean() < 0.58
    assert np.array_equal(keras.ops.convert_to_numpy(layer(pictures.astype("float32"))), pictures)


def test_a_blur_is_the_one_that_the_robustness_study_makes():
    """So that a limit in a recipe and a strength in the study's curves mean the same."""
    table = focus_table(48, blur=0.04, coarseness=0, levels=4)
    assert table.shape == (5, 48, 48)
    assert np.array_equal(table[0], np.eye(48))
    for level in (2, 4):
        assert np.abs(through(table[level], SHARP) - gaussian_blur(SHARP, 0.01 * level)).max() < 2


def test_a_coarse_image_is_the_one_that_the_robustness_study_makes():
    table = focus_table(48, blur=0, coarseness=0.75, levels=3)
    for level, side in ((1, 36), (2, 24), (3, 12)):
        assert np.abs(through(table[level], SHARP) - resolution(SHARP, side)).max() < 2


def test_focus_keeps_a_plain_wall_plain_up_to_its_edge():
    wall = np.full((64, 20, 20, 3), 200, np.uint8)
    assert np.allclose(in_training(RandomFocus(0.1, 0.9, seed=2), wall), 200, atol=0.01)
    assert np.allclose(focus_table(20, 0.1, 0.9, 8).sum(axis=2), 1, atol=1e-5)


def test_focus_draws_every_level():
    pictures = np.repeat(SHARP, 2000, axis=0)
    made = np.unique(in_training(RandomFocus(0.04, 0.7, seed=1), pictures).std(axis=(1, 2, 3)).round(3))
    assert len(made) == 2 * RandomFocus.LEVELS + 1


def test_noise_is_as_strong_as_its_limit_at_most_and_pixels_stay_pixels():
    grey = np.full((600, 24, 24, 3), 128, np.uint8)
    strengths = in_training(RandomNoise(0.1, seed=4), grey).std(axis=(1, 2, 3))
    assert 22 < strengths.max() < 27  # a tenth of 255, and what chance adds
    assert 8 < strengths[strengths > 0.01].mean() < 17
    white = in_training(RandomNoise(0.5, seed=4), np.full((64, 8, 8, 1), 250, np.uint8))
    assert 0 <= white.min() < white.max() <= 255


def test_the_same_seed_draws_the_same():
    pictures = np.repeat(SHARP, 8, axis=0)
    once, again = (in_training(EVERYTHING.layer(seed=7), pictures) for _ in range(2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, in_training(EVERYTHING.layer(seed=8), pictures))


def test_a_layer_can_be_made_again_from_its_config():
    for layer in (RandomFocus(0.04, 0.7, seed=1), RandomNoise(0.1, seed=1)):
        again = type(layer).from_config(layer.get_config())
        assert np.array_equal(
            in_training(again, SHARP), in_training(type(layer).from_config(layer.get_config()), SHARP)
        )
        assert again.get_config() == layer.get_config()
