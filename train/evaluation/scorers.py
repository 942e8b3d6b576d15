"""Models in the formats that a training leaves, each as a `vision.classifiers.Scorer`; the int8 file is one already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vision.classifiers import softmax
from vision.tasks import CropGeometry, Task

if TYPE_CHECKING:  # Keras takes seconds, and an int8 file does without
    import keras

    from vision.litert import LiteModel

_BATCH = 256


@dataclass(frozen=True)
class KerasScorer:
    """A Keras network, or one head of it.

    Attributes:
        task: what it tells.
        network: from pixels, 0 to 255, to logits, or to a dict of logits.
        head: which of the dict's logits; None for a network with a single output.
    """

    task: Task
    network: keras.Model
    head: str | None = None

    @classmethod
    def load(cls, task: Task, path: Path) -> KerasScorer:
        """A network from a `.keras` file; of several heads the task's own."""
        import keras

        network = keras.saving.load_model(path, compile=False)
        return cls(task, network, task.name if isinstance(network.output, dict) else None)

    @property
    def geometry(self) -> CropGeometry:
        """The crop that it wants."""
        return self.task.geometry(self.network.input_shape[1])

    def scores_of(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, size, size, channels) uint8 -> (N, outputs) float32; see `vision.classifiers.Scorer`."""
        from train.networks.residual import keras_logits

        return softmax(keras_logits(self.network, crops, self.head, _BATCH))


class SavedModelScorer:
    """A TensorFlow SavedModel, as `train.export.export.export_saved_model` writes it."""

    def __init__(self, task: Task, folder: Path) -> None:
        """Load it.

        Args:
            task: what it tells.
            folder: the SavedModel.
        """
        import tensorflow as tf

        # The signature alone does not keep the variables alive: `_loaded` does.
        self._loaded: Any = tf.saved_model.load(str(folder))
        self._serve = self._loaded.signatures["serving_default"]
        ((self._input, signature),) = self._serve.structured_input_signature[1].items()
        self.task, self.geometry = task, task.geometry(int(signature.shape[1]))

    def scores_of(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, size, size, channels) uint8 -> (N, outputs) float32; see `vision.classifiers.Scorer`."""
        import tensorflow as tf

        logits = []
        for start in range(0, len(crops), _BATCH):
            heads = self._serve(**{self._input: tf.constant(crops[start : start + _BATCH], tf.float32)})
            logits.append(heads[self.task.name if len(heads) > 1 else next(iter(heads))].numpy())
        return softmax(np.concatenate(logits))


@dataclass(frozen=True)
class LiteScorer:
    """A `.tflite` file whose pixels may also be float32, which a `vision.classifiers.Classifier` refuses.

    Attributes:
        task: what it tells.
        model: the file, loaded.
    """

    task: Task
    model: LiteModel

    @property
    def geometry(self) -> CropGeometry:
        """The crop that it wants."""
        return self.task.geometry(self.model.input_shape[0])

    def scores_of(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, size, size, channels) uint8 -> (N, outputs) float32; see `vision.classifiers.Scorer`."""
        return softmax(np.stack([self.model.run(crop)[0][0] for crop in crops]))
