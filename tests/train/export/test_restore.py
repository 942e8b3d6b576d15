"""A shipped int8 file gives back the float network that it was made of, and training goes on from there."""

import json
from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from tests.command_line import raut  # noqa: E402
from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_utkface  # noqa: E402
from train.export import restore  # noqa: E402
from train.export.export import convert_int8  # noqa: E402
from train.export.model_card import model_card  # noqa: E402
from train.fit import prerequisites  # noqa: E402
from train.fit.training import build_symmetric, train  # noqa: E402
from train.networks.residual import keras_scores, single_output  # noqa: E402
from train.networks.symmetric import from_plain  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.classifiers import Classifier  # noqa: E402
from vision.tasks import GENDER, MODELS_DIR, utkface_geometry  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]

FIRST = Recipe(
    "gender", 32, (8, 16), {"age": 0.1}, epochs=3, batch_size=16, prune=0.25, augmentation=Augmentation.none()
)
RECIPES = {"first": FIRST, "second": replace(FIRST, start="first", teachers=("first",), epochs=1)}


@pytest.fixture(scope="module")
def data(utkface_folder):
    return load_utkface(utkface_folder, utkface_geometry(32))


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    return train(FIRST, data, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def int8_file(trained, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("shipped") / "model.tflite"
    path.write_bytes(convert_int8(single_output(trained, "gender"), data.for_training().images))
    return path


def test_gives_what_the_file_gives(trained, int8_file, data):
    images = data.images[:64]
    restored = restore.restore(FIRST, int8_file, data.for_training().images)
    assert set(restored.output) == {"gender", "age"}
    scores = keras_scores(single_output(restored, "gender"), images)
    assert np.abs(scores - keras_scores(single_output(trained, "gender"), images)).max() < 0.05
    assert np.abs(scores - Classifier(GENDER, int8_file).scores_of(images)).max() < 0.05


@pytest.mark.usefixtures("uncompiled")
def test_a_symmetric_network_comes_back_symmetric(data, tmp_path):
    recipe = replace(FIRST, prune=0.0, symmetric=True, fine=4)
    path, images = tmp_path / "model.tflite", data.for_training().images
    alone = single_output(train(recipe, data, tmp_path / "run"), "gender")
    path.write_bytes(convert_int8(alone, images))
    restored = restore.restore(recipe, path, images)
    symmetric = build_symmetric(recipe)
    from_plain(restored, symmetric)
    for network in (single_output(restored, "gender"), single_output(symmetric, "gender")):
        assert np.abs(keras_scores(network, images) - keras_scores(alone, images)).max() < 0.05


def test_batch_normalization_has_the_statistics_of_what_reaches_it(int8_file, data):
    """Else the first step of training would undo what was learnt."""
    images = data.for_training().images
    restored = restore.restore(FIRST, int8_file, images)
    batch = images.astype("float32")
    restored.get_layer("dropout").rate = 0.0
    as_learning = keras.ops.convert_to_numpy(restored(batch, training=True)["gender"])
    as_judging = keras.ops.convert_to_numpy(restored(batch, training=False)["gender"])
    assert np.abs(as_learning - as_judging).max() < 0.2 * np.abs(as_judging).max()


def test_what_ships_can_be_read_back():
    for task in ("expression", "age", "gender"):
        layers = restore.read_layers(MODELS_DIR / task / "model.tflite")
        assert {"stem_conv", "stage1_block1_a_conv", task} <= layers.keys()
        kernel, bias = layers[task]
        assert kernel.shape[1] == len(bias) == {"expression": 7, "age": 101, "gender": 2}[task]


@pytest.mark.usefixtures("uncompiled")
def test_a_run_goes_on_from_it_and_says_so(int8_file, data, utkface_folder, tmp_path, monkeypatch):
    for module in (prerequisites, restore):
        monkeypatch.setattr(module, "load_recipe", RECIPES.__getitem__)
    restore.restore_run("first", utkface_folder, int8_file, tmp_path)
    assert prerequisites.restored_prerequisites(RECIPES["first"], tmp_path) == {}, "it stands on nothing"
    note = json.loads((tmp_path / "first" / prerequisites.NOTE).read_text())
    assert prerequisites.restored_prerequisites(RECIPES["second"], tmp_path) == {"first": note["int8_file_sha256"]}
    prerequisites.train_recipe(RECIPES["second"], data, utkface_folder, tmp_path, tmp_path / "second")
    assert not (tmp_path / "first" / "history.csv").exists(), "nothing before it was trained again"
    with pytest.raises(restore.RestoreError, match="holds a run already"):
        restore.restore_run("first", utkface_folder, int8_file, tmp_path)


def test_another_network_s_file_is_refused(int8_file, data, tmp_path):
    for other, message in (
        (replace(FIRST, widths=(8, 24)), "is .* this recipe's is"),
        (replace(FIRST, widths=(8, 16, 32)), "lacks the layer 'stage3"),
        (replace(FIRST, task="age", auxiliary={}), "lacks the layer 'age'"),
    ):
        with pytest.raises(restore.RestoreError, match=message):
            restore.restore(other, int8_file, data.images[:8])
    broken = tmp_path / "model.tflite"
    broken.write_bytes(b"no model")
    with pytest.raises(restore.RestoreError, match="not a readable"):
        restore.read_layers(broken)


def test_the_command_says_in_one_sentence_what_is_wrong(tmp_path, capsys):
    assert raut("restore", "gender", "--data", tmp_path, "--runs", tmp_path) == 1
    assert capsys.readouterr().err.startswith("raut: no UTKFace at")


def test_the_card_says_where_a_network_started():
    metrics = json.loads((MODELS_DIR / "gender" / "metrics.json").read_text())
    metrics["provenance"].pop("restored", None)
    assert "read back" not in model_card(metrics)
    metrics["provenance"]["restored"] = "gender_third (sha256 0123456789ab)"
    assert "run.py restore`: gender_third (sha256 0123456789ab)." in model_card(metrics)
