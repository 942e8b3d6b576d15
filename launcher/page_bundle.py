"""The pages' scripts and style sheets, bundled at set-up: a page then loads few small files."""

from __future__ import annotations

from bundling import bundle
from bundling.build import build
from launcher.process import run_to_end
from launcher.progress import say, step


def is_ready() -> bool:
    """Whether there is a bundle of the sources as they are now, or nothing to bundle."""
    return not bundle.SOURCES.is_dir() or bundle.read() is not None


def make() -> None:
    """Make it. Without one the pages work as well, and load more slowly: that is said, and ends nothing."""
    with step("bundling the pages' scripts"):
        problem = build(run_to_end)
    if problem:
        say(f"the pages' scripts are served one by one, since they could not be bundled: {problem}")
