"""run.py on Pythons that Raut doesn't run on, and before any set-up."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OLD = ("2.7", "3.6", "3.7", "3.8", "3.9")


def python(version: str) -> str:
    """An installed Python of that version: on the PATH, or one of pyenv's."""
    ours = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    found = str(ours[-1]) if ours else shutil.which(f"python{version}")
    return found or pytest.skip(f"no Python {version} here")


@pytest.mark.parametrize("version", OLD)
def test_an_old_python_says_which_one_is_needed(version: str) -> None:
    done = subprocess.run([python(version), "run.py"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"raut: Python 3.10, 3.11, 3.12 or 3.13 is needed, and this is {version} (")


def test_run_py_keeps_to_syntax_that_old_pythons_read() -> None:
    # where none is installed to try it with
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Match | ast.AsyncFunctionDef)
        assert getattr(node, "returns", None) is None
        assert getattr(node, "annotation", None) is None


def test_the_versions_agree_everywhere() -> None:
    assert 'requires-python = ">=3.10,<3.14"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "OLDEST, NEWEST = (3, 10), (3, 13)" in (ROOT / "run.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_needs_no_set_up(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "run.py", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("serve", "test", "train", "evaluate", "analyze", "bench", "setup"):
        assert f"\n  {command} " in done.stdout


def test_an_unknown_command_is_named() -> None:
    done = subprocess.run([sys.executable, "run.py", "sevre"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("raut: there is no command 'sevre': choose one of serve, test, ")
