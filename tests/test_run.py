"""run.py on Pythons that Raut doesn't run on, and before any set-up."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.main import COMMANDS
from launcher.version import VERSION

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


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with run.py that was never set up, and cannot be: nothing asked of it here may need that."""
    shutil.copy(ROOT / "run.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("launcher", "bundling"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def raut(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "run.py", *arguments], cwd=folder, capture_output=True, text=True)
    assert not (folder / ".venv").exists()
    return done


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_needs_no_set_up(bare: Path, arguments: list[str]) -> None:
    done = raut(bare, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize("arguments", [["setup", "--help"], ["setup", "-h"]])
def test_the_help_of_setup_needs_none_either(bare: Path, arguments: list[str]) -> None:
    done = raut(bare, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python run.py setup\n")


@pytest.mark.parametrize("arguments", [["--version"], ["setup", "--version"]])
def test_the_version_is_pyproject_s(bare: Path, arguments: list[str]) -> None:
    pyproject = bare / "pyproject.toml"
    pyproject.write_text(re.sub(r'(?m)^version = "[^"]+"', 'version = "12.3.4"', pyproject.read_text(encoding="utf-8")))
    done = raut(bare, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "raut 12.3.4\n", "")


def test_the_version_stands_in_one_place() -> None:
    named = subprocess.run(
        ["git", "grep", "--files-with-matches", "--fixed-strings", f'"{VERSION}"', "--", ":!*.lock", ":!tests"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if named.returncode > 1:
        pytest.skip("not a git checkout")
    assert named.stdout.split() == ["pyproject.toml"]


# What is typed, and the one line that is said.
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["sevre"], "there is no command 'sevre' (did you mean 'serve'?)", id="a slip"),
        pytest.param(["frobnicate"], "there is no command 'frobnicate'", id="like none"),
        pytest.param(["setup", "--hlep"], "setup takes no '--hlep' (did you mean '--help'?)", id="a flag of setup"),
        pytest.param(["setup", "now"], "setup takes no 'now'", id="more than setup"),
    ],
)
def test_a_mistyped_word_is_named(bare: Path, arguments: list[str], sentence: str) -> None:
    done = raut(bare, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"raut: {sentence}: `python run.py ")
