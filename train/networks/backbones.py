"""Published networks as trunks of a recipe's network, with random weights, those they were published with or a file's.

A recipe with a backbone trains in two stages, as transfer learning usually does: first the new heads
on a frozen trunk, so that their first, random gradients do not harm it, then everything at a
lower rate. No such trunk ships: they are for comparison, and teach (`train/recipes/gender_teacher.py`).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import keras
from keras import layers

from train.networks.efficientnet_lite import block_of
from train.networks.published import FACES, IMAGENET, NONE, Backbone, published_backbone
from train.networks.residual import take_weights, with_heads
from train.recipe import Recipe, load_recipe

HEAD_EPOCHS = 3
"""Epochs of the heads alone when the trunk's weights were learnt elsewhere."""

FINE_TUNING_RATE = 2e-4
"""Peak learning rate of such a trunk: higher ones forget what it came with."""

STALL_SECONDS = 40.0
"""A download that brings nothing for so long is given up."""


def with_backbone(recipe: Recipe, backbone: str, weights: str = NONE, head_epochs: int | None = None) -> Recipe:
    """The recipe with its trunk replaced, and what follows from that.

    The epochs and the rate of a recipe that builds on other networks suit these: then the task's short recipe gives its own.

    Args:
        recipe: of the task.
        backbone: a name in `train.networks.published.BACKBONES`.
        weights: `none` for random ones, `imagenet`, `faces`, or the path of a file.
        head_epochs: epochs of the heads alone; by default `HEAD_EPOCHS`, or 0 with random weights.
    """
    learnt = weights != NONE
    alone = load_recipe(f"{recipe.task}_short") if recipe.start or recipe.teachers else recipe
    return replace(
        recipe,
        backbone=backbone,
        weights=weights,
        widths=(),
        start="",  # its layers are another network's
        start_share=0.0,
        frozen=0,
        enlarged=0,
        prune=0.0,
        symmetric=False,
        fine=0,
        teachers=(),  # a backbone is compared by what it learns itself
        unlabelled=0.0,  # without teachers, images without labels teach nothing
        epochs=alone.epochs,
        head_epochs=HEAD_EPOCHS * learnt if head_epochs is None else head_epochs,
        learning_rate=FINE_TUNING_RATE if learnt else alone.learning_rate,
    )


def backbone_network(recipe: Recipe, channels: int, outputs: Mapping[str, int]) -> keras.Model:
    """A backbone under a recipe's heads, its weights random.

    Args:
        recipe: names the backbone, the input's size and the dropout.
        channels: 1 for grey, which is repeated to the three that backbones want, or 3 for RGB.
        outputs: name and number of logits of each head.

    Returns:
        A model from (N, size, size, channels) pixels, 0 to 255, to a dict of logits (N, outputs[name]).

    Raises:
        ValueError: no such backbone, or too small a picture for it.
    """
    backbone = published_backbone(recipe.backbone)
    if (side := recipe.enlarged or recipe.size) < backbone.smallest:
        raise ValueError(f"{recipe.backbone} needs pictures of {backbone.smallest} pixels at least, not {side}")
    pixels = keras.Input((recipe.size, recipe.size, channels), name="pixels")
    features = layers.Concatenate(name="repeat")([pixels] * 3) if channels == 1 else pixels
    if recipe.enlarged:
        features = layers.Resizing(recipe.enlarged, recipe.enlarged, name="enlarge")(features)
    if not backbone.rescales:
        features = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(features)
    features = backbone.trunk(weights=None, input_tensor=features).output
    return with_heads(pixels, features, outputs, recipe.dropout)


def load_trunk(network: keras.Model, recipe: Recipe) -> None:
    """Give a network from `backbone_network` the weights that the recipe names.

    The heads stay random, unless the file is a `.keras` network that has the same ones.

    Raises:
        ValueError: they cannot be downloaded or read, or are another network's; the message says what to do.
    """
    if recipe.weights == NONE:
        return
    known = recipe.weights in (IMAGENET, FACES)
    lender = _published_trunk(recipe.backbone, recipe.weights) if known else _trunk_from_file(recipe)
    try:
        missing = [name for name in take_weights(network, lender) if name not in network.output]
    except ValueError:
        missing = ["any layer of it"]
    if missing:
        raise ValueError(f"{recipe.weights} does not hold the weights of a {recipe.backbone}: it lacks {missing[0]}")


def freeze_trunk(network: keras.Model, frozen: bool, first: int = 0) -> None:
    """Let only the heads learn, or everything; a frozen batch normalization also keeps to its averages.

    Args:
        network: of `backbone_network`.
        frozen: whether only the heads learn.
        first: so many of an EfficientNet-Lite0's blocks, and what comes before them, never learn; 0 for none.
    """
    for layer in network.layers:
        block = block_of(layer.name)
        early = block is not None and block < first and first > 0
        layer.trainable = layer.name in network.output or not (frozen or early)


def _trunk_from_file(recipe: Recipe) -> keras.Model:
    """A trunk from weights of Keras (`.weights.h5`, or ImageNet's `.h5`) or PyTorch (`.pth`), or from a whole `.keras` network."""
    path = Path(recipe.weights)
    if not path.is_file():
        learnt = published_backbone(recipe.backbone).learnt
        raise ValueError(f"no weights at {path}: give --weights a file, or `{learnt}` or `{NONE}`")
    try:
        if path.suffix == ".keras":
            return keras.saving.load_model(path, compile=False)
        backbone = published_backbone(recipe.backbone)
        trunk = _random_trunk(backbone)
        if backbone.published and path.suffix == backbone.published.suffix:
            backbone.published.load(trunk, backbone.published.read(path))
            return trunk
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras only warns of layers that it leaves random
            trunk.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"{path} does not hold the weights of a {recipe.backbone} trunk: {reason}") from error
    return trunk


def _random_trunk(backbone: Backbone) -> keras.Model:
    """The trunk by itself, at ImageNet's own size; convolutions have the same weights at each."""
    return backbone.trunk(weights=None, input_shape=(224, 224, 3))


def _published_trunk(name: str, learnt: str) -> keras.Model:
    """The trunk as it was published: of an installed package, or downloaded by Keras unless it was before."""
    backbone = published_backbone(name)
    if learnt != backbone.learnt:
        raise ValueError(f"{name} did not learn from {learnt}: give --weights {backbone.learnt}, {NONE} or a file")
    if published := backbone.published:
        trunk = _random_trunk(backbone)
        published.load(trunk, published.read(published.find()))
        return trunk
    try:
        # Keras warns at any size but ImageNet's own.
        return _unless_stalled(lambda: backbone.trunk(weights=IMAGENET, input_shape=(224, 224, 3)))
    except Exception as error:  # Keras raises bare Exceptions for a download that fails
        raise ValueError(
            f"the ImageNet weights of {name} cannot be downloaded ({error}): fetch that file on another machine "
            f"and give it as --weights FILE, or train from random weights with --weights {NONE}"
        ) from error


def _unless_stalled(make: Callable[[], keras.Model]) -> keras.Model:
    """Run `make`, which may download, but give up when no byte arrives for `STALL_SECONDS`.

    Keras downloads without any time limit: behind a firewall that drops packets, each of a host's
    addresses would be waited for, minutes each. So it does it in a thread that can be left behind.
    """
    done: list[keras.Model] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            done.append(make())
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True, name="weights")
    thread.start()
    seen, since = -1, time.monotonic()
    while thread.is_alive():
        thread.join(0.2)
        arrived = _bytes_arrived()
        if arrived != seen:
            seen, since = arrived, time.monotonic()
        elif thread.is_alive() and time.monotonic() - since > STALL_SECONDS:
            raise TimeoutError(f"nothing arrived for {STALL_SECONDS:g} seconds")
    if failed:
        raise failed[0]
    return done[0]


def _bytes_arrived() -> int:
    """Bytes in the folders that Keras may download to, which grow while it does."""
    own = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    folders = (own / "models", Path(tempfile.gettempdir()) / ".keras" / "models")
    total = 0
    for file in (file for folder in folders if folder.is_dir() for file in folder.iterdir()):
        with contextlib.suppress(FileNotFoundError):  # renamed or given up in between
            total += file.stat().st_size
    return total
