"""One training job: from a data set over a run, which can be resumed, to what ships in `models/`."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vision.tasks import MODELS_DIR

if TYPE_CHECKING:  # the real imports wait until they are needed: Keras takes seconds
    import keras

    from train.data.datasets import FaceDataset
    from train.recipe import Recipe

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's notes on CPU instructions are no use here


@dataclass(frozen=True)
class TrainingJob:
    """What is to be trained, on what, and where it goes.

    Attributes:
        task: `expression`, `age` or `gender`.
        data: folder of the data sets.
        runs: folder of the training runs.
        recipe_name: a file in train/recipes/.
        epochs: in place of the recipe's.
        size: side of the crop in pixels, in place of the recipe's.
        backbone: a published trunk to train in place of the recipe's.
        weights: what the backbone begins with; see `train.networks.backbones`.
        head_epochs: a backbone's epochs of the new heads alone.
        models: where the result goes; None for `models/`, or with a backbone the run's folder.
    """

    task: str
    data: Path
    runs: Path
    recipe_name: str
    epochs: int | None = None
    size: int | None = None
    backbone: str | None = None
    weights: str | None = None
    head_epochs: int | None = None
    models: Path | None = None

    def recipe(self) -> Recipe:
        """The recipe, with what is changed of it.

        Raises:
            ValueError: there is none of that name, it trains another task, or options do not fit together.
        """
        from train.recipe import load_recipe

        recipe = load_recipe(self.recipe_name)
        if recipe.task != self.task:
            raise ValueError(f"the recipe {self.recipe_name!r} trains {recipe.task}, not {self.task}")
        if self.backbone:
            from train.networks.backbones import NONE, with_backbone

            recipe = with_backbone(recipe, self.backbone, self.weights or NONE, self.head_epochs)
        elif self.weights or self.head_epochs is not None:
            raise ValueError("--weights and --head-epochs belong to a backbone: give --backbone too")
        return replace(recipe, epochs=self.epochs or recipe.epochs, size=self.size or recipe.size)

    @property
    def run_folder(self) -> Path:
        """Where the run lives; a backbone's is apart from the recipe's own."""
        return self.runs / (f"{self.recipe_name}-{self.backbone}" if self.backbone else self.recipe_name)

    @property
    def model_folder(self) -> Path:
        """Where the result goes."""
        models = self.models or (self.run_folder / "models" if self.backbone else MODELS_DIR)
        return models / self.task

    def train(self, fresh: bool, threads: int | None, precision: str) -> None:
        """Train, or go on from where an earlier start was interrupted.

        Args:
            fresh: start over.
            threads: CPU threads; None for all.
            precision: Keras's name of the policy, as `float32`.

        Raises:
            ValueError: as `recipe`, or the data cannot be used.
        """
        import keras

        from train.fit.prerequisites import train_recipe
        from train.fit.training import load_data

        _limit_threads(keras.backend.backend(), threads)
        keras.mixed_precision.set_global_policy(precision)
        recipe = self.recipe()
        data = load_data(recipe, self.data)
        _describe(data)
        train_recipe(recipe, data, self.data, self.runs, self.run_folder, fresh)

    def export(self, arguments: Sequence[str]) -> None:
        """Export the finished run, measure it and write its card: on TensorFlow, in a process of its own if need be.

        Args:
            arguments: the command line of `run.py train`, for that process.

        Raises:
            ValueError: there is no finished run, or the export failed.
        """
        import keras

        if keras.backend.backend() != "tensorflow":
            command = [sys.executable, "-m", "train.commands.train", *arguments, "--export-only"]
            done = subprocess.run(command, env=os.environ | {"KERAS_BACKEND": "tensorflow"}, check=False)
            if done.returncode:
                raise ValueError("the export failed, as said above")
            return
        from train.export.export import export
        from train.export.publish import publish
        from train.fit.training import load_data, taught_by

        recipe = self.recipe()
        if not (self.run_folder / "network.keras").is_file():
            raise ValueError(f"no finished run in {self.run_folder}: run the same command without --export-only")
        data = load_data(recipe, self.data)
        recipe = taught_by(recipe, data)
        trained = keras.saving.load_model(self.run_folder / "network.keras", compile=False)
        with _tensorflow_s_errors_as_the_system_s():
            exported = export(trained, recipe, data.for_training(), data.for_validation(), self.model_folder)
        provenance = self._provenance(recipe, data, _precision_of(trained))
        publish(recipe, exported, data, self.data, self.run_folder, self.model_folder, provenance)

    def _provenance(self, recipe: Recipe, data: FaceDataset, precision: str) -> dict[str, str]:
        from train.fit.prerequisites import restored_prerequisites
        from train.fit.run_folder import made_with

        provenance = {
            "recipe": self.recipe_name,
            "command": self._command(precision),
            "data_sha256": data.sha256,
            "trained_on": ", ".join([f"{len(data.for_training()):,} images", *made_with(self.run_folder).values()]),
            "date": time.strftime("%Y-%m-%d"),
        }
        if restored := restored_prerequisites(recipe, self.runs):
            provenance["restored"] = ", ".join(f"{name} (sha256 {digest[:12]})" for name, digest in restored.items())
        return provenance

    def _command(self, precision: str) -> str:
        """The command that trains the same again."""
        chosen = {
            "--recipe": self._recipe_option(),
            "--backbone": self.backbone,
            "--weights": self.weights,
            "--head-epochs": self.head_epochs,
            "--size": self.size,
            "--epochs": self.epochs,
            "--precision": precision if precision != "float32" else None,
        }
        flags = [f"{flag} {value}" for flag, value in chosen.items() if value is not None]
        return " ".join([f"python run.py train {self.task} --data DIR", *flags])

    def _recipe_option(self) -> str | None:
        if self.recipe_name == self.task:
            return None
        return "paper" if self.recipe_name == f"paper_{self.task}" else self.recipe_name


@contextmanager
def _tensorflow_s_errors_as_the_system_s() -> Iterator[None]:
    """TensorFlow has errors of its own for a full disk or a folder that may not be written."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(error.message) from error


def _limit_threads(backend: str, threads: int | None) -> None:
    if threads and backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
    elif threads and backend == "torch":
        importlib.import_module("torch").set_num_threads(threads)


def _describe(data: FaceDataset) -> None:
    from train.data.files import left_out

    learnt, watched = len(data.for_training()), len(data.for_validation())
    duplicates = int((data.duplicate & (data.split == "train")).sum())
    print(
        f"{len(data):,} images: {learnt:,} to learn from, {watched:,} to watch; {duplicates} duplicates of test images left out"
    )
    for line in left_out(data.skipped):
        print(f"  {line}")


def _precision_of(trained: keras.Model) -> str:
    """What it was trained in: an export alone is not told."""
    return next(layer.dtype_policy.name for layer in trained.layers if "conv" in layer.name)
