"""Models on a GPU: Chromium carries a driver (SwiftShader) that computes on the processor what a GPU would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest

from vision import devices
from vision.devices import AUTO, DEVICES, NO_GPU, load_fastest, loading_on
from vision.litert import LiteModel
from vision.tasks import AGE
from webapp import config
from webapp.config import read_settings
from webapp.inference.worker_link import WorkerLink
from webapp.inference.worker_start import WorkerError

ROOT = Path(__file__).resolve().parents[2]

SOFTWARE_GPU = Path("/usr/lib/chromium/vk_swiftshader_icd.json")

PROGRAM = """
import json, sys
import numpy as np
from vision.devices import GPU, loading_on
from vision.litert import LiteModel
from vision.tasks import AGE, EXPRESSION
from vision.detection import blazeface_folder
apart = {}
faces = [blazeface_folder() / f"face_detection_{name}.tflite" for name in ("short_range", "full_range_sparse")]
for path in (EXPRESSION.model(), AGE.model(), *faces):
    on_cpu, on_gpu = LiteModel(path), loading_on(GPU)(path)
    values = np.random.default_rng(1).integers(0, 256, on_cpu.input_shape)
    values = values.astype(np.uint8) if on_cpu.input_dtype == np.uint8 else (values / 127.5 - 1).astype(np.float32)
    for _ in range(2):  # the second run must not see what the first has left
        outputs = list(zip(on_cpu.run(values), on_gpu.run(values), strict=True))
    apart[path.stem if path in faces else path.parent.name] = [float(abs(one - other).max()) for one, other in outputs]
open(sys.argv[1], "w").write(json.dumps(apart))
"""

MOST_APART = 0.15
"""Between logits of up to 3: int8's own rounding, which floats do not have."""


@pytest.mark.skipif(
    not SOFTWARE_GPU.is_file() or find_library("vulkan") is None,
    reason="no Chromium with SwiftShader, or no Vulkan loader (libvulkan1)",
)
def test_models_say_the_same_on_a_gpu(tmp_path: Path) -> None:
    told = tmp_path / "apart.json"  # LiteRT writes to standard output as well
    environment = {**os.environ, "VK_ICD_FILENAMES": str(SOFTWARE_GPU), "VK_DRIVER_FILES": str(SOFTWARE_GPU)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(told)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    apart = json.loads(told.read_text())
    assert max(apart["expression"] + apart["age"]) < MOST_APART
    assert 0 < max(apart["face_detection_short_range"]) < 1e-2, "floats on both"
    assert max(apart["face_detection_full_range_sparse"]) == 0, "on the processor in any case"


def test_who_asks_for_a_gpu_where_there_is_none_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VK_ICD_FILENAMES", "VK_DRIVER_FILES"):
        monkeypatch.setenv(name, "/no/driver.json")
    with pytest.raises(WorkerError) as told:
        WorkerLink(read_settings(["--device", "gpu"]), lambda _: None)
    assert str(told.value) == NO_GPU


def test_without_a_gpu_the_processor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_may_have_gpu", lambda: False)
    assert isinstance(loading_on(AUTO)(AGE.model()), LiteModel)


@pytest.mark.parametrize(("gpu_s", "faster"), [(0.001, "gpu"), (0.1, "cpu")])
def test_the_faster_device_is_taken(monkeypatch: pytest.MonkeyPatch, gpu_s: float, faster: str) -> None:
    class Gpu(LiteModel):
        """A stand-in that takes its time: which device wins is no matter of this machine's speed."""

    monkeypatch.setattr(devices, "_may_have_gpu", lambda: True)
    monkeypatch.setattr(devices, "GpuModel", Gpu)
    monkeypatch.setattr(devices, "_run_s", lambda model: gpu_s if isinstance(model, Gpu) else 0.01)
    model = load_fastest(AGE.model())
    assert isinstance(model, Gpu) == (faster == "gpu")
    assert model.run(np.zeros(model.input_shape, np.uint8))


def test_the_server_offers_every_device() -> None:
    assert config.DEVICES == DEVICES
