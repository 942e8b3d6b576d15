"""The training run of one recipe: read it top to bottom.

Everything a run leaves lies in one folder: the state to resume from, `history.csv`, the curves and,
at the end, `network.keras`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from train.batches import TrainingBatches, targets_of
from train.datasets import FaceDataset, load_fer2013, load_utkface
from train.networks import plain_network, residual_network
from train.plots import draw_curves
from train.recipe import Recipe
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
    """The recipe's network, untrained."""
    channels = geometry_for(recipe.task, recipe.size).channels
    outputs = {task: OUTPUTS[task] for task in (recipe.task, *recipe.auxiliary)}
    if not recipe.widths:
        return plain_network(recipe.size, channels, outputs)
    return residual_network(recipe.size, channels, recipe.widths, outputs, dropout=recipe.dropout)


def train(
    recipe: Recipe,
    data: FaceDataset,
    folder: Path,
    fresh: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    start: keras.Model | None = None,
) -> keras.Model:
    """Train a recipe's network, or go on where an interrupted run in the same folder stopped.

    Args:
        recipe: what to train.
        data: its dataset; the training split without twins is learnt, the validation split watched.
        folder: where the run lives.
        fresh: forget an earlier run in that folder.
        callbacks: Keras callbacks beside the run's own.
        start: a trained network to begin with; one that goes on has its own weights.

    Returns:
        The trained network, all heads, from pixels to a dict of logits.

    Raises:
        ValueError: the folder holds a run of another recipe.
    """
    history = _open_run(recipe, folder, fresh)
    keras.utils.set_random_seed(recipe.seed)
    batches = TrainingBatches(data.for_training(), recipe, first_epoch=len(history))
    network = build_network(recipe)
    if start is not None:
        take_weights(network, start)
    model = _with_augmentation(network, recipe)
    _compile(model, recipe, len(batches))
    validation = data.for_validation()
    model.fit(
        batches,
        epochs=recipe.epochs,
        validation_data=(validation.images.astype("float32"), targets_of(validation, recipe)),
        validation_batch_size=256,
        callbacks=[
            keras.callbacks.BackupAndRestore(str(folder / "state"), delete_checkpoint=False, double_checkpoint=True),
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: _note_epoch(epoch, logs, recipe, folder)),
            *callbacks,
        ],
        verbose="auto",
    )
    network.save(folder / "network.keras")
    return network


def take_weights(network: keras.Model, start: keras.Model) -> list[str]:
    """Copy the weights of every layer that both have, by its name and its weights' shapes.

    Returns:
        The names of the layers that stay as they were: heads of other tasks, as a rule.

    Raises:
        ValueError: no layer fits.
    """
    lenders = {layer.name: layer for layer in start.layers}
    borrowers = [layer for layer in network.layers if layer.weights]
    left = []
    for layer in borrowers:
        lender = lenders.get(layer.name)
        if lender is not None and _shapes(lender) == _shapes(layer):
            layer.set_weights(lender.get_weights())
        else:
            left.append(layer.name)
    if len(left) == len(borrowers):
        raise ValueError("the network to start from has no layer in common with this recipe's")
    return left


def _shapes(layer: keras.Layer) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]


def _with_augmentation(network: keras.Model, recipe: Recipe) -> keras.Model:
    """The network behind its augmentation, which is active in training only."""
    pixels = keras.Input(network.input_shape[1:], name="images")
    return keras.Model(pixels, network(recipe.augmentation.layer(recipe.seed)(pixels)))


def _compile(model: keras.Model, recipe: Recipe, steps_per_epoch: int) -> None:
    tasks = (recipe.task, *recipe.auxiliary)
    smoothing = {task: recipe.label_smoothing if task == recipe.task != "age" else 0.0 for task in tasks}
    model.compile(
        optimizer=_optimizer(recipe, steps_per_epoch),
        loss={
            task: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing[task])
            for task in tasks
        },
        loss_weights={recipe.task: 1.0, **recipe.auxiliary},
        metrics={task: metrics_for(task) for task in tasks},
        jit_compile=False,  # on a CPU, XLA halves TensorFlow's speed here
    )


def _optimizer(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    if not recipe.weight_decay:
        return keras.optimizers.Adam(recipe.learning_rate)
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / 100,
        warmup_target=recipe.learning_rate,
        warmup_steps=steps_per_epoch,
        decay_steps=max(1, (recipe.epochs - 1) * steps_per_epoch),
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
    written = json.dumps(asdict(recipe), indent=1)
    path = folder / "recipe.json"
    if fresh or not path.exists():
        for old in (folder / "history.csv", folder / "network.keras", *(folder / "state").glob("*")):
            old.unlink(missing_ok=True)
    elif path.read_text() != written:
        raise ValueError(
            f"{folder} holds a run of another recipe: give --fresh to start over, or another --runs folder"
        )
    path.write_text(written)
    return read_history(folder)


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
