"""The models that a study puts side by side: what ships, and any other from a training run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from train.studies.robustness.corruptions import Pictures
from vision.alignment import crop_whole
from vision.classifiers import Classifier, softmax
from vision.tasks import TASKS, CropGeometry, Task

if TYPE_CHECKING:  # Keras takes seconds, and what ships does without
    import keras


@dataclass(frozen=True)
class Candidate:
    """One model of one task.

    Attributes:
        task: what it tells.
        geometry: the crop that it wants.
        classify: crops (N, size, size, C) uint8 -> scores (N, outputs) that sum to 1.
        path: where it lies.
    """

    task: Task
    geometry: CropGeometry
    classify: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    path: Path

    def scores(self, pictures: Pictures) -> NDArray[np.float32]:
        """Scores of a dataset's own pictures, grey or RGB, brought to the model's size as in training."""
        return self.classify(np.stack([_crop(picture, self.geometry) for picture in pictures]))


def _crop(picture: NDArray[np.uint8], geometry: CropGeometry) -> NDArray[np.uint8]:
    is_grey = picture.shape[-1] == 1
    return crop_whole(picture[:, :, 0] if is_grey else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)), geometry)


def shipped(models: Path) -> dict[str, Candidate]:
    """The int8 models in a models folder, by task; raises `ModelError` where one is missing."""
    return {name: _from_tflite(task, task.model(models)) for name, task in TASKS.items()}


def others(path: Path) -> dict[str, Candidate]:
    """Models to compare with, by task; not every task need be there.

    Args:
        path: a models folder (`<task>/model.tflite`, else `<task>/model.keras`), the folder of a training run
            (`network.keras`), or a `.keras` file.

    Raises:
        ValueError: nothing of that kind is there.
    """
    if path.is_file() and path.suffix == ".keras":
        return _from_keras(path)
    if (path / "network.keras").is_file():
        return _from_keras(path / "network.keras")
    found: dict[str, Candidate] = {}
    for name, task in TASKS.items():
        int8, keras_file = task.model(path), task.folder(path) / "model.keras"
        if int8.is_file():
            found[name] = _from_tflite(task, int8)
        elif keras_file.is_file():
            found |= _from_keras(keras_file)
    if not found:
        raise ValueError(f"no model to compare with at {path}: give a models folder, a training run or a .keras file")
    return found


def _from_tflite(task: Task, path: Path) -> Candidate:
    classifier = Classifier(task, path)

    def classify(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([classifier.scores(crop) for crop in crops])

    return Candidate(task, classifier.geometry, classify, path)


def _from_keras(path: Path) -> dict[str, Candidate]:
    """Each head of a `.keras` file that is a task's: a training run's network has several, a shipped one has one."""
    import keras

    network = keras.saving.load_model(path, compile=False)
    size = network.input_shape[1]
    if isinstance(network.output, dict):
        heads: dict[str, str | None] = {name: name for name in TASKS if name in network.output}
    else:
        heads = {name: None for name, task in TASKS.items() if task.outputs == network.output.shape[-1]}
    geometries = {name: TASKS[name].geometry(size) for name in heads}
    found = {
        name: Candidate(TASKS[name], geometries[name], _keras_classify(network, head), path)
        for name, head in heads.items()
        if geometries[name].channels == network.input_shape[-1]
    }
    if not found:
        raise ValueError(f"{path} is not a model for {', '.join(TASKS)}: its outputs are others")
    return found


def _keras_classify(network: keras.Model, head: str | None) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    import keras

    def classify(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits = network(crops.astype("float32"), training=False)
        return softmax(keras.ops.convert_to_numpy(logits if head is None else logits[head]))

    return classify
