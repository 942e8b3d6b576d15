"""The models that a study puts side by side: what ships, and any other from a training run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train.evaluation.scorers import KerasScorer
from train.studies.robustness.corruptions import Pictures
from vision.alignment import crop_whole
from vision.classifiers import Classifier, Scorer
from vision.tasks import TASKS, CropGeometry


def picture_scores(candidate: Scorer, pictures: Pictures) -> NDArray[np.float32]:
    """A model's scores of a dataset's own pictures, brought to its size as in training.

    Args:
        candidate: the model.
        pictures: (N, S, S, C) uint8, grey or RGB.

    Returns:
        (N, outputs) float32, each row's sum 1.
    """
    return candidate.scores_of(np.stack([_crop(picture, candidate.geometry) for picture in pictures]))


def _crop(picture: NDArray[np.uint8], geometry: CropGeometry) -> NDArray[np.uint8]:
    is_grey = picture.shape[-1] == 1
    return crop_whole(picture[:, :, 0] if is_grey else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)), geometry)


def shipped(models: Path) -> dict[str, Scorer]:
    """The int8 models in a models folder, by task; raises `ModelError` where one is missing."""
    return {name: Classifier.shipped(task, models) for name, task in TASKS.items()}


def others(path: Path) -> dict[str, Scorer]:
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
    found: dict[str, Scorer] = {}
    for name, task in TASKS.items():
        int8, keras_file = task.model(path), task.folder(path) / "model.keras"
        if int8.is_file():
            found[name] = Classifier(task, int8)
        elif keras_file.is_file():
            found |= _from_keras(keras_file)
    if not found:
        raise ValueError(f"no model to compare with at {path}: give a models folder, a training run or a .keras file")
    return found


def _from_keras(path: Path) -> dict[str, Scorer]:
    """Each head of a `.keras` file that is a task's: a training run's network has several, a shipped one has one."""
    import keras  # takes seconds, and what ships does without

    network = keras.saving.load_model(path, compile=False)
    if isinstance(network.output, dict):
        heads: dict[str, str | None] = {name: name for name in TASKS if name in network.output}
    else:
        heads = {name: None for name, task in TASKS.items() if task.outputs == network.output.shape[-1]}
    scorers = {name: KerasScorer(TASKS[name], network, head) for name, head in heads.items()}
    channels = network.input_shape[-1]
    found: dict[str, Scorer] = {name: one for name, one in scorers.items() if one.geometry.channels == channels}
    if not found:
        raise ValueError(f"{path} is not a model for {', '.join(TASKS)}: its outputs are others")
    return found
