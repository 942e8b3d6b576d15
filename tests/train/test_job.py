"""A training job whose disk is full, or whose folders are somebody else's: one sentence, and no traceback."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from tests.command_line import raut  # noqa: E402
from vision.tasks import TASKS  # noqa: E402

# TensorFlow's own tensors do not know NumPy 2's `copy` yet; nothing of ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def of_the_system(number: int) -> OSError:
    return OSError(number, os.strerror(number), "runs/age/backup")


# What training or exporting may meet, and words of what is said.
REFUSALS = [
    pytest.param(of_the_system(errno.ENOSPC), "the disk is full (runs/age/backup): free some space", id="full"),
    pytest.param(of_the_system(errno.EACCES), "no permission for runs/age/backup: ", id="no permission"),
    pytest.param(of_the_system(errno.ENOTDIR), "runs/age/backup cannot be a folder: ", id="a file on the way"),
    pytest.param(OSError("Can't write data\n(errno = 28)"), "Can't write data (errno = 28)", id="HDF5's own"),
]


def train(data: Path, folder: Path, *flags: str) -> int:
    return raut("train", "age", "--data", data, "--runs", folder / "runs", "--models", folder / "models", *flags)


def only_line(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(("error", "words"), REFUSALS)
def test_training(utkface_folder, tmp_path, monkeypatch, capsys, error, words) -> None:
    def refused(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("train.fit.prerequisites.train_recipe", refused)
    assert train(utkface_folder, tmp_path) == 1
    assert only_line(capsys).startswith(f"raut: {words}")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        *REFUSALS,
        pytest.param(
            tf.errors.ResourceExhaustedError(None, None, "model; No space left on device"),
            "model; No space left on device",
            id="TensorFlow's own",
        ),
    ],
)
def test_exporting(utkface_folder, tmp_path, monkeypatch, capsys, error, words) -> None:
    def refused(*arguments: object) -> None:
        raise error

    (tmp_path / "runs" / "age").mkdir(parents=True)
    pixels = keras.Input((80, 80, 3))
    years = keras.layers.Dense(TASKS["age"].outputs)(keras.layers.Flatten()(keras.layers.Conv2D(1, 3)(pixels)))
    keras.Model(pixels, years).save(tmp_path / "runs" / "age" / "network.keras")
    monkeypatch.setattr("train.export.export.export", refused)
    assert train(utkface_folder, tmp_path, "--export-only") == 1
    assert only_line(capsys).startswith(f"raut: {words}")


def test_models_that_cannot_be_written_are_said_before_the_training(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("train.job.MODELS_DIR", tmp_path / "file" / "models")
    (tmp_path / "file").touch()
    assert raut("train", "age", "--data", tmp_path / "no data", "--runs", tmp_path / "runs") == 1
    assert only_line(capsys) == f"raut: {tmp_path / 'file'} is a file, and a folder is needed"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full, which is always full, here")
def test_figures_on_a_full_disk(utkface_folder, capsys) -> None:
    assert raut("evaluate", "--data", utkface_folder, "--task", "gender", "--json", "/dev/full") == 1
    assert only_line(capsys).startswith("raut: the disk is full")
