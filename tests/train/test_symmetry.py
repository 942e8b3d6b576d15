"""What an ordinary network knows as the start of a mirrored one."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.mirrored import unfold  # noqa: E402
from train.networks import Style, keras_logits, residual_network, single_output  # noqa: E402
from train.symmetry import moments, symmetrize, telling_channels, told_by  # noqa: E402

WIDTHS = (8, 16)
OUTPUTS = {"gender": 2, "age": 101}


def moment_of(features, turned):
    both = np.concatenate([features, turned], axis=1)
    return both.T @ both / len(both)


@pytest.fixture
def features():
    """(500, 4) and their mirror images: channel 2 is the mirror image of channel 0, twice as strong; 3 is a sum."""
    generator = np.random.default_rng(0)
    own, other = generator.normal(size=(2, 500, 2))
    full = np.column_stack([own, 2 * other[:, 0], own[:, 0] + 3 * other[:, 1]])
    turned = np.column_stack([other, 2 * own[:, 0], other[:, 0] + 3 * own[:, 1]])
    return full, turned


class TestChannels:
    def test_of_two_sides_one_is_kept(self, features):
        chosen = telling_channels([moment_of(*features)], 2, np.ones(4))
        assert len({0, 2} & set(chosen)) == 1, "each tells what the other does"
        assert len({1, 3} & set(chosen)) == 1

    def test_what_matters_is_kept_first(self, features):
        assert telling_channels([moment_of(*features)], 1, np.array([0, 1, 0, 0])) == [1]
        assert telling_channels([moment_of(*features)], 1, np.array([0, 0, 0, 1])) == [3]

    def test_layers_are_looked_at_together(self, features):
        """A channel that is dead in one layer and tells all in the other is needed."""
        full, turned = (np.random.default_rng(1).normal(size=(500, 2)) for _ in range(2))
        dead = np.array([1.0, 0.0])
        chosen = telling_channels([moment_of(full * dead, turned * dead), moment_of(full, turned) * 4], 2, np.ones(2))
        assert chosen == [0, 1]

    def test_the_others_are_told_exactly(self, features):
        full, turned = features
        told = told_by(moment_of(full, turned), [0, 1])
        assert told.shape == (4, 4)
        assert np.array_equal(told[:2], np.eye(2, 4)), "a kept channel is itself"
        known = np.concatenate([full[:, :2], turned[:, :2]], axis=1)
        assert np.allclose(known @ told.T, full, atol=2e-3)


@pytest.fixture(scope="module")
def images():
    """Soft blobs: neighbouring pixels are alike, as in faces."""
    coarse = np.random.default_rng(2).uniform(0, 255, (160, 6, 6, 1))
    return np.asarray(keras.ops.image.resize(coarse, (32, 32), "bicubic")).clip(0, 255).astype(np.uint8)


def seen_by(network, images):
    logits = keras_logits(single_output(network, "gender"), images)
    return logits[:, 0] - logits[:, 1]


def agreement(one, other):
    return np.corrcoef(one, other)[0, 1]


def network_of(style, widths=WIDTHS, fine=0, seed=4, images=None):
    """Random weights; normalization has seen `images`."""
    keras.utils.set_random_seed(seed)
    network = residual_network(32, 1, widths, OUTPUTS, fine=fine, style=style)
    for _ in range(0 if images is None else 40):
        network(images.astype("float32"), training=True)
    return network


def test_moments_are_those_of_every_relu_s_channels_and_their_mirror_images(images):
    network = network_of(Style())
    seen = moments(network, images[:60].astype("float32"))
    assert set(seen) == {layer.name for layer in network.layers if layer.name.endswith("_relu")}
    watched = keras.Model(network.input, network.get_layer("stem_relu").output)
    straight, turned = (watched.predict(view, verbose=0) for view in (images[:60], images[:60, :, ::-1]))
    both = np.concatenate([straight, turned[:, :, ::-1]], axis=-1).reshape(-1, 16).astype("float64")
    ratio = seen["stem_relu"] / (both.T @ both)
    assert np.allclose(ratio, ratio[0, 0], rtol=0.3)  # batches of 50 and 10 count alike


@pytest.mark.parametrize("fine", [0, 4])
def test_a_symmetric_network_is_taken_over_as_it_is(images, fine):
    """All of its channels come in pairs, so that half of them tell everything, but for where a stride of 2 puts them."""
    symmetric, ordinary = network_of(Style(mirrored=True), (8,), images=images), network_of(Style(), (8,))
    unfold(symmetric, ordinary)
    mirrored = network_of(Style(True, True), (8,), fine=fine, seed=9)
    seen = seen_by(ordinary, images)
    assert abs(agreement(seen, seen_by(mirrored, images))) < 0.8, "it had to be taken over"
    symmetrize(ordinary, mirrored, images, "gender", seed=1)
    assert agreement(seen, seen_by(mirrored, images)) > 0.95


def test_the_first_convolution_must_have_room_for_the_picture(images):
    with pytest.raises(ValueError, match="4 channels at full size at the least, not 2"):
        symmetrize(network_of(Style()), network_of(Style(True, True), fine=2), images, "gender", seed=1)


def test_a_narrower_one_takes_over_what_it_has_room_for(images):
    ordinary = network_of(Style(), images=images)
    seen = seen_by(ordinary, images) + seen_by(ordinary, images[:, :, ::-1])
    agreed = []
    for widths in ((8, 16), (4, 4)):
        mirrored = network_of(Style(True, True), widths, fine=4, seed=9)
        symmetrize(ordinary, mirrored, images, "gender", seed=1)
        assert np.allclose(seen_by(mirrored, images), seen_by(mirrored, images[:, :, ::-1]), atol=1e-4)
        agreed.append(agreement(seen, seen_by(mirrored, images)))
    assert agreed[0] > 0.6
    assert agreed[0] > agreed[1]
