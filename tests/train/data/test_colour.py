"""Colours change, brightness stays, and nothing happens outside of training."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.colour import RandomColour  # noqa: E402

IMAGES = np.random.default_rng(0).integers(60, 190, (64, 8, 8, 3)).astype(np.float32)
BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)


def changed(**limits):
    return keras.ops.convert_to_numpy(RandomColour(**limits, seed=3)(IMAGES, training=True))


def is_grey(images):
    return np.ptp(images, axis=-1).max(axis=(1, 2)) < 1


def test_a_share_becomes_grey():
    images = changed(grey=0.25, colour=0.0)
    assert 4 <= is_grey(images).sum() <= 28
    assert np.allclose(images[~is_grey(images)], IMAGES[~is_grey(images)], atol=0.5)


def test_brightness_stays_where_colours_turn():
    images = changed(grey=0.5, colour=0.05)
    assert np.allclose(images @ BRIGHTNESS, IMAGES @ BRIGHTNESS, atol=1.5)
    assert np.abs(images - IMAGES).mean() > 2


def test_pixels_stay_pixels():
    vivid = np.zeros((8, 4, 4, 3), np.float32)
    vivid[..., 0] = 255
    images = keras.ops.convert_to_numpy(RandomColour(0.0, 0.5, seed=1)(vivid, training=True))
    assert images.min() >= 0
    assert images.max() <= 255


def test_only_in_training():
    assert (keras.ops.convert_to_numpy(RandomColour(1.0, 0.5, seed=1)(IMAGES)) == IMAGES).all()
