"""What a recipe needs first: the network it starts from and its teachers, trained if they are not there yet, and more images."""

from __future__ import annotations

import json
from pathlib import Path

import keras

from train.data.datasets import FaceDataset
from train.data.live_views import live_views
from train.data.unlabelled import unlabelled_images
from train.fit.training import Prerequisites, build_network, load_data, taught_by, train
from train.networks.pruning import prune
from train.networks.residual import shares_of_stages
from train.recipe import Recipe, load_recipe
from vision.tasks import TASKS


def train_recipe(
    recipe: Recipe, data: FaceDataset, source: Path, runs: Path, folder: Path, fresh: bool = False
) -> keras.Model:
    """Train a recipe's network and, before it, what the recipe needs; or go on where an interrupted run stopped.

    Args:
        recipe: what to train.
        data: its dataset, loaded from `source`.
        source: the datasets' folder, for the recipes that it needs.
        runs: where their runs live, each in a folder of its name.
        folder: where this run lives.
        fresh: forget an earlier run in that folder.

    Returns:
        The trained network, as of `train.fit.training.train`.

    Raises:
        ValueError: the folder holds a run of another recipe, or a teacher lacks a head or wants another size.
    """
    recipe = taught_by(recipe, data)
    return train(recipe, data, folder, fresh, prerequisites=prerequisites_of(recipe, source, runs))


def prerequisites_of(recipe: Recipe, source: Path, runs: Path) -> Prerequisites:
    """What a recipe needs before it can train; networks that are not there yet are trained now.

    Args:
        recipe: what to train.
        source: the datasets' folder.
        runs: where the runs of other recipes live, and live views are kept.

    Raises:
        DatasetError: a dataset is not there.
    """
    task = TASKS[recipe.task]
    return Prerequisites(
        start=starting_weights(recipe, finished_network(recipe.start, source, runs)) if recipe.start else None,
        teachers=[_as_teacher(name, finished_network(name, source, runs)) for name in recipe.teachers],
        unlabelled=unlabelled_images(source, task.geometry(recipe.size)) if recipe.unlabelled else None,
        views=live_views(task, source, recipe.size, runs) if recipe.live else None,
    )


def _as_teacher(name: str, trained: keras.Model) -> keras.Model:
    """A trained network in the precision of this training: it was saved in its own, or read back in float32."""
    teacher = build_network(load_recipe(name))
    teacher.set_weights(trained.get_weights())
    return teacher


def starting_weights(recipe: Recipe, start: keras.Model) -> keras.Model:
    """The network that a recipe starts from, pruned as the recipe says.

    Args:
        recipe: what is to be trained.
        start: the trained network of `recipe.start`.

    Returns:
        A network of ordinary layers, its shapes the recipe's as far as the two recipes agree.
    """
    before = load_recipe(recipe.start)
    if recipe.prune == before.prune:
        return start
    both = (shares_of_stages(one.prune, len(recipe.widths)) for one in (recipe, before))
    return prune(start, [1 - (1 - share) / (1 - gone) for share, gone in zip(*both, strict=True)])


def finished_network(name: str, source: Path, runs: Path) -> keras.Model:
    """The trained network of the recipe of that name, all heads; trained now if there is none in `runs`.

    Raises:
        ValueError: there is no such recipe.
    """
    path = runs / name / "network.keras"
    if not path.is_file():
        recipe = load_recipe(name)
        print(f"first {name}, which another recipe needs", flush=True)
        train_recipe(recipe, load_data(recipe, source), source, runs, path.parent)
    return keras.saving.load_model(path, compile=False)


NOTE = "restored.json"
"""What `train.export.restore` leaves beside a network that it read back from an int8 file."""


def restored_prerequisites(recipe: Recipe, runs: Path) -> dict[str, str]:
    """The networks that a recipe needs and that were read back from an int8 file, not trained in `runs`.

    Returns:
        The recipe's name -> the SHA-256 of its int8 file.
    """
    found: dict[str, str] = {}
    for name in sorted({recipe.start, *recipe.teachers} - {""}):
        note = runs / name / NOTE
        if note.is_file():
            found[name] = json.loads(note.read_text())["int8_file_sha256"]
        else:
            found |= restored_prerequisites(load_recipe(name), runs)
    return found
