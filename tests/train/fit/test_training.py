"""The whole way from data to models/, small: trains, resumes, exports, is judged; and its parts."""

import gc
import json
import os
import re
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from tests.command_line import raut  # noqa: E402
from train.data.augmentation import Augmentation, MixUp, draw_shares, mix_targets  # noqa: E402
from train.data.datasets import load_fer2013, load_utkface  # noqa: E402
from train.data.targets import decade_accuracy, soft_targets, years_mae  # noqa: E402
from train.fit import garbage, run_folder  # noqa: E402
from train.fit.batches import TrainingBatches, repeats_for_balance, repeats_of_groups  # noqa: E402
from train.fit.run_folder import read_history  # noqa: E402
from train.fit.training import Prerequisites, build_network, train  # noqa: E402
from train.networks.residual import plain_network, residual_network, take_weights  # noqa: E402
from train.recipe import Recipe  # noqa: E402
from vision.classifiers import softmax  # noqa: E402
from vision.tasks import AGE, EXPRESSION, GENDER, decade_of_year, fer2013_geometry, utkface_geometry  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    # The converter itself still uses the interpreter that TensorFlow is giving away.
    pytest.mark.filterwarnings(r"ignore:\s*Warning. tf.lite.Interpreter is deprecated:UserWarning"),
]

TINY = Recipe("expression", 48, (4, 8), blocks=1, epochs=2, batch_size=8, augmentation=Augmentation(mixup=0.2))


@pytest.fixture(scope="module")
def fer(fer2013_folder):
    return load_fer2013(fer2013_folder, fer2013_geometry())


class TestParts:
    def test_targets_are_distributions(self):
        for task, labels in ((EXPRESSION, [0, 6]), (GENDER, [0, 1]), (AGE, [0, 1, 37, 100, 116])):
            targets = soft_targets(task, np.array(labels), age_spread=2.0)
            assert np.allclose(targets.sum(axis=1), 1)
            assert targets.argmax(axis=1).tolist() == [min(label, 100) for label in labels]

    def test_the_age_metrics(self):
        targets = soft_targets(AGE, np.array([25, 39]), age_spread=0.5)
        logits = np.full((2, 101), -50.0, np.float32)
        logits[0, 28] = logits[1, 41] = 0  # 3 and 2 years off; the second in the wrong decade
        assert keras.ops.convert_to_numpy(years_mae(targets, logits)).tolist() == pytest.approx([3, 2], abs=0.01)
        assert keras.ops.convert_to_numpy(decade_accuracy(targets, logits)).tolist() == [1, 0]
        assert decade_of_year().sum() == 101

    def test_a_training_watches_the_years_that_ship(self):
        logits = np.random.default_rng(5).normal(scale=4, size=(200, 101)).astype("float32")
        off = keras.ops.convert_to_numpy(years_mae(soft_targets(AGE, np.full(200, 30), 2.0), logits))
        assert off == pytest.approx(np.abs(AGE.quantile(softmax(logits), 0.5) - 30), abs=0.01)

    def test_balance_repeats_the_rare(self):
        classes = np.array([0] * 90 + [1] * 10)
        assert repeats_for_balance(classes, 0.0).tolist() == [1.0] * 100
        assert repeats_for_balance(classes, 1.0)[-1] == 9
        assert repeats_for_balance(classes, 0.5)[-1] == 3

    def test_groups_are_drawn_as_often_as_the_recipe_says(self, utkface_folder):
        own = load_utkface(utkface_folder, utkface_geometry(32)).for_training()
        half = np.arange(len(own)) % 2
        data = replace(own, labels=own.labels | {"age_bin": half, "race": half - 1, "gender": np.ones(len(own), int)})
        plain = Augmentation.none()
        recipe = replace(TINY, size=32, batch_size=1, augmentation=plain, repeated={"White female": 3.0}, task="gender")
        drawn = np.bincount(TrainingBatches(data, recipe).order)
        assert drawn.tolist() == [3 if white else 1 for white in half]
        assert (
            np.bincount(TrainingBatches(own, recipe).order).max() == 1
        )  # without FairFace nobody has one of its groups
        with pytest.raises(ValueError, match="no group 'White woman' in FairFace: there are White male, "):
            repeats_of_groups(np.array(["", "White female"]), {"White woman": 2.0})

    def test_an_epoch_draws_every_image_and_differs_from_the_next(self, fer):
        data = fer.for_training()
        batches = TrainingBatches(data, replace(TINY, batch_size=1))
        first = batches.order.copy()
        assert sorted(first) == list(range(len(data)))
        batches.on_epoch_end()
        assert batches.order.tolist() != first.tolist()
        resumed = TrainingBatches(data, replace(TINY, batch_size=1), first_epoch=1)
        assert resumed.order.tolist() == batches.order.tolist()

    def test_mix_up_keeps_what_it_should(self):
        images = np.random.default_rng(0).random((8, 4, 4, 1)).astype("float32")
        targets = {"expression": np.eye(8, dtype="float32")}
        share = draw_shares(8, 0.4, np.random.default_rng(1))
        mixed = keras.ops.convert_to_numpy(MixUp()(images, share, training=True))
        soft = mix_targets(targets, share)["expression"]
        assert np.allclose(soft.sum(axis=1), 1)
        assert (soft.argmax(axis=1) == np.arange(8)).all()  # the image itself stays the stronger
        assert np.ptp(share) > 0.1
        # An image holds of the others what its label says.
        assert np.allclose(mixed, np.einsum("ij,jhwc->ihwc", soft, images), atol=1e-6)
        assert np.array_equal(keras.ops.convert_to_numpy(MixUp()(images, share, training=False)), images)

    def test_weights_are_taken_by_name_and_shape(self):
        start = residual_network(32, 3, (4, 8), {"age": 101, "gender": 2})
        network = residual_network(48, 3, (4, 8), {"gender": 2, "race": 5})
        fresh = network.get_layer("race").get_weights()[0].copy()
        assert take_weights(network, start) == ["race"]
        for name in ("stage2_block1_a_conv", "gender"):
            for mine, lent in zip(
                network.get_layer(name).get_weights(), start.get_layer(name).get_weights(), strict=True
            ):
                assert np.array_equal(mine, lent)
        assert np.array_equal(network.get_layer("race").get_weights()[0], fresh)
        with pytest.raises(ValueError, match="no layer in common"):
            take_weights(residual_network(32, 3, (5, 10), {"race": 5}), start)

    def test_networks_take_raw_pixels(self):
        outputs = {"gender": 2}
        for network in (residual_network(32, 3, (4, 8), outputs), plain_network(32, 3, outputs)):
            logits = network(np.full((2, 32, 32, 3), 255.0, np.float32))["gender"]
            assert np.isfinite(keras.ops.convert_to_numpy(logits)).all()


@pytest.mark.usefixtures("uncompiled")
class TestRuns:
    def test_learns_what_there_is_to_learn(self, utkface_folder, tmp_path):
        """In this made-up set redness stands for gender; a working loop must find that out."""
        data = load_utkface(utkface_folder, utkface_geometry(32))
        data.labels["gender"][:] = data.images[:, :, :, 0].mean(axis=(1, 2)) > 128
        recipe = Recipe(
            "gender",
            32,
            (8, 16),
            epochs=5,
            batch_size=8,
            learning_rate=5e-3,
            dropout=0,
            augmentation=Augmentation.none(),
        )
        train(recipe, data, tmp_path)
        history = read_history(tmp_path)
        assert len(history) == 5
        assert history[-1]["loss"] < 0.5  # a guess costs ln 2 = 0.69
        assert history[-1]["accuracy"] > 0.8
        assert (tmp_path / "curves.png").stat().st_size > 5000

    def test_an_interrupted_run_goes_on(self, fer, tmp_path, monkeypatch):
        class Interrupt(keras.callbacks.Callback):  # type: ignore[name-defined]
            def on_epoch_begin(self, epoch, logs=None):
                if epoch == 2:
                    raise KeyboardInterrupt

        recipe = replace(TINY, epochs=4)
        monkeypatch.setattr(run_folder, "WRITE_EVERY_S", 0.0)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, fer, tmp_path, callbacks=[Interrupt()])
        assert len(read_history(tmp_path)) == 2
        assert not (tmp_path / "network.keras").exists()
        train(recipe, fer, tmp_path)
        assert [row["epoch"] for row in read_history(tmp_path)] == [0, 1, 2, 3]
        assert (tmp_path / "network.keras").exists()
        before = (tmp_path / "history.csv").read_text()
        train(recipe, fer, tmp_path)  # a finished run has nothing to do
        assert (tmp_path / "history.csv").read_text() == before

    def test_quick_epochs_are_written_together_and_none_is_lost(self, fer, tmp_path, monkeypatch):
        """On a GPU an epoch takes less than the writing."""
        written = []

        class End(keras.callbacks.Callback):  # type: ignore[name-defined]
            def on_epoch_end(self, epoch, logs=None):
                written.append(len(read_history(tmp_path)))
                self.model.stop_training = epoch == 2

        monkeypatch.setattr(run_folder, "WRITE_EVERY_S", 3600.0)
        train(replace(TINY, epochs=5), fer, tmp_path, callbacks=[End()])
        assert written == [0, 0, 0]
        assert [row["epoch"] for row in read_history(tmp_path)] == [0, 1, 2]
        train(replace(TINY, epochs=5), fer, tmp_path)  # whoever ended it early may go on
        assert [row["epoch"] for row in read_history(tmp_path)] == [0, 1, 2, 3, 4]

    def test_what_batches_leave_in_cycles_is_not_kept(self, fer, tmp_path, monkeypatch):
        class Leftover:
            def __init__(self):
                self.itself = self
                kept.add(self)

        class Leave(keras.callbacks.Callback):  # type: ignore[name-defined]
            def on_train_batch_end(self, batch, logs=None):
                # The one before is garbage from now on, and old: Python by itself hardly looks there.
                self.held = Leftover()
                gc.collect(1)
                seen.append(len(kept))

        kept: weakref.WeakSet = weakref.WeakSet()
        seen: list[int] = []
        monkeypatch.setattr(garbage, "EVERY", 3)
        train(replace(TINY, epochs=1, batch_size=4), fer, tmp_path, callbacks=[Leave()])
        assert len(seen) > 6
        assert max(seen) <= 4

    def test_begins_with_the_weights_it_is_given(self, fer, tmp_path):
        start = build_network(TINY)
        trained = train(
            replace(TINY, epochs=1, learning_rate=0.0), fer, tmp_path, prerequisites=Prerequisites(start=start)
        )
        for mine, lent in zip(trained.trainable_weights, start.trainable_weights, strict=True):
            assert np.array_equal(keras.ops.convert_to_numpy(mine), keras.ops.convert_to_numpy(lent))

    def test_the_same_seed_gives_the_same_run(self, fer, tmp_path):
        losses = []
        for name in ("one", "two"):
            train(replace(TINY, epochs=1), fer, tmp_path / name)
            losses.append(read_history(tmp_path / name)[0]["loss"])
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def run(module: str, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    )


def train_in_process(data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, max_loss: float) -> int:
    """`run.py train expression`, one epoch: so short a training that int8 may well lose more than half a point."""
    monkeypatch.setattr("train.export.export.MAX_LOSS", max_loss)
    places = ("--models", str(folder / "models"), "--runs", str(folder / "runs"))
    recipe = ("--recipe", "expression_short")  # the one that stands on no other
    return raut("train", "expression", "--data", data, *recipe, "--epochs", 1, *places)


@pytest.mark.slow
def test_the_command_goes_the_whole_way(fer2013_zip, tmp_path, monkeypatch, capsys):
    """`run.py train` then `run.py evaluate`, on the int8 file, the Keras file and the SavedModel."""
    models, figures = tmp_path / "models", tmp_path / "figures"
    assert train_in_process(fer2013_zip, tmp_path, monkeypatch, max_loss=1.0) == 0
    folder = models / "expression"
    made = {path.name for path in folder.iterdir()}
    assert {
        "model.tflite",
        "model.keras",
        "saved_model",
        "metrics.json",
        "README.md",
        "curves.png",
        "confusion.png",
    } <= made
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["test"]["images"] == 28
    assert metrics["provenance"]["recipe"] == "expression_short"
    assert metrics["provenance"]["command"] == (
        "python run.py train expression --data DIR --recipe expression_short --epochs 1"
    )
    assert re.fullmatch(r"\d+ images, tensorflow [\d.]+, \w+", metrics["provenance"]["trained_on"])
    reports = {}
    for form in ("int8", "keras", "saved-model"):
        path = tmp_path / f"{form}.json"
        options = ("--models", models, "--task", "expression", "--format", form, "--json", path, "--figures", figures)
        assert raut("evaluate", "--data", fer2013_zip, *options) == 0
        assert "weighted avg" in capsys.readouterr().out
        reports[form] = json.loads(path.read_text())["expression"]
    assert reports["keras"]["accuracy"] == reports["saved-model"]["accuracy"]
    assert reports["int8"]["accuracy"] == metrics["test"]["accuracy"]
    assert {"accuracy", "macro_f1", "per_class", "private_test", "ms_per_face", "bytes", "model"} <= set(
        reports["int8"]
    )
    assert (figures / "confusion_expression.png").stat().st_size > 5000


@pytest.mark.slow
def test_an_int8_file_that_loses_too_much_is_refused(fer2013_zip, tmp_path, monkeypatch, capsys):
    shipped = tmp_path / "models" / "expression" / "model.tflite"
    shipped.parent.mkdir(parents=True)
    shipped.write_bytes(b"the model of before")
    assert train_in_process(fer2013_zip, tmp_path, monkeypatch, max_loss=-1.0) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("raut: int8 loses ")
    assert shipped.read_bytes() == b"the model of before"
    assert [path.name for path in shipped.parent.iterdir()] == ["model.tflite"]


def test_clear_errors_of_the_commands(tmp_path):
    absent = run("train.commands.train", "age", "--data", tmp_path)
    assert absent.returncode == 1
    assert absent.stderr.splitlines()[-1].startswith(f"raut: no UTKFace at {tmp_path}")
    wrong = run("train.commands.train", "age", "--data", tmp_path, "--recipe", "gender")
    assert "trains gender, not age" in wrong.stderr
    unfinished = run("train.commands.evaluate", "--data", tmp_path, "--models", tmp_path)
    assert unfinished.returncode == 1
    assert "no model at" in unfinished.stderr
