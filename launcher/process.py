"""Other programs: run to their end for the set-up, or started in run.py's place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from launcher.errors import ROOT

# Settings of the user's that would make a virtual environment's Python work elsewhere.
_MISLEADING = ("PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")


def environment(base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for what run.py starts, with Raut's modules found from any working folder.

    Args:
        base: what it is made of; by default the user's.
    """
    kept = {name: value for name, value in base.items() if name not in _MISLEADING}
    # SAFEPATH: a file that happens to be named like a module, in the folder one is in, is not imported.
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}


def run_to_end(
    command: Sequence[str | Path],
    settings: Mapping[str, str] | None = None,
    base: Mapping[str, str] = os.environ,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run an installer; it does not outlive us.

    Args:
        command: program and arguments.
        settings: further environment variables.
        base: the environment before those; by default the user's.
        on_line: called with each line of its output as it comes.

    Returns:
        Its exit status and all that it printed.
    """
    lines: list[str] = []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment(base) | {"PYTHONUNBUFFERED": "1"} | dict(settings or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # it inherits the lock: see lock.py
    ) as installer:
        try:
            for line in installer.stdout or ():
                lines.append(line)
                if on_line:
                    on_line(line.rstrip())
            return installer.wait(), "".join(lines)
        except BaseException:
            installer.terminate()
            raise


def become(command: Sequence[str | Path]) -> int:
    """Start a command in run.py's place: its signals, its output and its exit status are the command's.

    Args:
        command: program and arguments.

    Returns:
        Its exit status, on Windows; elsewhere the command takes over this process.
    """
    arguments = [str(part) for part in command]
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        return _stay_beside(arguments)
    os.execve(arguments[0], arguments, environment())  # noqa: S606 - no shell is wanted


def _stay_beside(arguments: list[str]) -> int:
    with subprocess.Popen(arguments, env=environment()) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # Windows gives Ctrl-C to both; the child decides what it means
                continue
