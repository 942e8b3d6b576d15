"""Teachers look at what the network under training looks at, and their scores are what it is told."""

from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_utkface  # noqa: E402
from train.fit import training  # noqa: E402
from train.fit.distillation import Distillation  # noqa: E402
from train.fit.training import Prerequisites, build_network, train  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.tasks import utkface_geometry  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

RECIPE = Recipe("gender", 32, (4, 8), {"age": 0.1}, epochs=1, batch_size=16, teachers=("somebody",))
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3)).astype("float32")


@pytest.fixture(scope="module")
def teachers():
    networks = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        networks.append(build_network(RECIPE))
    return networks


@pytest.fixture(scope="module")
def data(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(32))


def softmax(logits):
    return keras.ops.convert_to_numpy(keras.ops.softmax(logits))


def test_the_loss_is_the_cross_entropy_with_their_mean_scores(teachers):
    matching = Distillation(teachers, {"gender": 1.0, "age": 0.25})
    network = build_network(replace(RECIPE, seed=5))
    logits = network(IMAGES)
    given = matching(IMAGES, logits, training=True)
    assert given is logits or all(np.array_equal(given[head], logits[head]) for head in logits)
    expected = 0.0
    for head, weight in (("gender", 1.0), ("age", 0.25)):
        told = np.mean([softmax(teacher(IMAGES, training=False)[head]) for teacher in teachers], axis=0)
        expected += weight * -(told * np.log(softmax(logits[head]))).sum(axis=1).mean()
    assert float(sum(matching.losses)) == pytest.approx(expected, rel=1e-4)


def test_no_weight_of_a_teacher_has_the_path_of_another_weight(teachers):
    """Keras on torch would zero the gradients of one of the two only, and training would forget what it started from."""
    network = build_network(replace(RECIPE, auxiliary={}))
    model = training._with_augmentation(network, replace(RECIPE, auxiliary={}), teachers)
    paths = [weight.path for weight in model.variables]
    assert len(set(paths)) == len(paths)
    assert len(paths) >= 3 * len(network.weights)  # the teachers' are among them
    assert {weight.path for weight in model.trainable_variables} == {
        weight.path for weight in network.trainable_variables
    }


def test_they_are_not_asked_outside_of_training(teachers):
    matching = Distillation(teachers, {"gender": 1.0})
    matching(IMAGES, build_network(RECIPE)(IMAGES), training=False)
    assert not matching.losses


def test_they_see_what_the_network_sees(monkeypatch):
    """Here, images that the augmentation has painted white."""

    class Whitewash(keras.layers.Layer):  # type: ignore[name-defined]
        def call(self, images, training=False):
            return images * 0 + 255 if training else images

    monkeypatch.setattr(Augmentation, "layer", lambda self, seed: Whitewash())
    pixels = keras.Input((32, 32, 3))
    brightness = keras.layers.GlobalAveragePooling2D()(pixels)
    teacher = keras.Model(pixels, {"gender": keras.layers.Dense(2, name="gender")(brightness)})
    teacher.get_layer("gender").set_weights([np.array([[-1, 1]] * 3, np.float32), np.full(2, 0.0, np.float32)])
    recipe = replace(RECIPE, auxiliary={})
    model = training._with_augmentation(build_network(recipe), recipe, [teacher])
    logits = model({"images": np.zeros((6, 32, 32, 3), np.uint8)}, training=True)
    female = -np.log(softmax(logits["gender"])[:, 1]).mean()
    assert float(sum(model.losses)) == pytest.approx(female, rel=1e-4)


def test_who_cannot_teach_is_refused(teachers, data, tmp_path):
    with pytest.raises(ValueError, match="names no teachers"):
        Distillation([], {"gender": 1.0})
    with pytest.raises(ValueError, match="no head for expression"):
        Distillation(teachers, {"expression": 1.0, "age": 1.0})
    with pytest.raises(ValueError, match="names no teachers"):
        train(RECIPE, data, tmp_path / "nobody")
    larger = build_network(replace(RECIPE, size=40))
    with pytest.raises(ValueError, match=r"looks at \(40, 40, 3\), not at \(32, 32, 3\)"):
        train(RECIPE, data, tmp_path / "larger", prerequisites=Prerequisites(teachers=[larger]))
