"""Running a command: what its exit status is, and the one sentence for whatever goes wrong."""

from __future__ import annotations

import errno

import click
import pytest

from cli.command import Choice, group_of, run, version_option


@click.command()
@version_option
@click.option("--colour", type=Choice(("red", "green")), default="red")
@click.option("--fail", default="")
@click.pass_obj
def paint(arguments: tuple[str, ...], *, colour: str, fail: str) -> int | None:
    """Paint."""
    errors: dict[str, BaseException] = {
        "value": ValueError("no such wall"),
        "runtime": RuntimeError("no brush"),
        "full": OSError(errno.ENOSPC, "No space left on device", "wall.png"),
        "ctrl-c": KeyboardInterrupt(),
        "bug": KeyError("wall"),
    }
    if fail in errors:
        raise errors[fail]
    print(colour, *arguments)
    return 7 if colour == "green" else None


HELP = " `python run.py paint --help` explains it."


# What is typed, and: exit status, standard output, standard error.
@pytest.mark.parametrize(
    ("arguments", "status", "output", "error"),
    [
        pytest.param([], 0, "red", "", id="nothing returned is 0"),
        pytest.param(["--colour", "green"], 7, "green --colour green", "", id="its own status"),
        pytest.param(["--version"], 0, "raut 0.1.0", "", id="version"),
        pytest.param(["--fail", "value"], 1, "", "raut: no such wall", id="a value that cannot be used"),
        pytest.param(["--fail", "runtime"], 1, "", "raut: no brush", id="something is missing"),
        pytest.param(["--fail", "ctrl-c"], 130, "", "", id="Ctrl-C"),
        pytest.param(
            ["--fail", "full"],
            1,
            "",
            "raut: the disk is full (wall.png): free some space, or name a folder on another disk",
            id="the system refuses",
        ),
        pytest.param(
            ["--color", "red"], 2, "", f"raut: no such option '--color'. Did you mean '--colour'?{HELP}", id="flag"
        ),
        pytest.param(
            ["--colour", "gren"],
            2,
            "",
            f"raut: invalid value for '--colour': 'gren' is not one of 'red', 'green'. Did you mean 'green'?{HELP}",
            id="choice",
        ),
        pytest.param(["wall"], 2, "", f"raut: got unexpected extra argument (wall).{HELP}", id="too much"),
    ],
)
def test_status_and_sentence(
    arguments: list[str], status: int, output: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(paint, arguments, "run.py paint") == status
    printed = capsys.readouterr()
    assert (printed.out.strip(), printed.err.strip()) == (output, error)


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(KeyError):
        run(paint, ["--fail", "bug"], "run.py paint")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(paint, [flag], "run.py paint") == 0
    assert "Usage: run.py paint [OPTIONS]" in capsys.readouterr().out


def test_a_group_lists_its_commands_and_imports_only_the_one_that_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    group = group_of({"command": "a module that is not there", "figures": "no command in it"}, "cli", "Try.")
    assert run(group, ["--help"], "run.py try") == 0
    assert "a module that is not there" in capsys.readouterr().out
    assert run(group, ["figure"], "run.py try") == 2
    assert "Did you mean 'figures'?" in capsys.readouterr().err
    assert run(group, [], "run.py try") == 2
    assert "Usage: run.py try" in capsys.readouterr().err
    with pytest.raises(AttributeError):  # it was imported now
        run(group, ["figures"], "run.py try")
