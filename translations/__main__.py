"""`python run.py translate`: brings the catalogues up to date with the pages' code."""

from __future__ import annotations

import sys

import click

from cli.command import run, version_option
from translations.update import problems, update
from translations.usage import find_usage


@click.command()
@version_option
@click.option("--check", is_flag=True, help="Change nothing; only say what is missing, unused or not translated.")
def command(check: bool) -> int:
    """Add every text that templates, scripts and server ask for to translations/*.po, and list what is left to write.

    The exit status is 1 while something is left.
    """
    usage = find_usage()
    if not check:
        update(usage)
    left = problems(usage)
    for line in left:
        click.echo(line)
    if not left:
        click.echo("every text is there, used and translated")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(run(command, None, "run.py translate"))
