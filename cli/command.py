"""Running a command: its exit status, and one sentence on standard error for whatever goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final

import click

from cli.os_errors import sentence_of
from launcher.version import VERSION

FAILED: Final = 1
WRONG_COMMAND_LINE: Final = 2
INTERRUPTED: Final = 130
"""What shells give for Ctrl-C."""

CONTEXT: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
"""What every command line has of click's context settings."""

version_option = click.version_option(VERSION, message="raut %(version)s")
"""`--version`, for the top level of a command line."""


def run(command: click.Command, arguments: Sequence[str] | None, name: str) -> int:
    """Run a command to its end.

    Args:
        command: returns its exit status, or nothing for 0; `click.pass_obj` gives it the command line as it was typed.
        arguments: the command line; None for the process's own.
        name: what a person types to get here, as `run.py train`.

    Returns:
        The exit status: the command's own; 1 when a ValueError, RuntimeError or OSError ended it and 2 for a wrong
        command line, both with one sentence on standard error; 130 after Ctrl-C.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return command.main(given, prog_name=name, standalone_mode=False, obj=tuple(given), **CONTEXT) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_COMMAND_LINE
    except click.UsageError as error:
        say(usage_sentence(error))
        return WRONG_COMMAND_LINE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except OSError as error:
        say(sentence_of(error))
        return FAILED
    except (ValueError, RuntimeError) as error:
        say(str(error))
        return FAILED


def say(sentence: str) -> None:
    """Print one sentence for people on standard error, which leaves standard output to figures and results."""
    click.echo(f"raut: {sentence}", err=True)


def usage_sentence(error: click.UsageError) -> str:
    """What is wrong with a command line, what was meant perhaps, and where the options are listed, in one line."""
    message = error.format_message()
    if isinstance(error, click.exceptions.NoSuchOption | click.exceptions.NoSuchCommand) and error.possibilities:
        message = f"{error.message} Did you mean {error.possibilities[0]!r}?"  # the closest one
    sentence = " ".join(f"{message[:1].lower()}{message[1:]}".split())
    if not sentence.endswith(("?", ".")):
        sentence += "."
    return f"{sentence} `python {error.ctx.command_path} --help` explains it." if error.ctx else sentence


class Choice(click.Choice[str]):
    """One of a few words; a mistyped one is told which word is close to it."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Click's sentence, and a suggestion where there is one."""
        message = super().get_invalid_choice_message(value, ctx)
        close = get_close_matches(str(value), self.choices, n=1)
        return f"{message} Did you mean {close[0]!r}?" if close else message


class LazyCommand(click.Command):
    """A command of a group whose module is imported when the command is used, not to list it."""

    def __init__(self, name: str, module: str, summary: str) -> None:
        """Stand for a command.

        Args:
            name: as it is typed.
            module: holds the real one, called `command`.
            summary: its line in the group's help.
        """
        super().__init__(name, short_help=summary)
        self._module = module

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The real command's."""
        command: click.Command = import_module(self._module).command
        return command.make_context(info_name, args, parent, **extra)


def group_of(summaries: Mapping[str, str], modules: str, help_text: str) -> click.Group:
    """A group of lazy commands.

    Args:
        summaries: name -> its line in the help.
        modules: the package that has a module of each name.
        help_text: what the group is for.
    """
    commands = [LazyCommand(name, f"{modules}.{name}", summary) for name, summary in summaries.items()]
    return version_option(click.Group(commands=commands, help=help_text))


def main_of(command: click.Command, name: str) -> None:
    """What a module does that is started by `python -m`: run the command and end the process."""
    sys.exit(run(command, None, name))
