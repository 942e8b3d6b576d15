"""The training run of one recipe: read it top to bottom.

Everything a run leaves lies in one folder: the state to resume from, `history.csv`, the curves and,
at the end, `network.keras`.
"""

from __future__ import annotations

import csv
import importlib
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from train.augmentation import MixUp
from train.backbones import backbone_network, freeze_trunk, load_trunk
from train.batches import TrainingBatches, inputs_of, targets_of
from train.datasets import FaceDataset, load_fer2013, load_utkface
from train.live_views import LiveViews
from train.matching import Matching
from train.mirrored import fold, unfold
from train.networks import Style, plain_network, residual_network, take_weights
from train.plots import draw_curves
from train.recipe import Recipe, differences
from train.targets import metrics_for
from vision.classifiers import OUTPUTS, geometry_for

MADE_WITH = "made_with.json"
"""What a finished run tells of the library and the machine that computed it: an export may run elsewhere."""


def load_data(task: str, data: Path, size: int) -> FaceDataset:
    """The dataset that teaches a task, its images cropped to `size` pixels.

    Raises:
        DatasetError: it is not there.
    """
    load = load_fer2013 if task == "expression" else load_utkface
    return load(data, geometry_for(task, size))


def build_network(recipe: Recipe) -> keras.Model:
    """The recipe's network, untrained, of ordinary layers."""
    return _in_style(recipe, Style(even=recipe.mirrored))


def build_mirrored(recipe: Recipe) -> keras.Model:
    """The same network of mirrored layers: what is trained by a recipe that is `mirrored`."""
    return _in_style(recipe, Style(even=True, mirrored=True))


def _in_style(recipe: Recipe, style: Style) -> keras.Model:
    channels = geometry_for(recipe.task, recipe.size).channels
    outputs = {task: OUTPUTS[task] for task in (recipe.task, *recipe.auxiliary)}
    if recipe.backbone:
        return backbone_network(recipe, channels, outputs)
    if not recipe.widths:
        return plain_network(recipe.size, channels, outputs)
    return residual_network(
        recipe.size,
        channels,
        recipe.widths,
        outputs,
        blocks=recipe.blocks,
        dropout=recipe.dropout,
        prune=recipe.prune,
        fine=recipe.fine,
        style=style,
    )


@dataclass(frozen=True)
class Stage:
    """Epochs that are trained alike.

    Attributes:
        first: the number of its first epoch, counted through all stages.
        end: the number after its last.
        learning_rate: its peak.
        heads_only: whether the trunk is frozen.
        state: the folder in the run's folder that it resumes from.
    """

    first: int
    end: int
    learning_rate: float
    heads_only: bool
    state: str


def stages_of(recipe: Recipe) -> list[Stage]:
    """One stage, or two where the heads learn alone first."""
    heads = recipe.head_epochs
    whole = Stage(heads, heads + recipe.epochs, recipe.learning_rate, False, "state")
    return [Stage(0, heads, recipe.head_learning_rate, True, "state_heads"), whole] if heads else [whole]


def train(
    recipe: Recipe,
    data: FaceDataset,
    folder: Path,
    fresh: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    start: keras.Model | None = None,
    foreign: NDArray[np.uint8] | None = None,
    views: LiveViews | None = None,
    teachers: Sequence[keras.Model] = (),
) -> keras.Model:
    """Train a recipe's network, or go on where an interrupted run in the same folder stopped.

    Args:
        recipe: what to train.
        data: its dataset; the training split without twins is learnt, the validation split watched.
        folder: where the run lives.
        fresh: forget an earlier run in that folder.
        callbacks: Keras callbacks beside the run's own.
        start: a trained network to begin with; one that goes on has its own weights.
        foreign: the other dataset's images, for a recipe that draws some.
        views: the training images as the live path shows them, for a recipe that looks at them.
        teachers: their trained networks, all heads, for a recipe that has some.

    Returns:
        The trained network, all heads, from pixels to a dict of logits.

    Raises:
        ValueError: the folder holds a run of another recipe.
    """
    history = _open_run(recipe, folder, fresh)
    keras.utils.set_random_seed(recipe.seed)
    network = build_network(recipe)
    if start is not None:
        take_weights(network, start)
    if recipe.backbone and not history:
        load_trunk(network, recipe)
    learning = network
    if recipe.mirrored:
        learning = build_mirrored(recipe)
        if start is not None:
            fold(network, learning)
    model = _with_augmentation(learning, recipe, teachers)

    def batches_from(epoch: int) -> TrainingBatches:
        return TrainingBatches(data.for_training(), recipe, epoch, foreign, views)

    for stage in stages_of(recipe):
        _train_stage(stage, model, learning, recipe, data, folder, callbacks, batches_from)
    if recipe.mirrored:
        unfold(learning, network)
    network.save(folder / "network.keras")
    (folder / MADE_WITH).write_text(json.dumps(_surroundings(), indent=1) + "\n")
    return network


def _surroundings() -> dict[str, str]:
    """Which backend computes here, in which version, and on what."""
    name = keras.backend.backend()
    backend = importlib.import_module(name)
    device = backend.devices()[0].device_kind if name == "jax" else platform.machine()
    return {"backend": f"{name} {backend.__version__}", "device": device}


def _train_stage(
    stage: Stage,
    model: keras.Model,
    network: keras.Model,
    recipe: Recipe,
    data: FaceDataset,
    folder: Path,
    callbacks: Sequence[keras.callbacks.Callback],
    batches_from: Callable[[int], TrainingBatches],
) -> None:
    """Train one stage from where it stopped; of a finished one, only the weights it ended with are restored."""
    if recipe.head_epochs:
        freeze_trunk(network, stage.heads_only)
    done = len(read_history(folder))
    first_epoch = max(stage.first, min(done, stage.end))
    batches = batches_from(first_epoch)
    _compile(model, recipe, stage, len(batches))
    validation = data.for_validation()
    model.fit(
        batches,
        initial_epoch=stage.first,
        epochs=stage.end,
        validation_data=(inputs_of(validation, recipe), targets_of(validation, recipe)),
        validation_batch_size=256,
        callbacks=[_Keep(stage, recipe, folder), *callbacks],
        verbose="auto" if sys.stdout.isatty() else 2,  # a bar asks for the loss after every step, and so waits for it
    )


KEEP_EVERY_S = 20.0
"""A run's state and history are written after the epoch that ends when this many seconds have gone by since the last time:
on a GPU an epoch takes less than the writing."""


class _Keep(keras.callbacks.BackupAndRestore):
    """Writes a stage's state and the history that belongs to it, and goes on from there."""

    async_safe = True
    """It does nothing after a step, so that JAX need not wait for one before it begins the next."""

    def __init__(self, stage: Stage, recipe: Recipe, folder: Path) -> None:
        super().__init__(str(folder / stage.state), delete_checkpoint=False, double_checkpoint=True)
        self.end, self.recipe, self.folder = stage.end, recipe, folder
        self.rows: list[dict[str, float]] = []
        self.kept_at = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.rows.append({"epoch": epoch} | (logs or {}))
        if epoch + 1 == self.end or time.monotonic() >= self.kept_at + KEEP_EVERY_S:
            self._write()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self.rows:  # another callback ended it
            self._write()

    def _write(self) -> None:
        super().on_epoch_end(int(self.rows[-1]["epoch"]))
        _note_epochs(self.rows, self.recipe, self.folder)
        self.rows, self.kept_at = [], time.monotonic()


def _with_augmentation(network: keras.Model, recipe: Recipe, teachers: Sequence[keras.Model]) -> keras.Model:
    """The network behind its augmentation, and beside its teachers; both are active in training only."""
    inputs = {"images": keras.Input(network.input_shape[1:], dtype="uint8", name="images")}
    seen = keras.ops.cast(inputs["images"], "float32")
    if recipe.augmentation.mixup:
        inputs["share"] = keras.Input((1,), name="share")
        seen = MixUp(dtype="float32", name="mixup")(seen, inputs["share"])
    seen = recipe.augmentation.layer(recipe.seed)(seen)
    logits = network(seen)
    if recipe.teachers:
        for teacher in teachers:
            if teacher.input_shape != network.input_shape:
                raise ValueError(f"a teacher looks at {teacher.input_shape[1:]}, not at {network.input_shape[1:]}")
        weights = {recipe.task: 1.0, **recipe.auxiliary}
        logits = Matching(teachers, weights, dtype="float32", name="matching")(seen, logits)
    return keras.Model(inputs, logits)


def _compile(model: keras.Model, recipe: Recipe, stage: Stage, steps_per_epoch: int) -> None:
    tasks = (recipe.task, *recipe.auxiliary)
    smoothing = {task: recipe.label_smoothing if task == recipe.task != "age" else 0.0 for task in tasks}
    model.compile(
        optimizer=_optimizer(recipe, stage, steps_per_epoch),
        loss={
            task: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing[task])
            for task in tasks
        },
        loss_weights=dict.fromkeys(tasks, 0.0) if recipe.teachers else {recipe.task: 1.0, **recipe.auxiliary},
        metrics={task: metrics_for(task) for task in tasks},
        jit_compile=keras.backend.backend() == "jax",  # on a CPU, XLA halves TensorFlow's speed here
    )


def _optimizer(recipe: Recipe, stage: Stage, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    if not recipe.weight_decay:
        return keras.optimizers.Adam(stage.learning_rate)
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=stage.learning_rate / 100,
        warmup_target=stage.learning_rate,
        warmup_steps=steps_per_epoch,
        decay_steps=max(1, (stage.end - stage.first - 1) * steps_per_epoch),
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def read_history(folder: Path) -> list[dict[str, float]]:
    """What each epoch so far ended with: Keras's log names -> figures."""
    path = folder / "history.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def _open_run(recipe: Recipe, folder: Path, fresh: bool) -> list[dict[str, float]]:
    """Make or find the run's folder; the history of what is already done there."""
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
        writer = csv.DictWriter(file, rows[0])
        if is_new:
            writer.writeheader()
        writer.writerows(rows)
    draw_curves(read_history(folder), recipe.task, bool(recipe.auxiliary), folder / "curves.png")


def predict_logits(network: keras.Model, task: str, images: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """Logits (N, outputs) of one head for (N, size, size, channels) uint8 images."""
    parts = [
        keras.ops.convert_to_numpy(network(images[start : start + batch_size].astype("float32"), training=False)[task])
        for start in range(0, len(images), batch_size)
    ]
    return np.concatenate(parts)
