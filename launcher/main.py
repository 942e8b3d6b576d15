"""Commands: what run.py understands, and what each one starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from launcher.errors import ROOT, SetupError, of_os_error
from launcher.packages import VENV_PYTHON
from launcher.process import become
from launcher.progress import say
from launcher.setup import set_up
from launcher.version import VERSION

_FAILED = 1
_WRONG_COMMAND_LINE = 2
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
    "deploy": Command("serve by several nodes behind nginx, with Redis between them", "deploy", with_browser=True),
    "test": Command("run the tests", "pytest", for_tests=True, with_browser=True, in_root=True),
    "train": Command("train a CNN from a data set into models/", "train.commands.train"),
    "evaluate": Command("measure the CNNs on the test images", "train.commands.evaluate"),
    "study": Command(
        "answer one question about the CNNs with figures (`study --help` lists them)", "train.commands.study"
    ),
    "report": Command("write one HTML page with all figures of the CNNs", "train.commands.report"),
    "restore": Command("read a shipped int8 file back into a training run", "train.commands.restore"),
    "publish": Command("measure a shipped CNN again and write its model card", "train.commands.publish"),
    "measure-crops": Command("measure where the data sets' images have eyes and mouth", "train.commands.measure_crops"),
    "analyze": Command("print the faces in pictures and videos, as JSON lines", "vision"),
    "translate": Command(
        "bring the pages' texts in all languages up to date with the code", "translations", in_root=True
    ),
    "bench": Command(
        "measure the page or the server (`bench --help` lists how)", "benchmarks", for_tests=True, with_browser=True
    ),
    "setup": Command("only set up, for every command", "", for_tests=True, with_browser=True),
}

SETUP_HELP = f"""usage: python run.py setup

Install everything that any command needs: the Python packages of requirements-dev.lock into
{ROOT / ".venv"} and the browser's libraries of package-lock.json into {ROOT / "node_modules"}.
Every other command installs what it needs itself; this one is for doing it beforehand, as when building an image.
What is there already is kept. It needs the internet, some minutes and about 3 GB of disk.

options:
  -h, --help  show this
  --version   show Raut's version"""


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
    if arguments and arguments[0] == "--version":
        print(f"raut {VERSION}")
        return 0
    name, rest = _split(arguments)
    if name not in COMMANDS:
        say(f"there is no command {name!r}{_suggestion(name, COMMANDS)}: `python run.py --help` lists them")
        return _WRONG_COMMAND_LINE
    if name == "setup" and rest:
        return _answer_setup_option(rest[0])
    command = COMMANDS[name]
    try:
        set_up(command.for_tests, command.with_browser)
        if not command.module:
            return 0
        if command.in_root:
            os.chdir(ROOT)
        return become([VENV_PYTHON, "-m", command.module, *rest])
    except SetupError as error:
        say(str(error))
    except OSError as error:
        say(str(of_os_error(error)))
    except KeyboardInterrupt:
        say("stopped; the next start repairs what is half done")
        return _INTERRUPTED
    return _FAILED


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    if not arguments or arguments[0].startswith("-"):
        return "serve", arguments
    return arguments[0], arguments[1:]


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _answer_setup_option(option: str) -> int:
    """Show what `setup` has to show; it takes no option that changes what it does."""
    shown = {"-h": SETUP_HELP, "--help": SETUP_HELP, "--version": f"raut {VERSION}"}
    if option not in shown:
        say(f"setup takes no {option!r}{_suggestion(option, shown)}: `python run.py setup --help` explains it")
        return _WRONG_COMMAND_LINE
    print(shown[option])
    return 0


def help_text() -> str:
    """What `run.py --help` prints."""
    rows = "\n".join(f"  {name:<15}{command.summary}" for name, command in COMMANDS.items())
    return f"""usage: python run.py [command] [options]

Raut shows facial expression, age and gender, live from a webcam, in the browser.
`python run.py` serves the page on http://localhost:5000. The first start sets everything up.

commands:
{rows}

Everything after a command is that command's own: `python run.py serve --help` lists its options.
Python {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable}); what the set-up makes: {ROOT / ".venv"}, {ROOT / "node_modules"}"""
