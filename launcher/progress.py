"""What a person sees of the set-up: on standard error, so that standard output stays a command's own."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_TICK_SECONDS = 0.5


def say(sentence: str) -> None:
    """Print one line of the set-up."""
    print(f"raut: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show one step of the set-up while it is being done.

    Args:
        title: what it does, as "installing packages".
    """
    shown = Step(title)
    shown.start()
    succeeded = False
    try:
        yield shown
        succeeded = True
    finally:
        shown.stop(succeeded)


class Step:
    """One step of the set-up: a line that ticks on a terminal, and plain lines elsewhere.

    Made by `step`; `detail` may be called as often as there is news.
    """

    def __init__(self, title: str):
        """Name the step.

        Args:
            title: what it does, as "installing packages".
        """
        self._title = title
        self._detail = ""
        self._started = time.monotonic()
        self._live = sys.stderr.isatty()
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def start(self) -> None:
        """Begin to tick, or say what begins."""
        if self._live:
            self._ticker.start()
        else:
            say(f"{self._title} ...")

    def detail(self, text: str, worth_a_line: bool = False) -> None:
        """Say what the step is at.

        Args:
            text: as "downloading numpy".
            worth_a_line: print it also where the line cannot tick (a log).
        """
        self._detail = text
        if worth_a_line and not self._live:
            say(f"  {text}")

    def stop(self, succeeded: bool) -> None:
        """End the line.

        Args:
            succeeded: then say how long it took; the reason of a failure is the caller's to tell.
        """
        self._done.set()
        if self._live:
            self._ticker.join()
            sys.stderr.write("\r\x1b[K")
        if succeeded:
            say(f"{self._title}: done in {_duration(time.monotonic() - self._started)}")

    def _tick(self) -> None:
        while not self._done.wait(_TICK_SECONDS):
            line = f"raut: {self._title} ({_duration(time.monotonic() - self._started)}) {self._detail}"
            sys.stderr.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
