"""Commands: what run.py understands, and what each one starts."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from launcher.errors import ROOT, SetupError
from launcher.packages import VENV_PYTHON
from launcher.process import become
from launcher.progress import say
from launcher.setup import set_up

_INTERRUPTED = 130  # what shells give for Ctrl-C


@dataclass(frozen=True)
class Command:
    """One command of run.py.

    Attributes:
        summary: its line in the help.
        module: what `python -m` starts, in .venv; empty for the set-up alone.
        for_tests: it needs requirements-dev.txt.
        with_browser: it needs the libraries that the page loads.
        in_root: it runs in the repository's folder, whatever folder one is in.
    """

    summary: str
    module: str
    for_tests: bool = False
    with_browser: bool = False
    in_root: bool = False


COMMANDS = {
    "serve": Command("serve the page (this is what no command means)", "webapp", with_browser=True),
    "test": Command("run the tests", "pytest", for_tests=True, with_browser=True, in_root=True),
    "train": Command("train a CNN from a data set into models/", "train"),
    "evaluate": Command("judge the CNNs on the test sets", "train.evaluation.evaluate"),
    "study": Command("answer one question about the CNNs with figures (`study --help` lists them)", "train.studies"),
    "report": Command(
        "write one HTML page with all figures of the CNNs, beside the paper's and the peers'", "train.report"
    ),
    "analyze": Command("print the faces in image files, one JSON line a file", "vision"),
    "bench": Command("measure the page or the server", "benchmarks", for_tests=True, with_browser=True),
    "setup": Command("only set up, for every command", "", for_tests=True, with_browser=True),
}


def main(arguments: list[str]) -> int:
    """Set up what is missing, then become the command.

    Args:
        arguments: the command line without run.py itself.

    Returns:
        The exit status, where the command did not take this process's place.
    """
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(help_text())
        return 0
    name, rest = _split(arguments)
    if name not in COMMANDS:
        say(f"there is no command {name!r}: choose one of {', '.join(COMMANDS)} (python run.py --help explains them)")
        return 2
    command = COMMANDS[name]
    try:
        set_up(command.for_tests, command.with_browser)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped; the next start repairs what is half done")
        return _INTERRUPTED
    if not command.module:
        return 0
    if command.in_root:
        os.chdir(ROOT)
    return become([VENV_PYTHON, "-m", command.module, *rest])


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    if not arguments or arguments[0].startswith("-"):
        return "serve", arguments
    return arguments[0], arguments[1:]


def help_text() -> str:
    """What `run.py --help` prints."""
    rows = "\n".join(f"  {name:<10}{command.summary}" for name, command in COMMANDS.items())
    return f"""usage: python run.py [command] [options]

Raut shows facial expression, age and gender, live from a webcam, in the browser.
`python run.py` serves the page on http://localhost:5000. The first start sets everything up.

commands:
{rows}

Everything after a command is that command's own: `python run.py serve --help` lists its options.
Python {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable}); what the set-up makes: {ROOT / ".venv"}, {ROOT / "node_modules"}"""
