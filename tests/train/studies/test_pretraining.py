"""A published network with and without weights from elsewhere, and a network of our own: trained alike, and measured alike."""

import json
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from tests.command_line import raut
from train.data.datasets import load_utkface
from train.networks.backbones import FINE_TUNING_RATE
from train.networks.residual import residual_network
from train.studies import pretraining
from train.studies.pretraining import Options, trainings_of
from vision.tasks import utkface_geometry

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_all_see_the_same_images_equally_often():
    own, random, learnt = (one.recipe for one in trainings_of(Options(data=Path(), epochs=5, size=48)))
    assert {(one.size, one.auxiliary["age"], one.seed, one.fairface) for one in (own, random, learnt)} == {
        (48, own.auxiliary["age"], own.seed, False)
    }
    assert [one.epochs + one.head_epochs for one in (own, random, learnt)] == [5, 5, 5]
    assert [(one.backbone, one.weights) for one in (own, random, learnt)] == [
        ("", "none"), ("efficientnet-lite0", "none"), ("efficientnet-lite0", "imagenet")
    ]  # fmt: skip
    assert learnt.learning_rate == FINE_TUNING_RATE < random.learning_rate == own.learning_rate


def test_the_whole_study(utkface_folder, tmp_path, monkeypatch, capsys):
    """All but the training of backbones, which tests of its own have."""
    trained = {}

    def train(recipe, data, source, runs, folder):
        trained[folder.relative_to(tmp_path).as_posix()] = recipe
        channels = 8 * len(trained)
        return residual_network(recipe.size, 3, (channels,), {"gender": 2, "age": 101})

    monkeypatch.setattr(pretraining, "train_recipe", train)
    weights = tmp_path / "trunk.pth"
    options = ["--data", utkface_folder, "--runs", tmp_path, "--json", tmp_path / "found.json"]
    assert raut("study", "pretraining", *options, "--weights", weights, "--epochs", 2, "--size", 32) == 0
    assert list(trained) == [f"pretraining/gender-{name}" for name in ("residual", "none", "imagenet")]
    assert trained["pretraining/gender-imagenet"].weights == str(weights)

    found = json.loads((tmp_path / "found.json").read_text())
    own, random, learnt = found["networks"]
    assert own["parameters"] < random["parameters"] < learnt["parameters"]  # each its own network's
    assert found["images"] == len(load_utkface(utkface_folder, utkface_geometry(32), ("test",)))
    assert "fairface" not in own  # it is not beside these images
    printed = capsys.readouterr().out
    assert f"{100 * learnt['accuracy']:.1f} %" in printed
    assert "gender, 2 epochs" in printed


def test_heads_alone_and_nothing_else_are_no_comparison(utkface_folder, capsys):
    assert raut("study", "pretraining", "--data", utkface_folder, "--epochs", 1) == 2
    assert "'--epochs': 1 is not in the range x>=2" in capsys.readouterr().err
