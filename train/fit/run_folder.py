"""A run's folder: the state to resume from, `history.csv`, its curves, its recipe, and what computed it."""

from __future__ import annotations

import csv
import importlib
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras

from train.evaluation.plots import draw_curves
from train.recipe import Recipe, differences
from vision.tasks import TASKS

_MADE_WITH = "made_with.json"

WRITE_EVERY_S = 20.0
"""A run's state and history are written at the end of an epoch, but at most once in so many seconds: on a GPU writing takes
longer than an epoch."""


class BackupAndHistory(keras.callbacks.BackupAndRestore):
    """Writes a stage's state and the history that belongs to it, and goes on from there."""

    async_safe = True
    """It does nothing after a step, so that JAX need not wait for one before it begins the next."""

    def __init__(self, state: str, end: int, recipe: Recipe, folder: Path) -> None:
        """Take the name of the state's folder in the run's, and the number after the stage's last epoch."""
        super().__init__(str(folder / state), delete_checkpoint=False, double_checkpoint=True)
        self.end, self.recipe, self.folder = end, recipe, folder
        self.rows: list[dict[str, float]] = []
        self.kept_at = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note an epoch; write what is noted, if it is time."""
        row = {"epoch": epoch} | (logs or {})
        if self.recipe.teachers:
            row.pop("val_loss", None)  # it means nothing: teachers run in training only
        self.rows.append(row)
        if epoch + 1 == self.end or time.monotonic() >= self.kept_at + WRITE_EVERY_S:
            self._write()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Write what is left where another callback ended the stage."""
        if self.rows:
            self._write()

    def _write(self) -> None:
        super().on_epoch_end(int(self.rows[-1]["epoch"]))
        _note_epochs(self.rows, self.recipe, self.folder)
        (self.folder / _MADE_WITH).write_text(json.dumps(_surroundings(), indent=1) + "\n")
        self.rows, self.kept_at = [], time.monotonic()


def read_history(folder: Path) -> list[dict[str, float]]:
    """What each epoch so far ended with: Keras's log names -> figures."""
    path = folder / "history.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def open_run(recipe: Recipe, folder: Path, fresh: bool) -> list[dict[str, float]]:
    """Make or find the run's folder; the history of what is already done there.

    Raises:
        ValueError: it holds a run of another recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recipe.json"
    if fresh or not path.exists():
        for old in (folder / "history.csv", folder / "network.keras", *folder.glob("state*/*")):
            old.unlink(missing_ok=True)
    else:
        _require_same(recipe, path)
    path.write_text(json.dumps(asdict(recipe), indent=1))
    return read_history(folder)


def _require_same(recipe: Recipe, path: Path) -> None:
    try:
        other = differences(json.loads(path.read_text()), recipe)
    except (json.JSONDecodeError, TypeError, AttributeError):
        other = ["all of recipe.json, which cannot be read"]
    if other:
        raise ValueError(
            f"{path.parent} holds a run of another recipe (it differs in {', '.join(other)}): "
            "give --fresh to start over, or another --runs folder"
        )


def _note_epochs(rows: Sequence[dict[str, float]], recipe: Recipe, folder: Path) -> None:
    """Add epochs to the history and draw the curves anew."""
    path = folder / "history.csv"
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)
    draw_curves(read_history(folder), TASKS[recipe.task], bool(recipe.auxiliary), folder / "curves.png")


def made_with(folder: Path) -> dict[str, str]:
    """The library (`backend`) and the `device` that computed a run's last epochs; empty for a run that does not say.

    The export of a run may happen on another machine.
    """
    path = folder / _MADE_WITH
    return json.loads(path.read_text()) if path.is_file() else {}


def _surroundings() -> dict[str, str]:
    """Which backend computes here, in which version, and on what."""
    name = keras.backend.backend()
    backend = importlib.import_module(name)
    device = backend.devices()[0].device_kind if name == "jax" else platform.machine()
    return {"backend": f"{name} {backend.__version__}", "device": device}
