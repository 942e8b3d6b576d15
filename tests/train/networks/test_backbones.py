"""Published networks as trunks: what they start from, how they are trained in two stages, and what ships of them."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from tests.command_line import raut  # noqa: E402
from train.data.augmentation import Augmentation  # noqa: E402
from train.data.datasets import load_fer2013  # noqa: E402
from train.export.export import convert_int8, shippable  # noqa: E402
from train.fit import run_folder  # noqa: E402
from train.fit.run_folder import read_history  # noqa: E402
from train.fit.training import Prerequisites, build_network, train  # noqa: E402
from train.networks import backbones  # noqa: E402
from train.networks.backbones import freeze_trunk, load_trunk, with_backbone  # noqa: E402
from train.networks.published import BACKBONES  # noqa: E402
from train.networks.residual import residual_network  # noqa: E402
from train.recipe import Recipe, load_recipe  # noqa: E402
from vision.classifiers import Classifier  # noqa: E402
from vision.litert import Interpreter  # noqa: E402
from vision.tasks import EXPRESSION, fer2013_geometry  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
SMALL = "mobilenetv3-small"

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    # The converter itself still uses the interpreter that TensorFlow is giving away.
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]

BASE = Recipe("expression", 32, (4, 8), epochs=1, batch_size=16, augmentation=Augmentation.none())
SMALL_RECIPE = with_backbone(BASE, SMALL)


@pytest.fixture(scope="module")
def fer(fer2013_folder):
    return load_fer2013(fer2013_folder, fer2013_geometry(32))


@pytest.fixture(scope="module")
def trunk_file(tmp_path_factory):
    """A trunk of random weights, saved as one that was trained elsewhere would be."""
    path = tmp_path_factory.mktemp("weights") / "trunk.weights.h5"
    keras.utils.set_random_seed(7)
    BACKBONES[SMALL].trunk(weights=None, input_shape=(48, 48, 3)).save_weights(path)
    return path


def weights_of(network, layer):
    return network.get_layer(layer).get_weights()


class TestNetworks:
    @pytest.mark.parametrize("name", [SMALL, pytest.param("efficientnetv2-b0", marks=pytest.mark.slow)])
    def test_takes_grey_pixels_and_names_its_heads_as_tasks(self, name):
        recipe = replace(with_backbone(BASE, name), auxiliary={"gender": 0.5})
        network = build_network(recipe)
        assert set(network.output) == {"expression", "gender"}
        logits = network(np.full((2, 32, 32, 1), 255.0, np.float32))["expression"]
        assert logits.shape == (2, 7)
        assert np.isfinite(keras.ops.convert_to_numpy(logits)).all()

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["resnet50v2", "mobilenetv3-large"])
    def test_the_larger_ones_take_colours(self, name):
        network = build_network(with_backbone(replace(BASE, task="age"), name))
        assert network(np.zeros((1, 32, 32, 3), np.float32))["age"].shape == (1, 101)

    def test_too_small_a_picture_is_refused(self):
        with pytest.raises(ValueError, match="needs pictures of 32 pixels at least, not 24"):
            build_network(replace(SMALL_RECIPE, size=24))

    def test_an_unknown_backbone_names_the_others(self):
        with pytest.raises(
            ValueError,
            match="no backbone 'vgg': there are efficientnet-lite0, efficientnetv2-b0, face-resnet, resnet50v2",
        ):
            build_network(replace(SMALL_RECIPE, backbone="vgg"))

    def test_what_a_backbone_does_to_a_recipe(self):
        recipe = load_recipe("expression")
        from_file = with_backbone(recipe, SMALL, "imagenet")
        assert (from_file.start, from_file.widths, from_file.head_epochs) == ("", (), 3)
        short = load_recipe("expression_short")
        assert (from_file.teachers, from_file.unlabelled, from_file.epochs) == ((), 0, short.epochs)
        assert from_file.learning_rate < short.learning_rate == with_backbone(recipe, SMALL).learning_rate
        assert with_backbone(recipe, SMALL).head_epochs == 0, "a random trunk is not worth freezing"
        assert with_backbone(recipe, SMALL, head_epochs=2).head_epochs == 2


class TestWeights:
    def test_a_file_gives_the_trunk_and_leaves_the_heads(self, trunk_file):
        keras.utils.set_random_seed(1)
        network = build_network(SMALL_RECIPE)
        head = weights_of(network, "expression")[0].copy()
        load_trunk(network, replace(SMALL_RECIPE, weights=str(trunk_file)))
        lender = BACKBONES[SMALL].trunk(weights=None, input_shape=(48, 48, 3))
        lender.load_weights(trunk_file)
        for layer in (layer.name for layer in lender.layers if layer.weights):
            for mine, lent in zip(weights_of(network, layer), weights_of(lender, layer), strict=True):
                assert np.array_equal(mine, lent)
        assert np.array_equal(weights_of(network, "expression")[0], head)

    def test_a_whole_network_lends_its_trunk_too(self, tmp_path):
        other = build_network(replace(SMALL_RECIPE, task="gender", size=48))
        other.save(tmp_path / "network.keras")
        network = build_network(SMALL_RECIPE)
        load_trunk(network, replace(SMALL_RECIPE, weights=str(tmp_path / "network.keras")))
        assert np.array_equal(weights_of(network, "conv_1")[0], weights_of(other, "conv_1")[0])

    def test_files_that_do_not_fit_are_one_clear_sentence(self, trunk_file, tmp_path):
        network = build_network(SMALL_RECIPE)
        residual_network(32, 3, (4, 8), {"age": 101}).save(tmp_path / "other.keras")
        (tmp_path / "noise.weights.h5").write_bytes(b"no weights")
        BACKBONES["mobilenetv3-large"].trunk(weights=None, input_shape=(32, 32, 3)).save_weights(
            tmp_path / "large.weights.h5"
        )
        for path, says in (
            (tmp_path / "absent.h5", "no weights at "),
            (tmp_path / "other.keras", "it lacks any layer of it"),
            (tmp_path / "noise.weights.h5", "does not hold the weights of a mobilenetv3-small trunk: "),
            (tmp_path / "large.weights.h5", "does not hold the weights of a mobilenetv3-small trunk: "),
        ):
            with pytest.raises(ValueError, match=says) as caught:
                load_trunk(network, replace(SMALL_RECIPE, weights=str(path)))
            assert "\n" not in str(caught.value)

    def test_a_download_that_stalls_is_given_up(self, tmp_path, monkeypatch):
        """Through a proxy that takes the connection and never says a word, as a firewall's black hole does."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{silent.getsockname()[1]}")
            monkeypatch.setenv("KERAS_HOME", str(tmp_path))
            monkeypatch.setattr(backbones, "STALL_SECONDS", 0.3)
            urllib.request.install_opener(None)  # one that was made before has other proxies
            try:
                with pytest.raises(
                    ValueError, match=r"\(nothing arrived for 0.3 seconds\).*--weights FILE.*--weights none"
                ):
                    load_trunk(build_network(SMALL_RECIPE), replace(SMALL_RECIPE, weights="imagenet"))
            finally:
                urllib.request.install_opener(None)


@pytest.mark.slow
def test_without_a_network_the_command_says_what_to_do(fer2013_zip, tmp_path):
    """ImageNet's weights through a proxy that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    command = [
        sys.executable, "-m", "train.commands.train", "expression", "--data", str(fer2013_zip), "--runs", str(tmp_path / "runs"),
        "--backbone", SMALL, "--weights", "imagenet", "--size", "32",
    ]  # fmt: skip
    environment = {
        **{name: value for name, value in os.environ.items() if name.lower() != "no_proxy"},
        "https_proxy": f"http://127.0.0.1:{closed}",
        "KERAS_HOME": str(tmp_path / "keras"),
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=100)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"raut: the ImageNet weights of {SMALL} cannot be downloaded (")
    assert "give it as --weights FILE" in last
    assert not list((tmp_path / "runs").rglob("history.csv"))


class TestStages:
    def test_a_frozen_trunk_keeps_its_weights_and_its_averages(self):
        network = build_network(SMALL_RECIPE)
        freeze_trunk(network, True)
        assert {variable.path.split("/")[0] for variable in network.trainable_variables} == {"expression"}
        before = [weight.copy() for weight in network.get_weights()]
        network(np.random.default_rng(0).integers(0, 255, (4, 32, 32, 1)).astype("float32"), training=True)
        for mine, was in zip(network.get_weights(), before, strict=True):
            assert np.array_equal(mine, was), "a frozen batch normalization must not move its averages"
        freeze_trunk(network, False)
        assert len(network.trainable_variables) > 100

    @pytest.mark.usefixtures("uncompiled")
    def test_heads_first_then_all_and_an_interrupted_run_goes_on(self, fer, tmp_path, monkeypatch):
        """With a small network, for the stages are the same for every trunk."""
        monkeypatch.setattr(run_folder, "WRITE_EVERY_S", 0.0)
        recipe = replace(BASE, head_epochs=1, epochs=2)
        start = build_network(recipe)
        kernels = []

        class Watch(keras.callbacks.Callback):  # type: ignore[name-defined]
            def on_epoch_end(self, epoch, logs=None):
                network = self.model.layers[-1]
                kernels.append([weights_of(network, name)[0].copy() for name in ("stem_conv", "expression")])
                if epoch == 1:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(recipe, fer, tmp_path, callbacks=[Watch()], prerequisites=Prerequisites(start=start))
        (trunk_1, head_1), (trunk_2, head_2) = kernels
        assert np.array_equal(trunk_1, weights_of(start, "stem_conv")[0]), "the trunk is frozen in the first stage"
        assert not np.array_equal(head_1, weights_of(start, "expression")[0])
        assert not np.array_equal(trunk_2, trunk_1), "and learns in the second"
        assert not np.array_equal(head_2, head_1)

        network = train(recipe, fer, tmp_path)
        assert [row["epoch"] for row in read_history(tmp_path)] == [0, 1, 2]
        before = (tmp_path / "history.csv").read_text()
        again = train(recipe, fer, tmp_path)  # a finished run has nothing to do, and ends where it ended
        assert (tmp_path / "history.csv").read_text() == before
        for mine, was in zip(again.get_weights(), network.get_weights(), strict=True):
            assert np.array_equal(mine, was)
        train(recipe, fer, tmp_path, fresh=True)  # which also forgets where the heads' stage stood
        assert [row["epoch"] for row in read_history(tmp_path)] == [0, 1, 2]
        with pytest.raises(ValueError, match=r"another recipe \(it differs in backbone, head_epochs, widths\)"):
            train(with_backbone(replace(BASE, epochs=2), SMALL), fer, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)  # tracing and converting take minutes on a busy machine
def test_a_backbone_converts_to_int8_throughout(tmp_path):
    """Swish and squeeze-and-excitation included: nothing but the logits that come out is a float.

    How much int8 costs is not told by random weights, and much may be lost: over four seeds scores of int8 and
    float32 correlated by 0.44-0.90 (MobileNetV3-Small) and 0.06-0.61 (EfficientNetV2-B0) where our residual network
    had 0.97-0.98. A trained one is judged by the export, which refuses a file that loses too much.
    """
    keras.utils.set_random_seed(3)
    recipe = with_backbone(replace(BASE, size=48), "efficientnetv2-b0")
    images = np.random.default_rng(0).integers(0, 255, (8, 48, 48, 1), np.uint8)
    content = convert_int8(shippable(build_network(recipe), recipe), images)
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    scores = Classifier(EXPRESSION, path).scores_of(images)
    assert scores.shape == (8, 7)
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert only_the_logits_are_floats(content)


def only_the_logits_are_floats(content: bytes) -> bool:
    interpreter = Interpreter(model_content=content)
    (output,) = interpreter.get_output_details()
    return {one["index"] for one in interpreter.get_tensor_details() if one["dtype"] == np.float32} == {output["index"]}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_goes_the_whole_way(fer2013_zip, trunk_file, tmp_path, monkeypatch):
    monkeypatch.setattr("train.export.export.MAX_LOSS", 1.0)
    arguments = ["expression", "--data", str(fer2013_zip), "--runs", str(tmp_path), "--epochs", "1", "--size", "32"]
    chosen = ["--backbone", SMALL, "--weights", str(trunk_file), "--head-epochs", "1"]
    assert raut("train", *arguments, *chosen) == 0
    folder = tmp_path / f"expression-{SMALL}"
    assert json.loads((folder / "recipe.json").read_text())["backbone"] == SMALL
    metrics = json.loads((folder / "models" / "expression" / "metrics.json").read_text())
    assert metrics["provenance"]["command"] == (
        f"python run.py train expression --data DIR --backbone {SMALL} --weights {trunk_file} --head-epochs 1"
        " --size 32 --epochs 1"
    )
    assert [row["epoch"] for row in read_history(folder)] == [0, 1]
    assert 0.1 <= metrics["calibration"]["temperature"] <= 10
    assert "**Confidence**" in (folder / "models" / "expression" / "README.md").read_text()
    assert only_the_logits_are_floats((folder / "models" / "expression" / "model.tflite").read_bytes()), (
        "with its hard-swish"
    )


def test_weights_without_a_backbone_are_refused(tmp_path, capsys):
    assert raut("train", "age", "--data", tmp_path, "--weights", "imagenet") == 1
    assert "give --backbone too" in capsys.readouterr().err
