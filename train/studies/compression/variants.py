"""One float network as `.tflite` in several sizes: float32, float16, dynamic-range, int8; and pruned, fine-tuned, int8.

Runs on Keras's TensorFlow backend, as `train.export.export` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf

from train.data.datasets import FaceDataset
from train.export.export import CALIBRATION_IMAGES, convert_int8
from train.fit.training import Prerequisites, build_network, train
from train.networks.pruning import shrink, silence, strongest_channels
from train.networks.residual import single_output
from train.networks.symmetric import in_pairs
from train.recipe import Recipe, load_recipe

FLOAT_KINDS = ("float32", "float16", "dynamic")


@dataclass(frozen=True)
class FineTuning:
    """How a pruned network learns again.

    Attributes:
        epochs: passes over the training images; 0 for none.
        learning_rate: its peak; low, for what is left is nearly right.
        folder: where its run lives, and resumes.
    """

    epochs: int
    learning_rate: float
    folder: Path


def convert_float(network: keras.Model, kind: str) -> bytes:
    """A network as a `.tflite` file that takes float32 pixels, 0 to 255, and gives float32 logits.

    Args:
        network: pixels -> logits, with a single head.
        kind: `float32`; `float16`: its weights rounded to 16 bits, computed in 32; `dynamic`: its weights as
            int8, what flows between them quantized image by image ("dynamic-range quantization").
    """
    # A batch of 1 in the signature: the runtime's fast kernels want shapes that they can rely on.
    pixels = keras.InputSpec(shape=(1, *network.input_shape[1:]), dtype="float32")
    with TemporaryDirectory() as folder:
        network.export(folder, format="tf_saved_model", verbose=False, input_signature=[pixels])
        return _converter(folder, kind).convert()


def _converter(folder: str, kind: str) -> tf.lite.TFLiteConverter:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter


def convert_as_shipped(network: keras.Model, seed: int, training: FaceDataset) -> bytes:
    """An int8 file by the same way, and calibrated on the same images, as the export of a recipe of that seed."""
    order = np.random.default_rng(seed).permutation(len(training))
    return convert_int8(network, training.images[order[:CALIBRATION_IMAGES]])


def recipe_of(network: keras.Model, task: str) -> Recipe:
    """The task's recipe, but with the network's own size, widths, pruning and symmetry, and its head alone.

    Raises:
        ValueError: the network is no residual network as `train.networks.residual` builds them.
    """
    firsts = [layer.name for layer in network.layers if re.fullmatch(r"stage\d+_block1_a_conv", layer.name)]
    widths = tuple(network.get_layer(name.replace("_a_", "_b_")).filters for name in firsts)
    kept = [network.get_layer(name).filters for name in firsts]
    gone = [width - inner for width, inner in zip(widths, kept, strict=True)]
    # Whole channels go: the half is rounded down again, and keeps a float's error from taking one too few.
    pruned = tuple((going + 0.5) / width if going else 0.0 for going, width in zip(gone, widths, strict=True))
    recipe = replace(
        load_recipe(task),
        size=network.input_shape[1],
        widths=widths,
        symmetric=bool(widths) and in_pairs(network),
        fine=sum(layer.filters for layer in network.layers if layer.name == "fine_conv"),
        auxiliary={},
        start="",
        start_share=0.0,
        prune=pruned,
        teachers=(),
        unlabelled=0.0,
        live=0.0,
    )
    shapes = [tuple(weight.shape) for weight in build_network(recipe).weights] if widths else []
    if shapes != [tuple(weight.shape) for weight in network.weights]:
        raise ValueError(
            f"the network {network.name!r} is not a residual network of train/networks/residual.py: cannot prune it"
        )
    return recipe


def prune_and_tune(
    network: keras.Model, share: float, recipe: Recipe, data: FaceDataset, tuning: FineTuning
) -> keras.Model:
    """Take a share of the inner channels away and let the rest learn again on the training images.

    Args:
        network: pixels -> logits, the task's head alone.
        share: of each block's inner channels to take.
        recipe: of `recipe_of`; augmentation, balance and the rest are its own.
        data: the dataset; its training split without duplicates is learnt.
        tuning: how.

    Returns:
        The smaller network, with the same head.
    """
    kept = strongest_channels(network, share)
    if not tuning.epochs:
        return shrink(network, kept)
    shorter = replace(recipe, epochs=tuning.epochs, learning_rate=tuning.learning_rate)
    tuned = train(shorter, data, tuning.folder, prerequisites=Prerequisites(start=silence(network, kept)))
    return shrink(single_output(tuned, recipe.task), kept)
