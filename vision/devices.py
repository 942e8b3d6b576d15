"""Where models run: on the processor, or on a GPU that LiteRT reaches by WebGPU (Vulkan, Metal or Direct3D 12).

The same files run on both. On a GPU int8 weights are floats again, so that logits differ a little: by less than 0.1 of 3 in the
expression's. One frame of one face is little work for a GPU: whether it is faster than the processor depends on
both, so `auto` measures it when it loads a model. BlazeFace full-range has sparse weights, which LiteRT cannot unpack on a GPU: it runs
on the processor in any case.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.litert import LiteModel, ModelError, without_notices

AUTO: Final = "auto"
CPU: Final = "cpu"
GPU: Final = "gpu"

DEVICES: Final = (AUTO, CPU, GPU)

NO_GPU: Final = (
    "no GPU that LiteRT can use (by Vulkan, Metal or Direct3D 12) was found: install its driver, or use --device cpu"
)

TIMED_RUNS: Final = 15

_NOT_ALL: Final = "Some ops are not accelerated"
"""What LiteRT says of a model with parts that no GPU runs. Split between both devices, such a model gave numbers of 10^27."""


class UnsupportedError(ModelError):
    """A model has parts that no GPU runs."""


class Model(Protocol):
    """A loaded model on some device; see `LiteModel`."""

    @property
    def input_shape(self) -> tuple[int, ...]: ...  # noqa: D102 - see the class

    @property
    def input_dtype(self) -> np.dtype: ...  # noqa: D102

    @property
    def output_names(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def output_shapes(self) -> list[tuple[int, ...]]: ...  # noqa: D102

    def run(self, values: NDArray) -> list[NDArray[np.float32]]: ...  # noqa: D102


LoadModel = Callable[[Path], Model]
"""Loads a `.tflite` file; raises `ModelError` if it is missing, damaged, or cannot run."""


def loading_on(device: str) -> LoadModel:
    """What loads models for one of `DEVICES`."""
    return {AUTO: load_fastest, CPU: LiteModel, GPU: load_on_gpu}[device]


def load_on_gpu(path: Path) -> Model:
    """Load a model on the GPU, or on the processor if it has parts that no GPU runs.

    Raises:
        ModelError: as `GpuModel`.
    """
    try:
        return GpuModel(path)
    except UnsupportedError:
        return LiteModel(path)


def load_fastest(path: Path) -> Model:
    """Load a model on the device on which it is faster; on the processor where there is no GPU.

    Raises:
        ModelError: as `LiteModel`.
    """
    on_cpu = LiteModel(path)
    if not _may_have_gpu():
        return on_cpu
    try:
        on_gpu = GpuModel(path)
    except ModelError:
        return on_cpu
    models: tuple[Model, Model] = on_cpu, on_gpu
    return min(models, key=_run_s)


class GpuModel:
    """A model with one input of batch 1, on a GPU; attributes as of `LiteModel`."""

    def __init__(self, path: Path):
        """Load a model.

        Raises:
            UnsupportedError: it has parts that no GPU runs.
            ModelError: the file is missing or damaged, or there is no GPU.
        """
        described = LiteModel(path)
        self.path = path
        self.input_shape, self.input_dtype = described.input_shape, described.input_dtype
        self.output_names, self.output_shapes = described.output_names, described.output_shapes
        try:
            # It comes with another part of LiteRT, which the processor does not need: 20 MB.
            from ai_edge_litert.compiled_model import CompiledModel
            from ai_edge_litert.hardware_accelerator import HardwareAccelerator
            from ai_edge_litert.options import GpuOptions, Options
        except ImportError as error:
            raise ModelError(f"this system's LiteRT has no part for GPUs ({error}): use --device cpu") from error
        # At half precision BlazeFace's boxes would be a pixel off.
        options = Options(hardware_accelerators=HardwareAccelerator.GPU, gpu_options=GpuOptions(enforce_f32=True))
        try:
            with without_notices():
                self._model = CompiledModel.from_file(str(path), options=options)
                self._inputs, self._outputs = self._model.create_input_buffers(0), self._model.create_output_buffers(0)
        except (RuntimeError, ValueError) as error:
            if _NOT_ALL in str(error):
                raise UnsupportedError(f"{path} has parts that no GPU runs") from error
            raise ModelError(NO_GPU) from error

    def run(self, values: NDArray) -> list[NDArray[np.float32]]:
        """Run the model once; see `LiteModel.run`."""
        self._inputs[0].write(np.ascontiguousarray(values, self.input_dtype).ravel())
        self._model.run_by_index(0, self._inputs, self._outputs)
        buffers = zip(self._outputs, self.output_shapes, strict=True)
        return [buffer.read(int(np.prod(shape)), np.float32).reshape(shape) for buffer, shape in buffers]


def _may_have_gpu() -> bool:
    """Whether it is worth to look: where Linux shows none, loading what drives GPUs would only take memory."""
    return sys.platform != "linux" or any((*Path("/dev").glob("dri/renderD*"), *Path("/dev").glob("nvidia[0-9]*")))


def _run_s(model: Model) -> float:
    """Seconds that a model takes, after it has run once."""
    values = np.zeros(model.input_shape, model.input_dtype)
    model.run(values)
    times = []
    for _ in range(TIMED_RUNS):
        began = time.perf_counter()
        model.run(values)
        times.append(time.perf_counter() - began)
    return median(times)
