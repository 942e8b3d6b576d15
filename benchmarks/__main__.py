"""`python -m benchmarks COMMAND`: each command is a module here with `main(arguments) -> exit status`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

COMMANDS: Final = {
    "live": "the whole page in a real Chromium: results a second and round trip",
    "cameras": "several cameras at once: results a second of each, and what they cost",
    "soak": "cameras and watchers come and go: memory, file descriptors and FPS over time",
    "frames": "the server alone: CPU milliseconds a frame, by stage, and the event loop's lag",
    "screenshot": "the picture in the README, from the real page with the portrait before its camera",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command that the first argument names, with the rest."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    command, *rest = arguments
    if command not in COMMANDS:
        print(f"bench: there is no command {command!r}.\n{usage()}", file=sys.stderr)
        return 2
    try:
        status: int = import_module(f"benchmarks.{command}").main(rest)
    except RuntimeError as error:  # what a person can act on: no browser, no server, nothing measured
        print(f"bench {command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def usage() -> str:
    """The commands, one a line."""
    lines = [f"  {name:11} {about}" for name, about in COMMANDS.items()]
    return "\n".join(["usage: run.py bench COMMAND [--json FILE] [options]", "", *lines])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
