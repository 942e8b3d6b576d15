"""A trained network -> TensorFlow SavedModel and int8 `.tflite`.

Runs on Keras's TensorFlow backend, whatever backend the training ran on: a `.keras` file is the same
on all of them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from train.data.datasets import FaceDataset
from train.data.targets import VOTES
from train.evaluation.metrics import Report, evaluate_scores
from train.export.age_prior import age_biases
from train.export.calibration import Calibration, calibrate, calibrate_head
from train.export.fusion import Fusion, fit_fusion, with_shown_head
from train.fit.training import build_network
from train.networks.residual import in_float32, keras_logits, keras_scores, single_output
from train.recipe import Recipe
from vision.classifiers import Classifier
from vision.litert import Interpreter, LiteModel
from vision.tasks import TASKS, Task

MAX_LOSS = 0.005
"""An int8 file that loses more accuracy than this against float32 is refused."""

CALIBRATION_IMAGES = 600

GUARD_IMAGES = 5000
"""Least number of images that int8 and float32 are compared on: among 900 a handful of verdicts that fell either way
would already be half a point. Training images fill up what validation lacks; test images are never looked at."""


class ExportError(ValueError):
    """The int8 file is not fit to ship; the message says why."""


@dataclass(frozen=True)
class Exported:
    """What an export measured on the validation images.

    Attributes:
        float32: the report of the network as trained, its head calibrated.
        int8: the report of the `.tflite` file.
        calibration: what was built into the head, and what it was fitted on.
        fusion: how the heads became one answer for people to see; None for a network with one head.
    """

    float32: Report
    int8: Report
    calibration: Calibration
    fusion: Fusion | None = None


def shippable(trained: keras.Model, recipe: Recipe) -> keras.Model:
    """The task's own head in float32, whatever precision and further heads the training used."""
    return single_output(_in_float32(trained, recipe), recipe.task)


def _in_float32(trained: keras.Model, recipe: Recipe) -> keras.Model:
    with in_float32():
        network = build_network(recipe)
    network.set_weights(trained.get_weights())
    return network


def export_saved_model(network: keras.Model, folder: Path) -> None:
    """Write a TensorFlow SavedModel: (N, size, size, channels) float32 pixels 0-255 -> (N, outputs) logits."""
    shutil.rmtree(folder, ignore_errors=True)
    network.export(folder, format="tf_saved_model", verbose=False)


def convert_int8(network: keras.Model, images: NDArray[np.uint8]) -> bytes:
    """Quantize a network to int8, weights per channel, activations by what `images` excite.

    Args:
        network: pixels 0-255 -> logits.
        images: (N, size, size, channels) uint8 training images to calibrate with.

    Returns:
        A `.tflite` file that takes uint8 pixels as they are and gives float32 logits.

    Raises:
        ExportError: its input would not be raw pixels.
    """
    shape = (1, *network.input_shape[1:])
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive(verbose=False)
        archive.track(network)
        archive.add_endpoint("serve", network.call, [keras.InputSpec(shape=shape, dtype="float32")])
        archive.write_out(folder, verbose=False)
        content = _convert_saved_model(folder, images, shape)
    _require_raw_pixels(content)
    return content


def _convert_saved_model(folder: str, images: NDArray[np.uint8], shape: tuple[int, ...]) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _calibration(images, shape)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.float32
    return converter.convert()


def _calibration(images: NDArray[np.uint8], shape: tuple[int, ...]) -> Iterator[list[NDArray[np.float32]]]:
    # Black and white pin the input's range to 0-255, so that its scale is exactly 1.
    yield [np.zeros(shape, np.float32)]
    yield [np.full(shape, 255, np.float32)]
    for image in images:
        yield [image[np.newaxis].astype(np.float32)]


def _require_raw_pixels(content: bytes) -> None:
    (details,) = Interpreter(model_content=content).get_input_details()
    scale, zero_point = details["quantization"]
    if (round(scale, 6), zero_point) != (1.0, 0):
        raise ExportError(f"the int8 input is not raw pixels: scale {scale}, zero point {zero_point}")


def export(
    trained: keras.Model, recipe: Recipe, training: FaceDataset, validation: FaceDataset, folder: Path
) -> Exported:
    """Export a trained network to `folder/saved_model` and `folder/model.tflite`, its scores calibrated.

    Args:
        trained: what `train.fit.training.train` gave.
        recipe: what it was trained by.
        training: the images that it was trained on: some calibrate int8, some are compared on.
        validation: the images that did not.
        folder: `models/<task>`.

    Returns:
        Both reports on the validation images.

    Raises:
        ExportError: int8 loses more than `MAX_LOSS`; the folder's model stays as it was.
    """
    task, all_heads = TASKS[recipe.task], _in_float32(trained, recipe)
    network = shipping = single_output(all_heads, recipe.task)
    if recipe.prior_share and "age_bin" in training.labels:
        _expect_own_ages(network, recipe, training, validation)
    validation, training = (_of_own_dataset(data) for data in (validation, training))
    calibration = calibrate(task, keras_logits(network, validation.images), validation.labels[recipe.task])
    calibrate_head(network, recipe.task, calibration.temperature, calibration.biases)
    fusion = None
    if VOTES.name in recipe.heads:
        fusion = _fusion(network, single_output(all_heads, VOTES.name), training, validation)
        shipping = with_shown_head(all_heads, fusion)
    order = np.random.default_rng(recipe.seed).permutation(len(training))
    content = convert_int8(shipping, training.images[order[:CALIBRATION_IMAGES]])
    folder.mkdir(parents=True, exist_ok=True)
    candidate = folder / "candidate.tflite"
    candidate.write_bytes(content)
    try:
        on_validation = _compare(network, candidate, task, validation)
        compared = [(on_validation, len(validation))]
        further = order[CALIBRATION_IMAGES:][: max(0, GUARD_IMAGES - len(validation))]
        if len(further):
            learnt = training.where(np.isin(np.arange(len(training)), further))
            compared.append((_compare(network, candidate, task, learnt), len(learnt)))
        _require_accuracy(compared)
        candidate.replace(folder / "model.tflite")
    finally:
        candidate.unlink(missing_ok=True)
    export_saved_model(shipping, folder / "saved_model")
    shipping.save(folder / "model.keras")
    return Exported(*on_validation, calibration, fusion)


def _of_own_dataset(data: FaceDataset) -> FaceDataset:
    """Without FairFace's images: a task is calibrated on the dataset that judges it, and FairFace knows no years."""
    return data.where(data.labels["age_bin"] < 0) if "age_bin" in data.labels else data


def _expect_own_ages(network: keras.Model, recipe: Recipe, training: FaceDataset, validation: FaceDataset) -> None:
    """Move the bias of the age head, in place; see `train.export.age_prior`."""
    bins = training.labels["age_bin"]
    elsewhere = validation.where(validation.labels["age_bin"] >= 0)
    years, scores = training.labels["age"][bins < 0], keras_scores(network, elsewhere.images)
    biases = age_biases(years, bins[bins >= 0], scores, recipe.age_spread, recipe.prior_share)
    calibrate_head(network, recipe.task, 1.0, tuple(biases))


def _fusion(label: keras.Model, votes: keras.Model, training: FaceDataset, validation: FaceDataset) -> Fusion:
    logits = [keras_logits(head, validation.images) for head in (label, votes)]
    return fit_fusion(logits[0], logits[1], validation.labels[VOTES.name], training.labels[VOTES.name])


def _compare(network: keras.Model, int8_file: Path, task: Task, data: FaceDataset) -> tuple[Report, Report]:
    """The reports of the float32 network and of the int8 file."""
    labels = data.labels[task.name]
    float32 = evaluate_scores(task, keras_scores(network, data.images), labels)
    return float32, evaluate_scores(
        task, Classifier(task, int8_file, partial(LiteModel, threads=2)).scores_of(data.images), labels
    )


def _require_accuracy(compared: Sequence[tuple[tuple[Report, Report], int]]) -> None:
    """Refuse an int8 file that is worse than float32 on several sets of images together, each with its size."""
    counts = [count for _, count in compared]
    float32 = np.average([one.accuracy for (one, _), _ in compared], weights=counts)
    int8 = np.average([one.accuracy for (_, one), _ in compared], weights=counts)
    if float32 - int8 > MAX_LOSS:
        raise ExportError(
            f"int8 loses {100 * (float32 - int8):.2f} points of accuracy on {sum(counts):,} images "
            f"({100 * float32:.2f} -> {100 * int8:.2f}); at most {100 * MAX_LOSS:g} may go"
        )
