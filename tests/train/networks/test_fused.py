"""torch's own batch normalization is Keras's: the same features, gradients and averages."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.networks.fused import FusedNormalization, normalization_class  # noqa: E402

on_torch = pytest.mark.skipif(keras.backend.backend() != "torch", reason="for KERAS_BACKEND=torch")
FEATURES = np.random.default_rng(0).normal(3, 2, (16, 5, 5, 8)).astype(np.float32)


def pair(dtype):
    made = [
        one(momentum=0.9, epsilon=1e-5, dtype=dtype) for one in (FusedNormalization, keras.layers.BatchNormalization)
    ]
    for layer in made:
        layer.build((None, 5, 5, 8))
    return made


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 0.01), ("mixed_bfloat16", 0.05)])
def test_it_gives_what_keras_gives(dtype, tolerance):
    """But for the variance's average: torch divides by one pixel fewer."""
    fused, plain = pair(dtype)
    for training in (True, False):
        results = [layer(keras.ops.cast(FEATURES, layer.compute_dtype), training=training) for layer in (fused, plain)]
        ours, theirs = (keras.ops.convert_to_numpy(keras.ops.cast(one, "float32")) for one in results)
        assert np.allclose(ours, theirs, atol=tolerance)
    for one, other in zip(fused.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(one, other, atol=tolerance)
    assert (fused.get_weights()[2] > 0.2).all(), "the averages have moved"


@on_torch
def test_a_frozen_one_keeps_its_averages():
    fused, _ = pair("mixed_bfloat16")
    fused.trainable = False
    fused(FEATURES, training=True)
    assert not fused.get_weights()[2].any()


def test_other_backends_have_keras_s():
    wanted = FusedNormalization if keras.backend.backend() == "torch" else keras.layers.BatchNormalization
    assert normalization_class() is wanted
