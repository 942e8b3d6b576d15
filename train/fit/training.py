"""The training run of one recipe: read it top to bottom.

Everything a run leaves lies in one folder: the state to resume from, `history.csv`, the curves and,
at the end, `network.keras`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from train.data.augmentation import MixUp
from train.data.datasets import FaceDataset
from train.data.live_views import LiveViews
from train.data.loaders import load_task, with_fairface
from train.data.targets import HEADS, AgeLoss, metrics_for
from train.fit.batches import TrainingBatches, inputs_of, targets_of
from train.fit.distillation import Distillation
from train.fit.garbage import CollectGarbage
from train.fit.run_folder import BackupAndHistory, open_run, read_history
from train.fit.telling import epochs_on_bar, verbosity
from train.networks.backbones import backbone_network, freeze_trunk, load_trunk
from train.networks.residual import Style, plain_network, residual_network, take_weights
from train.networks.symmetric import from_plain, to_plain
from train.recipe import Recipe
from vision.tasks import TASKS


def load_data(recipe: Recipe, data: Path) -> FaceDataset:
    """The images that a recipe learns from, is watched on and judged by, cropped to its size.

    Raises:
        DatasetError: they are not there.
    """
    task = TASKS[recipe.task]
    geometry = task.geometry(recipe.size)
    faces = load_task(task, data, geometry)
    return with_fairface(faces, data, geometry) if recipe.fairface else faces


def taught_by(recipe: Recipe, data: FaceDataset) -> Recipe:
    """The recipe without the heads that have no labels in this data: without FER+ nobody tells what people would say."""
    kept = {head: weight for head, weight in recipe.auxiliary.items() if head in data.labels}
    return replace(recipe, auxiliary=kept)


def build_network(recipe: Recipe) -> keras.Model:
    """The recipe's network, untrained, of ordinary layers."""
    return _in_style(recipe, Style(even=recipe.symmetric))


def build_symmetric(recipe: Recipe) -> keras.Model:
    """The same network of symmetric layers: what is trained by a recipe that is `symmetric`."""
    return _in_style(recipe, Style(even=True, symmetric=True))


def _in_style(recipe: Recipe, style: Style) -> keras.Model:
    channels = TASKS[recipe.task].geometry(recipe.size).channels
    outputs = {name: HEADS[name].outputs for name in recipe.heads}
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


@dataclass(frozen=True)
class Prerequisites:
    """What a recipe needs before it can train, beside its dataset; most recipes need some of it only.

    Attributes:
        start: a trained network whose weights the recipe's begins with; an interrupted run goes on with its own.
        teachers: trained networks of the same size, all heads.
        unlabelled: (N, size, size, channels) uint8, the other dataset's images.
        views: the training images as the live path shows them.
    """

    start: keras.Model | None = None
    teachers: Sequence[keras.Model] = ()
    unlabelled: NDArray[np.uint8] | None = None
    views: LiveViews | None = None


NOTHING = Prerequisites()


def train(
    recipe: Recipe,
    data: FaceDataset,
    folder: Path,
    fresh: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    prerequisites: Prerequisites = NOTHING,
) -> keras.Model:
    """Train a recipe's network, or go on where an interrupted run in the same folder stopped.

    Args:
        recipe: what to train.
        data: its dataset; the training split without duplicates is learnt, the validation split watched.
        folder: where the run lives.
        fresh: forget an earlier run in that folder.
        callbacks: Keras callbacks beside the run's own.
        prerequisites: what the recipe names of it.

    Returns:
        The trained network, all heads, from pixels to a dict of logits.

    Raises:
        ValueError: the folder holds a run of another recipe, or the recipe averages with a start that is not there.
    """
    start = prerequisites.start
    if recipe.start_share and start is None:
        raise ValueError("start_share: there is no network that the recipe starts from, to average with")
    history = open_run(recipe, folder, fresh)
    keras.utils.set_random_seed(recipe.seed)
    network = build_network(recipe)
    untaught = take_weights(network, start) if start is not None else []
    begun = {layer.name: layer.get_weights() for layer in network.layers if layer.name not in untaught}
    if recipe.backbone and not history:
        load_trunk(network, recipe)
    learning = network
    if recipe.symmetric:
        learning = build_symmetric(recipe)
        if start is not None:
            from_plain(network, learning)
    model = _with_augmentation(learning, recipe, prerequisites.teachers)

    def batches_from(epoch: int) -> TrainingBatches:
        return TrainingBatches(data.for_training(), recipe, epoch, prerequisites.unlabelled, prerequisites.views)

    for stage in stages_of(recipe):
        _train_stage(stage, model, learning, recipe, data, folder, callbacks, batches_from)
    if recipe.symmetric:
        to_plain(learning, network)
    if recipe.start_share:
        average_with(network, begun, recipe.start_share)
    network.save(folder / "network.keras")
    return network


def average_with(network: keras.Model, others: Mapping[str, list[NDArray[np.float32]]], share: float) -> None:
    """Make a network's weights a mean with others of the same layers; what the others lack, such as a new head, stays.

    Args:
        network: its weights are replaced.
        others: layer's name -> weights.
        share: of the others in the mean.
    """
    for name, weights in others.items():
        layer = network.get_layer(name)
        layer.set_weights(
            [share * old + (1 - share) * new for old, new in zip(weights, layer.get_weights(), strict=True)]
        )


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
    if recipe.head_epochs or recipe.frozen:
        freeze_trunk(network, stage.heads_only, recipe.frozen)
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
        callbacks=[
            BackupAndHistory(stage.state, stage.end, recipe, folder),
            CollectGarbage(),
            epochs_on_bar(stage.end),
            *callbacks,
        ],
        verbose=verbosity(),
    )


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
        logits = Distillation(teachers, _teachers_weights(recipe), dtype="float32", name="distillation")(seen, logits)
    return keras.Model(inputs, logits)


def _compile(model: keras.Model, recipe: Recipe, stage: Stage, steps_per_epoch: int) -> None:
    # A distribution over years is smooth as it is, and auxiliary labels are learnt as they are.
    smoothed = () if TASKS[recipe.task].has_years else (recipe.task,)
    model.compile(
        optimizer=_optimizer(recipe, stage, steps_per_epoch),
        loss={
            name: AgeLoss()
            if HEADS[name].has_years
            else keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=recipe.label_smoothing if name in smoothed else 0.0
            )
            for name in recipe.heads
        },
        loss_weights={head: weight * (1 - _taught(recipe, head)) for head, weight in _weights(recipe).items()},
        weighted_metrics={name: metrics_for(HEADS[name]) for name in recipe.heads},  # unlabelled images weigh nothing
        jit_compile=keras.backend.backend() == "jax",  # on a CPU, XLA halves TensorFlow's speed here
    )


def _weights(recipe: Recipe) -> dict[str, float]:
    """Head -> weight of its loss."""
    return {recipe.task: 1.0, **recipe.auxiliary}


def _taught(recipe: Recipe, head: str) -> float:
    """The share of a head's loss that is the teachers'."""
    return recipe.taught.get(head, 0.0) if recipe.taught else float(bool(recipe.teachers))


def _teachers_weights(recipe: Recipe) -> dict[str, float]:
    """Head -> weight of what teachers say of it, of the heads that they teach."""
    weights = {head: weight * _taught(recipe, head) for head, weight in _weights(recipe).items()}
    return {head: weight for head, weight in weights.items() if weight}


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
