"""The house keeps its shape: imports point one way, modules stay small, lint and types are clean."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("launcher", "vision", "train", "webapp", "benchmarks")

# part -> the parts that it may import, beside itself
MAY_IMPORT: dict[str, set[str]] = {
    "launcher": set(),
    "vision": set(),
    "train": {"vision"},
    "webapp": {"vision"},
    "benchmarks": {"vision", "webapp", "train"},
}
# part -> packages of others that it must not import, so that it stays light
MUST_NOT_IMPORT = {
    "vision": {"flask", "flask_socketio", "socketio", "eventlet", "gevent", "keras", "tensorflow"},
    "webapp": {"keras", "tensorflow", "sklearn", "matplotlib"},
    "train": {"flask", "flask_socketio", "socketio", "eventlet", "gevent"},
}
# vision.litert falls back to TensorFlow's interpreter, on a machine without a wheel of LiteRT
ALLOWED = {("vision/litert.py", "tensorflow")}

LONGEST_MODULE = 300


def modules(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


ALL_MODULES = [ROOT / "run.py", *(path for part in (*PARTS, "tests") for path in modules(part))]


def imports(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield path.relative_to(ROOT).parts[0] if node.level else (node.module or "").split(".")[0]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("part", PARTS)
def test_imports_point_one_way(part: str) -> None:
    ours = {*PARTS, "tests", "run"}
    allowed = MAY_IMPORT[part] | {part}
    wrong = {(name(path), other) for path in modules(part) for other in imports(path) if other in ours - allowed}
    assert not wrong


@pytest.mark.parametrize("part", MUST_NOT_IMPORT)
def test_parts_stay_light(part: str) -> None:
    wrong = {(name(path), other) for path in modules(part) for other in imports(path) if other in MUST_NOT_IMPORT[part]}
    assert wrong <= ALLOWED


def test_run_py_needs_the_standard_library_only() -> None:
    wrong = {
        (name(path), other)
        for path in (ROOT / "run.py", *modules("launcher"))
        for other in imports(path)
        if other not in {*sys.stdlib_module_names, "launcher"}
    }
    assert not wrong


def test_importing_vision_loads_no_server_and_no_tensorflow() -> None:
    heavy = sorted(MUST_NOT_IMPORT["vision"])
    code = f"import sys, vision.pipeline; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


@pytest.mark.parametrize("path", ALL_MODULES, ids=name)
def test_a_module_is_read_at_a_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "check",
    [["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"], ["mypy"]],
    ids=" ".join,
)
def test_lint_and_types_are_clean(check: list[str], tmp_path: Path) -> None:
    cache = ["--cache-dir", str(tmp_path)] if check == ["mypy"] else []
    done = subprocess.run([sys.executable, "-m", *check, *cache], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
