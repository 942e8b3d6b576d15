"""A command of `run.py` run in the test's own process."""

from __future__ import annotations

from importlib import import_module

from cli.command import run


def raut(command: str, *arguments: object) -> int:
    """The exit status of `run.py COMMAND …`, for a command of train/commands/."""
    module = import_module(f"train.commands.{command.replace('-', '_')}")
    return run(module.command, [str(argument) for argument in arguments], f"run.py {command}")
