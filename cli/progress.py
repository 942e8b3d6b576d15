"""How far long work is: a bar on a terminal, and lines where standard error is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

import click

Step = TypeVar("Step")

_bars: list[Callable[[str], None]] = []
"""Of the bars on the terminal, what shows a text on it; the innermost last."""


def progress(steps: Collection[Step], label: str, name_of: Callable[[Step], str] = str) -> Iterator[Step]:
    """The steps one after another.

    Args:
        steps: what is gone through.
        label: what is done: `robustness of expression`.
        name_of: what a step is called.

    Yields:
        Each step, while a bar says which it is and for how long it will go on; without a terminal a line is printed.
    """
    if not sys.stderr.isatty():
        for number, step in enumerate(steps, 1):
            print(f"{label}, {number} of {len(steps)}: {name_of(step)}", flush=True)
            yield step
        return

    def shown(step: Step | None) -> str:
        return "" if step is None else ", ".join(filter(None, (name_of(step), told[0])))

    told = [""]
    with click.progressbar(steps, label=label, show_pos=True, item_show_func=shown, file=sys.stderr) as bar:

        def show(text: str) -> None:
            told[0] = text
            bar.render_progress()

        for step in bar:
            told[0] = ""
            _bars.append(show)
            try:
                yield step
            finally:
                _bars.pop()


def has_bar() -> bool:
    """Whether a bar is on the terminal now: what is printed meanwhile would tear it."""
    return bool(_bars)


def tell(text: str) -> None:
    """Show beside a step's name how far the step itself is; nothing where there is no bar."""
    if _bars:
        _bars[-1](text)


def in_parts(count: int, size: int) -> list[slice]:
    """So many items as slices of at most `size`, to be gone through with `progress`."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
