"""Symmetric layers: a face and its mirror image give the same, and an ordinary network has the same function."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_utkface  # noqa: E402
from train.fit import run_folder  # noqa: E402
from train.fit.run_folder import read_history  # noqa: E402
from train.fit.training import Prerequisites, build_network, build_symmetric, train  # noqa: E402
from train.networks.pruning import prune, shrink, silence, strongest_channels  # noqa: E402
from train.networks.residual import Style, keras_logits, residual_network, single_output  # noqa: E402
from train.networks.symmetric import PairedNormalization, SymmetricConv2D, from_plain, in_pairs, mirror, to_plain  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.tasks import utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

OUTPUTS = {"gender": 2, "age": 101}
RECIPE = Recipe(
    "gender",
    32,
    (4, 8),
    {"age": 0.1},
    symmetric=True,
    blocks=1,
    fine=4,
    epochs=2,
    batch_size=16,
    augmentation=Augmentation.none(),
)


@pytest.fixture(scope="module")
def utkface(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(32))


@pytest.fixture(scope="module")
def trained(utkface, tmp_path_factory):
    """A finished run of RECIPE: its folder and its network."""
    folder = tmp_path_factory.mktemp("runs")
    return folder, train(RECIPE, utkface, folder)


def pictures(side=32, channels=3, count=12):
    return np.random.default_rng(5).integers(0, 256, (count, side, side, channels)).astype(np.uint8)


def network_of(style, channels=3, fine=4, prune=0.0, side=32, settled=True):
    """One with weights that training could have left: no normalization is at its beginning any more."""
    keras.utils.set_random_seed(3)
    network = residual_network(side, channels, (8, 16, 16), OUTPUTS, prune=prune, fine=fine, style=style)
    generator = np.random.default_rng(1)
    for layer in network.layers:
        if "norm" in layer.name and settled:
            layer.set_weights([weight + generator.uniform(0.1, 0.5, weight.shape) for weight in layer.get_weights()])
    return network


def seen_by(network, images, task="gender"):
    return keras_logits(single_output(network, task), images)


@pytest.mark.parametrize(
    ("channels", "fine", "prune"),
    [
        (1, 0, 0.0),  # the halving convolution sees the pixels
        (3, 0, 0.0),
        (1, 4, 0.0),  # another one sees them before
        (3, 4, 0.5),  # with fewer inner channels
    ],
)
@pytest.mark.parametrize("task", OUTPUTS)
def test_a_face_and_its_mirror_image_give_the_same(channels, fine, prune, task):
    network = network_of(Style(even=True, symmetric=True), channels, fine, prune)
    images = pictures(channels=channels)
    seen = seen_by(network, images, task)
    assert np.ptp(seen, axis=0).min() > 1e-3, "different faces give different logits"
    assert np.allclose(seen, seen_by(network, images[:, :, ::-1], task), atol=1e-5)


def test_a_mirrored_network_has_half_as_many_filters_to_learn():
    ordinary, symmetric = (network_of(Style(even=True, symmetric=half)) for half in (False, True))
    for layer in ordinary.layers:
        if layer.name.endswith("_conv"):
            assert symmetric.get_layer(layer.name).kernel.shape[3] * 2 == layer.kernel.shape[3]
            assert symmetric.get_layer(layer.name).output.shape == layer.output.shape


@pytest.mark.parametrize(
    "style",
    [
        Style(even=True),  # nothing symmetric
        Style(symmetric=True),  # 3x3 at a stride of 2 leans to one side
    ],
)
def test_neither_half_of_it_would_do(style):
    images = pictures()
    network = network_of(style)
    assert not np.allclose(seen_by(network, images), seen_by(network, images[:, :, ::-1]), atol=1e-3)


@pytest.mark.parametrize("fine", [0, 4])
def test_an_ordinary_network_has_the_same_function(fine):
    symmetric, ordinary = network_of(Style(True, True), fine=fine), network_of(Style(even=True), fine=fine)
    to_plain(symmetric, ordinary)
    assert not any(isinstance(layer, SymmetricConv2D | PairedNormalization) for layer in ordinary.layers)
    for task in OUTPUTS:
        assert np.allclose(seen_by(symmetric, pictures(), task), seen_by(ordinary, pictures(), task), atol=1e-5)


def test_it_can_be_folded_again():
    symmetric, ordinary = network_of(Style(True, True)), network_of(Style(even=True))
    to_plain(symmetric, ordinary)
    again = network_of(Style(True, True), settled=False)
    from_plain(ordinary, again)
    for before, after in zip(symmetric.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(before, after, atol=1e-6)


def test_halves_that_differ_are_averaged():
    """As after int8 and back."""
    symmetric, ordinary = network_of(Style(True, True)), network_of(Style(even=True))
    to_plain(symmetric, ordinary)
    stem = ordinary.get_layer("stem_conv")
    (kernel,) = stem.get_weights()
    half = kernel.shape[3] // 2
    kernel[..., :half] += 0.2
    stem.set_weights([kernel])
    again = network_of(Style(True, True))
    from_plain(ordinary, again)
    (before,), (after,) = (network.get_layer("stem_conv").get_weights() for network in (symmetric, again))
    assert np.allclose(after, before + 0.1, atol=1e-6)


def test_twice_mirrored_is_the_same():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 6, 4)).astype("float32")
    for of_pixels in (True, False):
        turned = np.asarray(mirror(kernel, of_pixels))
        assert not np.allclose(turned, kernel)
        assert np.array_equal(np.asarray(mirror(turned, of_pixels)), kernel)


def test_filters_come_in_pairs():
    with pytest.raises(ValueError, match="7 is odd"):
        SymmetricConv2D(7, 3)


def test_it_can_be_saved(tmp_path):
    network = network_of(Style(True, True))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    assert np.array_equal(seen_by(loaded, pictures()), seen_by(network, pictures()))


def test_training_keeps_the_symmetry_and_leaves_an_ordinary_network(utkface, trained):
    folder, network = trained
    images = utkface.for_validation().images
    assert [layer.name for layer in network.layers] == [layer.name for layer in build_network(RECIPE).layers]
    seen = seen_by(network, images)
    assert np.allclose(seen, seen_by(network, images[:, :, ::-1]), atol=1e-4)
    loaded = keras.saving.load_model(folder / "network.keras", compile=False)
    assert np.array_equal(seen_by(loaded, images), seen)
    keras.utils.set_random_seed(RECIPE.seed)
    untrained = build_network(RECIPE)
    to_plain(build_symmetric(RECIPE), untrained)
    assert not np.allclose(seen_by(untrained, images), seen, atol=1e-3)


@pytest.mark.usefixtures("uncompiled")
def test_an_interrupted_run_goes_on(utkface, tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "WRITE_EVERY_S", 0.0)

    class Stop(keras.callbacks.Callback):  # type: ignore[name-defined]
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, utkface, tmp_path, callbacks=[Stop()])
    assert len(read_history(tmp_path)) == 1
    assert not (tmp_path / "network.keras").exists()
    network = train(RECIPE, utkface, tmp_path)
    assert len(read_history(tmp_path)) == 2
    images = utkface.for_validation().images
    seen = seen_by(network, images)
    assert np.allclose(seen, seen_by(network, images[:, :, ::-1]), atol=1e-4)
    made = {"backend": "jax 0.0", "device": "another machine's"}
    (tmp_path / "made_with.json").write_text(json.dumps(made))
    finished = train(RECIPE, utkface, tmp_path)  # which has nothing to do
    assert run_folder.made_with(tmp_path) == made, "who only looks at a run did not compute it"
    assert np.array_equal(seen_by(finished, images), seen)


@pytest.mark.usefixtures("uncompiled")
def test_it_starts_from_another_mirrored_network_as_that_is(utkface, trained, tmp_path):
    _, start = trained
    still = replace(RECIPE, epochs=1, learning_rate=1e-12, weight_decay=1e-9, seed=9)
    network = train(still, utkface, tmp_path, prerequisites=Prerequisites(start=start))
    for name in ("fine_conv", "stage1_block1_a_conv", "gender"):
        for before, after in zip(
            start.get_layer(name).get_weights(), network.get_layer(name).get_weights(), strict=True
        ):
            assert np.allclose(before, after, atol=1e-5)


def test_without_a_share_of_its_channels_it_is_still_symmetric():
    """A channel and its mirror image go together; the numbers of pairs are what they are without pairs."""
    symmetric, ordinary = network_of(Style(True, True)), network_of(Style(even=True))
    to_plain(symmetric, ordinary)
    assert in_pairs(ordinary) and not in_pairs(network_of(Style()))
    smaller = prune(ordinary, 0.5)
    assert not np.allclose(seen_by(smaller, pictures()), seen_by(ordinary, pictures()), atol=1e-3)
    assert np.allclose(seen_by(smaller, pictures()), seen_by(smaller, pictures()[:, :, ::-1]), atol=1e-5)
    built = network_of(Style(even=True), prune=0.5)
    assert [weight.shape for weight in smaller.weights] == [weight.shape for weight in built.weights]
    again = network_of(Style(True, True), prune=0.5)
    from_plain(smaller, again)
    assert np.allclose(seen_by(again, pictures()), seen_by(smaller, pictures()), atol=1e-5)


@pytest.mark.usefixtures("uncompiled")
def test_a_silenced_pair_stays_silent_in_training(utkface, tmp_path):
    recipe = replace(RECIPE, widths=(8, 16))
    start = build_network(recipe)
    symmetric = build_symmetric(recipe)
    to_plain(symmetric, start)
    kept = strongest_channels(start, 0.5)
    tuned = train(recipe, utkface, tmp_path, prerequisites=Prerequisites(start=silence(start, kept)))
    whole, smaller = (seen_by(network, utkface.images[:16]) for network in (tuned, shrink(tuned, kept)))
    assert np.allclose(whole, smaller, atol=1e-4)


def test_a_file_with_the_layer_s_former_name_still_loads(tmp_path):
    """Until November 2026 `SymmetricConv2D` was `MirroredConv2D`."""
    network, path = network_of(Style(True, True)), tmp_path / "former.keras"
    network.save(tmp_path / "now.keras")
    with zipfile.ZipFile(tmp_path / "now.keras") as now, zipfile.ZipFile(path, "w") as former:
        for name in now.namelist():
            content = now.read(name)
            if name == "config.json":
                assert b"SymmetricConv2D" in content
                content = content.replace(b"SymmetricConv2D", b"MirroredConv2D")
            former.writestr(name, content)
    loaded = keras.saving.load_model(path, compile=False)
    assert np.array_equal(seen_by(loaded, pictures()), seen_by(network, pictures()))
