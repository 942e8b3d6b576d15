"""The training run of one recipe: read it top to bottom.

Everything a run leaves lies in one folder: the state to resume from, `history.csv`, the curves and,
at the end, `network.keras`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from train.backbones import backbone_network, freeze_trunk, load_trunk
from train.batches import TrainingBatches, targets_of
from train.datasets import FaceDataset, load_fer2013, load_utkface
from train.foreign import Foreign
from train.live_views import LiveViews
from train.mirrored import fold, unfold
from train.networks import Style, plain_network, residual_network, take_weights
from train.plots import draw_curves
from train.recipe import Recipe, differences
from train.targets import metrics_for
from vision.classifiers import OUTPUTS, geometry_for


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
    taught: NDArray[np.float32] | None = None,
    foreign: Foreign | None = None,
    views: LiveViews | None = None,
) -> keras.Model:
    """Train a recipe's network, or go on where an interrupted run in the same folder stopped.

    Args:
        recipe: what to train.
        data: its dataset; the training split without twins is learnt, the validation split watched.
        folder: where the run lives.
        fresh: forget an earlier run in that folder.
        callbacks: Keras callbacks beside the run's own.
        start: a trained network to begin with; one that goes on has its own weights.
        taught: (training images, outputs) the teachers' scores, for a recipe that has teachers.
        foreign: the other dataset's images with the teachers' scores, for a recipe that draws some.
        views: the training images as the live path shows them, for a recipe that looks at them.

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
    model = _with_augmentation(learning, recipe)

    def batches_from(epoch: int) -> TrainingBatches:
        return TrainingBatches(data.for_training(), recipe, epoch, taught, foreign, views)

    for stage in stages_of(recipe):
        _train_stage(stage, model, learning, recipe, data, folder, callbacks, batches_from)
    if recipe.mirrored:
        unfold(learning, network)
    network.save(folder / "network.keras")
    return network


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
        validation_data=(validation.images.astype("float32"), targets_of(validation, recipe)),
        validation_batch_size=256,
        callbacks=[
            keras.callbacks.BackupAndRestore(
                str(folder / stage.state), delete_checkpoint=False, double_checkpoint=True
            ),
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: _note_epoch(epoch, logs, recipe, folder)),
            *callbacks,
        ],
        verbose="auto",
    )


def _with_augmentation(network: keras.Model, recipe: Recipe) -> keras.Model:
    """The network behind its augmentation, which is active in training only."""
    pixels = keras.Input(network.input_shape[1:], name="images")
    return keras.Model(pixels, network(recipe.augmentation.layer(recipe.seed)(pixels)))


def _compile(model: keras.Model, recipe: Recipe, stage: Stage, steps_per_epoch: int) -> None:
    tasks = (recipe.task, *recipe.auxiliary)
    smoothing = {task: recipe.label_smoothing if task == recipe.task != "age" else 0.0 for task in tasks}
    model.compile(
        optimizer=_optimizer(recipe, stage, steps_per_epoch),
        loss={
            task: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing[task])
            for task in tasks
        },
        loss_weights={recipe.task: 1.0, **recipe.auxiliary},
        metrics={task: metrics_for(task) for task in tasks},
        jit_compile=False,  # on a CPU, XLA halves TensorFlow's speed here
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


def _note_epoch(epoch: int, logs: dict[str, float], recipe: Recipe, folder: Path) -> None:
    """Add an epoch to the history and draw the curves anew."""
    path = folder / "history.csv"
    row = {"epoch": epoch} | logs
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    draw_curves(read_history(folder), recipe.task, bool(recipe.auxiliary), folder / "curves.png")


def predict_logits(network: keras.Model, task: str, images: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """Logits (N, outputs) of one head for (N, size, size, channels) uint8 images."""
    parts = [
        keras.ops.convert_to_numpy(network(images[start : start + batch_size].astype("float32"), training=False)[task])
        for start in range(0, len(images), batch_size)
    ]
    return np.concatenate(parts)
