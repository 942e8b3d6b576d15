"""The three CNNs: load, run, turn logits into scores and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.alignment import CropGeometry, Image, fer2013_geometry, utkface_geometry
from vision.labels import DECADES, EXPRESSIONS, GENDERS, OLDEST_YEAR, decade_of
from vision.litert import LiteModel, ModelError

MODELS_DIR: Final = Path(__file__).resolve().parent.parent / "models"

TASKS: Final = ("expression", "age", "gender")

OUTPUTS: Final = {"expression": len(EXPRESSIONS), "age": OLDEST_YEAR + 1, "gender": len(GENDERS)}
"""Logits of each CNN; age has one for each year, 0 to 100 and over."""

_DECADE_OF_YEAR: Final = np.eye(len(DECADES), dtype=np.float32)[[decade_of(year) for year in range(OLDEST_YEAR + 1)]]


def geometry_for(task: str, size: int) -> CropGeometry:
    """The framing of the dataset that teaches a task: FER2013's for expression, UTKFace's for the others."""
    return fer2013_geometry(size) if task == "expression" else utkface_geometry(size)


class Classifier:
    """One CNN from a crop to a distribution over its outputs.

    Attributes:
        task: `expression`, `age` or `gender`.
        geometry: the crop that it wants.
    """

    def __init__(self, task: str, path: Path, threads: int = 1):
        """Load a model file.

        Args:
            task: one of `TASKS`.
            path: its `.tflite` file: uint8 pixels in, float32 logits out.
            threads: CPU threads it may use.

        Raises:
            ModelError: the file is missing, damaged, or not of this task.
        """
        self._model = LiteModel(path, threads)
        outputs = self._model.output_shapes[0][-1]
        if outputs != OUTPUTS[task] or self._model.input_dtype != np.uint8 or len(self._model.input_shape) != 3:
            raise ModelError(
                f"{path} is not a model for {task}: it gives {outputs} values where {OUTPUTS[task]} are needed, "
                f"from {self._model.input_dtype} {self._model.input_shape}"
            )
        self.task = task
        self.geometry = geometry_for(task, self._model.input_shape[0])

    @classmethod
    def shipped(cls, task: str, models: Path = MODELS_DIR, threads: int = 1) -> Classifier:
        """The model in `models/<task>/model.tflite`; raises as the constructor does."""
        return cls(task, models / task / "model.tflite", threads)

    def scores(self, crop: Image) -> NDArray[np.float32]:
        """The distribution over the outputs.

        Args:
            crop: (size, size, channels) uint8, as `geometry` says.

        Returns:
            (outputs,) float32, sums to 1.
        """
        return softmax(self._model.run(crop)[0][0])


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (..., outputs) -> scores that sum to 1 along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def years_of(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """The age in years of distributions over years: their medians, for no other number is less far off on average.

    The expected value, which label distribution learning takes as a rule, is drawn to the middle of a wide
    distribution: the youngest come out older by it, and the oldest younger.

    Args:
        scores: (..., 101), each summing to 1. A year is as wide as a year, its number in the middle.

    Returns:
        (...) float64, 0 to 100; of one distribution a scalar.
    """
    reached = np.cumsum(scores, axis=-1, dtype=np.float64)
    half = reached[..., -1:] / 2
    year = (reached < half).sum(axis=-1, keepdims=True)
    within = np.take_along_axis(scores, year, axis=-1)
    before = np.take_along_axis(reached, year, axis=-1) - within
    return np.clip(year - 0.5 + (half - before) / within, 0, OLDEST_YEAR)[..., 0]


def decades_of(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """A distribution (..., 101) over years as one (..., 11) over the paper's age classes."""
    return scores @ _DECADE_OF_YEAR
