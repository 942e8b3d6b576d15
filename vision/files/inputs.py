"""What a command line names: files, folders, patterns, and standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = "-"

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
VIDEOS: Final = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"})
"""Endings, in small letters. A folder is searched for these; a file that is named itself may end as it likes."""


@dataclass(frozen=True)
class Input:
    """One picture or video.

    Attributes:
        name: as it is told in the results.
        inside: its path below the folder that was named; of a file that was named itself, its file name.
        error: why there is nothing to read, in one sentence; empty if there is.
    """

    name: str
    inside: Path
    error: str = ""

    @property
    def is_video(self) -> bool:
        """Whether it is read as a video."""
        return Path(self.name).suffix.lower() in VIDEOS


def find(given: Sequence[str]) -> Iterator[Input]:
    """Everything that was named, each file once, folders and patterns in alphabetical order.

    Args:
        given: paths of files or folders, patterns (`*`, `?`, `[…]`, and `**` for any folders), or `-`.

    Yields:
        What to read; what there is not is an input with an error.
    """
    seen: set[str] = set()
    for one in (found for name in given for found in _named(name)):
        where = one.name if one.name == STANDARD_INPUT else os.path.realpath(one.name)
        if one.error or where not in seen:
            seen.add(where)
            yield one


def _named(name: str) -> Iterator[Input]:
    if name == STANDARD_INPUT:
        yield Input(name, Path("standard-input.jpg"))
    elif os.path.isdir(name):  # noqa: PTH112 - which is false, and no error, where one may not look
        yield from _in_folder(name)
    elif os.path.lexists(name) or not glob.has_magic(name):
        yield Input(name, Path(Path(name).name))
    else:
        # Shells on Windows leave patterns to the program; elsewhere they may be quoted.
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - which would take no absolute pattern
        if not matches:
            yield Input(name, Path(), f"no file matches {name}")
        for match in matches:
            yield from _named(match) if os.path.isdir(match) else [Input(match, Path(Path(match).name))]  # noqa: PTH112


def _in_folder(folder: str) -> Iterator[Input]:
    errors: list[Input] = []
    found = False

    def note(error: OSError) -> None:
        errors.append(Input(str(error.filename), Path(), f"cannot read {error.filename}: {error.strerror}"))

    for above, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in sorted(files):
            path = Path(above) / file
            if path.suffix.lower() in PICTURES | VIDEOS and not file.startswith("."):
                found = True
                yield Input(str(path), path.relative_to(folder))
        yield from errors
        errors.clear()
    yield from errors
    if not found and not errors:
        yield Input(folder, Path(), f"{folder} has no JPEG, PNG, WebP or video in it")
