"""Help is quick: it imports nothing that takes seconds. And a mistyped word is answered as quickly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import COMMANDS as BENCHMARKS
from launcher.main import COMMANDS
from train.studies import STUDIES

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn", "scipy", "eventlet"}

# A module, as launcher starts it, is run with several command lines one after another; told is what came of each.
PROBE = """
import contextlib, io, json, runpy, sys
told = []
for arguments in json.loads(sys.argv[2]):
    out, err = io.StringIO(), io.StringIO()
    saved, sys.argv = sys.argv, [sys.argv[1], *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_module(saved[1], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as exit:
        status = exit.code or 0
    sys.argv = saved
    told.append([status, out.getvalue(), err.getvalue()])
print(json.dumps({"told": told, "modules": list(sys.modules)}))
"""


def answers(module: str, *command_lines: list[str]) -> list[tuple[int, str, str]]:
    """Exit status, standard output and standard error of each; sees to it that nothing heavy was imported."""
    command = [sys.executable, "-c", PROBE, module, json.dumps(command_lines)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert not HEAVY & set(outcome["modules"])
    return [(status, out, err) for status, out, err in outcome["told"]]


SUBCOMMANDS = {"study": list(STUDIES), "bench": list(BENCHMARKS)}
OURS = [name for name, command in COMMANDS.items() if command.module not in ("", "pytest")]


@pytest.mark.parametrize("name", OURS)
def test_help_and_version_import_nothing_heavy(name: str) -> None:
    helps = [["--help"], *([sub, "--help"] for sub in SUBCOMMANDS.get(name, ()))]
    *shown, version = answers(COMMANDS[name].module, *helps, ["--version"])
    for arguments, (status, out, err) in zip(helps, shown, strict=True):
        words = " ".join(["Usage: run.py", name, *arguments[:-1]])
        assert (status, err) == (0, "")
        assert out.startswith(f"{words} ")
    assert version == (0, "raut 0.1.0\n", "")


@pytest.mark.parametrize("name", OURS)
def test_a_mistyped_flag_is_named_in_one_line_with_a_suggestion(name: str) -> None:
    sub = SUBCOMMANDS.get(name, [])[:1]
    ((status, out, err),) = answers(COMMANDS[name].module, [*sub, "--helb"])
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("raut: no such option '--helb'. Did you mean '--help'?")
    assert line.endswith(f"`python {' '.join(['run.py', name, *sub])} --help` explains it.")


@pytest.mark.parametrize(("name", "mistyped", "meant"), [("study", "sedes", "seeds"), ("bench", "cameres", "cameras")])
def test_a_mistyped_subcommand_is_named(name: str, mistyped: str, meant: str) -> None:
    ((status, _, err),) = answers(COMMANDS[name].module, [mistyped])
    (line,) = err.splitlines()
    assert (status, line.startswith(f"raut: no such command '{mistyped}'. Did you mean '{meant}'?")) == (2, True)


def test_the_command_lines_know_the_methods_of_the_conventional_study() -> None:
    from train.commands.study import METHODS
    from train.studies.conventional.methods import METHODS as THEIRS

    assert tuple(THEIRS) == METHODS


def test_the_command_lines_know_the_backbones() -> None:
    pytest.importorskip("keras")
    from train.commands.options import BACKBONES
    from train.networks.published import BACKBONES as THEIRS

    assert tuple(THEIRS) == BACKBONES
