"""What a recipe stands on: the network it starts from and its teachers, trained first where they are not there yet."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from train.datasets import FaceDataset
from train.foreign import Foreign, foreign_images
from train.live_views import live_views
from train.mirrored import unfold
from train.networks import in_float32, keras_scores, shares_of_stages, single_output
from train.pruning import prune
from train.recipe import Recipe, load_recipe
from train.symmetry import symmetrize
from train.training import build_mirrored, build_network, load_data, train
from vision.classifiers import geometry_for


def train_recipe(
    recipe: Recipe, data: FaceDataset, source: Path, runs: Path, folder: Path, fresh: bool = False
) -> keras.Model:
    """Train a recipe's network from what the recipe stands on, or go on where an interrupted run stopped.

    Args:
        recipe: what to train.
        data: its dataset, loaded from `source`.
        source: the datasets' folder, for the recipes before it.
        runs: where their runs live, each in a folder of its name.
        folder: where this run lives.
        fresh: forget an earlier run in that folder.

    Returns:
        The trained network, as of `train.training.train`.

    Raises:
        ValueError: the folder holds a run of another recipe.
    """
    start = finished_network(recipe.start, source, runs) if recipe.start else None
    start = None if start is None else starting_weights(recipe, start, data)
    taught = taught_scores(recipe, data, source, runs) if recipe.teachers else None
    foreign = taught_foreign(recipe, source, runs) if recipe.foreign else None
    views = live_views(recipe.task, source, recipe.size, runs) if recipe.live else None
    return train(recipe, data, folder, fresh, start=start, taught=taught, foreign=foreign, views=views)


def starting_weights(recipe: Recipe, start: keras.Model, data: FaceDataset) -> keras.Model:
    """The network that a recipe starts from: without the channels that the recipe does without, or made symmetric.

    Args:
        recipe: what is to be trained.
        start: the trained network of `recipe.start`.
        data: the recipe's dataset; training images tell what channels have in common (`train.symmetry`).

    Returns:
        A network of ordinary layers, its shapes the recipe's as far as the two recipes agree.
    """
    before = load_recipe(recipe.start)
    if recipe.mirrored and not before.mirrored:
        return _symmetric(recipe, before, start, data)
    if recipe.prune == before.prune:
        return start
    both = (shares_of_stages(one.prune, len(recipe.widths)) for one in (recipe, before))
    further = [1 - (1 - share) / (1 - gone) for share, gone in zip(*both, strict=True)]
    return prune(start, further, data.for_training().images if recipe.mirrored else None)


def _symmetric(recipe: Recipe, before: Recipe, start: keras.Model, data: FaceDataset) -> keras.Model:
    with in_float32():  # the moments of thousands of features need it
        exact = build_network(replace(before, size=recipe.size))
        mirrored, network = build_mirrored(recipe), build_network(recipe)
    exact.set_weights(start.get_weights())
    symmetrize(exact, mirrored, data.for_training().images, recipe.task, recipe.seed)
    unfold(mirrored, network)
    return network


def finished_network(name: str, source: Path, runs: Path) -> keras.Model:
    """The trained network of the recipe of that name, all heads; trained now if there is none in `runs`.

    Raises:
        ValueError: there is no such recipe.
    """
    path = runs / name / "network.keras"
    if not path.is_file():
        recipe = load_recipe(name)
        print(f"first {name}, on which another recipe stands", flush=True)
        train_recipe(recipe, load_data(recipe.task, source, recipe.size), source, runs, path.parent)
    return keras.saving.load_model(path, compile=False)


def taught_scores(recipe: Recipe, data: FaceDataset, source: Path, runs: Path) -> NDArray[np.float32]:
    """What the recipe's teachers see in the training images: the mean of their scores, straight and mirrored.

    Where the recipe looks at live views, so do its teachers, at nothing but these where a face was found: they have
    learnt less of their labels by heart than of the dataset's own crops', so they say more of what is to be seen.

    Returns:
        (training images, outputs), rows sum to 1.
    """

    def seen_at(side: int) -> NDArray[np.uint8]:
        images = (data if side == recipe.size else load_data(recipe.task, source, side)).for_training().images
        if recipe.live:
            views = live_views(recipe.task, source, side, runs)
            images = np.where(views.found[:, np.newaxis, np.newaxis, np.newaxis], views.images, images)
        return images

    return _seen_by_teachers(recipe, seen_at, source, runs)


def taught_foreign(recipe: Recipe, source: Path, runs: Path) -> Foreign:
    """The other dataset's training images, and what the recipe's teachers see in them.

    Raises:
        ValueError: the recipe has no teachers.
    """
    if not recipe.teachers:
        raise ValueError("foreign images have no labels: a recipe that draws them needs teachers")

    def others(side: int) -> NDArray[np.uint8]:
        return foreign_images(source, geometry_for(recipe.task, side))

    return Foreign(others(recipe.size), _seen_by_teachers(recipe, others, source, runs))


def _seen_by_teachers(
    recipe: Recipe, images_of: Callable[[int], NDArray[np.uint8]], source: Path, runs: Path
) -> NDArray[np.float32]:
    """The mean of the teachers' scores, straight and mirrored, each teacher seeing the images at its own size."""
    at_side = functools.cache(images_of)
    seen = []
    for name in recipe.teachers:
        teacher = single_output(finished_network(name, source, runs), recipe.task)
        seen.append(_seen_by(teacher, at_side(teacher.input_shape[1]), runs / name))
    return np.mean(seen, axis=0)


def _seen_by(teacher: keras.Model, images: NDArray[np.uint8], folder: Path) -> NDArray[np.float32]:
    """One teacher's mean scores, kept in its run's folder: a run that goes on need not wait for them again."""
    digest = hashlib.sha256((folder / "network.keras").read_bytes())
    digest.update(repr((teacher.name, images.shape)).encode())
    digest.update(np.ascontiguousarray(images).data)
    path = folder / f"seen_{digest.hexdigest()[:16]}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):  # not there, or cut short by an interruption
        return np.load(path, allow_pickle=False)
    scores = np.mean([keras_scores(teacher, images), keras_scores(teacher, images[:, :, ::-1])], axis=0)
    np.save(path, scores)
    return scores


NOTE = "restored.json"
"""What `train.restore` leaves beside a network that it read back from an int8 file."""


def restored_ancestors(recipe: Recipe, runs: Path) -> dict[str, str]:
    """Of what a recipe stands on, the networks that were not trained in `runs` but read back from an int8 file.

    Returns:
        The recipe's name -> the SHA-256 of its int8 file.
    """
    found: dict[str, str] = {}
    for name in sorted({recipe.start, *recipe.teachers} - {""}):
        note = runs / name / NOTE
        if note.is_file():
            found[name] = json.loads(note.read_text())["int8_file_sha256"]
        else:
            found |= restored_ancestors(load_recipe(name), runs)
    return found
