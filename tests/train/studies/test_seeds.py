"""Two trainings of one recipe: what differs, what does not, and that the study says so."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("tensorflow")

from tests.command_line import raut
from train.data.augmentation import Augmentation
from train.recipe import Recipe
from train.studies import seeds

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.usefixtures("uncompiled"),
]

TINY = Recipe(task="gender", size=32, widths=(8,), epochs=2, batch_size=16, augmentation=Augmentation.none())


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(seeds, "load_recipe", lambda name: TINY)


def test_one_seed_is_one_run_and_another_is_another(tiny, utkface_folder, tmp_path, capsys):
    options = ["--data", str(utkface_folder), "--runs", str(tmp_path / "runs"), "--json", str(tmp_path / "seeds.json")]
    assert raut("study", "seeds", *options) == 0, capsys.readouterr().err
    found = json.loads((tmp_path / "seeds.json").read_text())
    assert [one["seed"] for one in found["runs"]] == [TINY.seed, TINY.seed, TINY.seed + 1]
    folders = sorted(path.name for path in (tmp_path / "runs" / "seeds").iterdir())
    assert folders == [f"gender-{TINY.seed}-0", f"gender-{TINY.seed}-1", f"gender-{TINY.seed + 1}-0"]
    # Summing in another order may move a score by a hair, but not a tiny network's answers to many images.
    assert found["same_seed"]["runs"] == found["other_seeds"]["runs"] == 2
    assert found["same_seed"]["share_answered_alike"] >= 0.9
    own, again, other = (one["accuracy"] for one in found["runs"])
    assert found["same_seed"]["largest_difference_points"] == pytest.approx(100 * abs(own - again), abs=1e-3)
    assert found["other_seeds"]["largest_difference_points"] == pytest.approx(100 * abs(own - other), abs=1e-3)
    printed = capsys.readouterr().out
    assert f"same seed: at most {found['same_seed']['largest_difference_points']:.2f} points apart" in printed


def test_other_seeds_are_other_networks(tiny, utkface_folder, tmp_path):
    """Else the study would compare a network with itself."""
    import keras
    import numpy as np

    options = ["--data", str(utkface_folder), "--runs", str(tmp_path), "--epochs", "1"]
    assert raut("study", "seeds", *options) == 0
    own, other = (
        keras.saving.load_model(tmp_path / "seeds" / f"gender-{seed}-0" / "network.keras", compile=False)
        for seed in (TINY.seed, TINY.seed + 1)
    )
    kernels = [network.get_layer("stem_conv").get_weights()[0] for network in (own, other)]
    assert not np.allclose(kernels[0], kernels[1], atol=1e-3)


def test_finished_runs_are_judged_again_and_not_trained_again(tiny, utkface_folder, tmp_path, monkeypatch):
    options = ["seeds", "--data", str(utkface_folder), "--runs", str(tmp_path), "--others", "0", "--epochs", "1"]
    assert raut("study", *options) == 0
    history = tmp_path / "seeds" / f"gender-{TINY.seed}-0" / "history.csv"
    before = history.read_text()
    assert raut("study", *options) == 0
    assert history.read_text() == before
    monkeypatch.setattr(seeds, "load_recipe", lambda name: replace(TINY, widths=(10,)))
    assert raut("study", *options) == 1  # another recipe does not pass for the old one


def test_one_run_cannot_be_compared(utkface_folder, capsys):
    assert raut("study", "seeds", "--data", utkface_folder, "--same", 1) == 2
    assert "'--same': 1 is not in the range x>=2" in capsys.readouterr().err
