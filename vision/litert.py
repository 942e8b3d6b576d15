"""One `.tflite` file, run by LiteRT (or by TensorFlow's own interpreter where LiteRT has no wheel)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # no wheel for this platform; TensorFlow carries the same interpreter, imports slowly
    from tensorflow.lite.python.interpreter import Interpreter


class ModelError(ValueError):
    """A model file is missing or not usable; the message says which and what to do."""


_STDERR: Final = 2


@contextmanager
def without_notices() -> Iterator[None]:
    """Keep the runtime's C++ notices ("Created TensorFlow Lite XNNPACK delegate") off standard error.

    What matters comes as an exception; there is no other switch for the rest.
    """
    kept = os.dup(_STDERR)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)


class LiteModel:
    """A model with one input of batch 1.

    Attributes:
        input_shape: the input's shape without the batch, (H, W, C).
        input_dtype: what `run` takes, uint8 or float32.
        output_names: of its outputs, in the order of `run`, where it has several; one alone has whatever name.
    """

    def __init__(self, path: Path, threads: int = 1):
        """Load a model.

        Args:
            path: the `.tflite` file.
            threads: CPU threads it may use.

        Raises:
            ModelError: the file is missing, damaged or has more than one input.
        """
        if not path.is_file():
            raise ModelError(
                f"no model at {path}: restore it from the repository, or train it with `python run.py train`"
            )
        try:
            with without_notices():
                self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
                self._interpreter.allocate_tensors()
            (details,) = self._interpreter.get_input_details()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path} is not a usable .tflite model: {str(error).splitlines()[0]}") from error
        self.path = path
        self.input_shape: tuple[int, ...] = tuple(int(side) for side in details["shape"][1:])
        self.input_dtype = np.dtype(details["dtype"])
        self._input = details["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self.output_names = self._names(self._outputs) if len(self._outputs) > 1 else ("",)
        self.output_shapes: list[tuple[int, ...]] = [
            tuple(output["shape"]) for output in self._interpreter.get_output_details()
        ]

    def _names(self, indices: list[int]) -> tuple[str, ...]:
        """What the file's signature calls its outputs; empty strings for a file without a signature, as BlazeFace's."""
        if not self._interpreter.get_signature_list():
            return ("",) * len(indices)
        named = self._interpreter.get_signature_runner().get_output_details()
        by_index = {details["index"]: name for name, details in named.items()}
        return tuple(by_index.get(index, "") for index in indices)

    def run(self, values: NDArray) -> list[NDArray[np.float32]]:
        """Run the model once.

        Args:
            values: `input_shape`, of `input_dtype`.

        Returns:
            Copies of its float32 outputs, each (1, ...) with the batch axis, in the file's order.
        """
        self._interpreter.tensor(self._input)()[0] = values
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]
