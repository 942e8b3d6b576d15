"""A task's CNN: load it, run it, turn its logits into scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.alignment import Image
from vision.devices import LoadModel
from vision.litert import LiteModel, ModelError
from vision.tasks import MODELS_DIR, CropGeometry, Task


class Scorer(Protocol):
    """A model of one task, in whichever format: crops in, distributions out.

    Attributes:
        task: what it tells.
        geometry: the crop that it wants.
    """

    @property
    def task(self) -> Task: ...  # noqa: D102 - see the class

    @property
    def geometry(self) -> CropGeometry: ...  # noqa: D102

    def scores_of(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The distributions over the task's outputs.

        Args:
            crops: (N, size, size, channels) uint8, as `geometry` says; N at least 1.

        Returns:
            (N, outputs) float32, each row's sum 1.
        """
        ...


SHOWN: Final = "shown"
"""The output of a model file that is for people to see, where that is not what the dataset's labels say."""


FIGURES: Final = "metrics.json"
"""What lies beside a model file and tells how it was made and how good it is."""


class Classifier:
    """One CNN from a crop to a distribution over its outputs.

    A file may have several heads: the task's own, which says the dataset's label, and `SHOWN`, which is for people to see.
    (Expression has both, for FER2013's labels are not what most people would say. What weights the two lies in that head's
    kernel and bias: `train.export.fusion`.)

    Attributes:
        task: whose CNN it is.
        geometry: the crop that it wants.
        head: name of the output that `scores` reads.
        unsure_below: the score under which what is shown is as likely wrong as right, by the file's figures; 0 where they
            do not say.
    """

    def __init__(self, task: Task, path: Path, load: LoadModel = LiteModel, shown: bool = False):
        """Load a model file.

        Args:
            task: whose CNN it is.
            path: its `.tflite` file: uint8 pixels in, float32 logits out.
            load: loads it on the device where it shall run.
            shown: read what is for people to see, where the file tells it apart from the dataset's label.

        Raises:
            ModelError: the file is missing, damaged, or not of this task.
        """
        self._model = load(path)
        heads = self._model.output_names if len(self._model.output_names) > 1 else (task.name,)
        self.task = task
        self.head = SHOWN if shown and SHOWN in heads else task.name
        self._output = heads.index(self.head) if self.head in heads else 0
        outputs = self._model.output_shapes[self._output][-1]
        right = outputs == task.outputs and self.head in heads
        if not right or self._model.input_dtype != np.uint8 or len(self._model.input_shape) != 3:
            raise ModelError(
                f"{path} is not a model for {task.name}: it gives {outputs} values where {task.outputs} are needed, "
                f"from {self._model.input_dtype} {self._model.input_shape}"
            )
        self.geometry = task.geometry(self._model.input_shape[0])
        self.unsure_below = _unsure_below(path.with_name(FIGURES)) if self.head == SHOWN else 0.0

    @classmethod
    def shipped(
        cls, task: Task, models: Path = MODELS_DIR, load: LoadModel = LiteModel, shown: bool = False
    ) -> Classifier:
        """The int8 model of a models folder; further arguments and errors as of the constructor."""
        return cls(task, task.model(models), load, shown)

    def scores(self, crop: Image) -> NDArray[np.float32]:
        """The distribution over the outputs.

        Args:
            crop: (size, size, channels) uint8, as `geometry` says.

        Returns:
            (outputs,) float32, sums to 1.
        """
        return softmax(self._model.run(crop)[self._output][0])

    def scores_of(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, size, size, channels) uint8 -> (N, outputs) float32, one crop after the other; see `Scorer`."""
        return np.stack([self.scores(crop) for crop in crops])


def _unsure_below(figures: Path) -> float:
    try:
        return float(json.loads(figures.read_text(encoding="utf-8"))["unsure"]["below"])
    except (OSError, KeyError, TypeError):  # a model by itself, or one from before this was measured
        return 0.0
    except ValueError as error:
        raise ModelError(f"{figures} is damaged ({error}): restore it from the repository") from error


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (..., outputs) float -> scores of the same shape and type, 0 to 1, that sum to 1 along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
