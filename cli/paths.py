"""Paths that a command is to write: what cannot work is said before the work, not after hours of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class OutputFile(click.ParamType[Path]):
    """A file that can be written, and its folder made; nothing is made yet."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; fails where it cannot be a file."""
        path = Path(value)
        problem = why_no_file(path)
        if problem:
            self.fail(problem, param, ctx)
        return path


class OutputFolder(click.ParamType[Path]):
    """A folder that can be written to, or made; nothing is made yet."""

    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; fails where it cannot be a folder."""
        path = Path(value)
        problem = why_no_folder(path)
        if problem:
            self.fail(problem, param, ctx)
        return path


def why_no_file(path: Path) -> str:
    """Why a file cannot be written; empty where it can."""
    if os.path.isdir(path):  # noqa: PTH112 - which is false, and no error, where one may not look
        return f"{path} is a folder, and a file is needed"
    if os.path.exists(path):  # noqa: PTH110
        return "" if os.access(path, os.W_OK) else f"{path} cannot be written: this user has no permission for it"
    return why_no_folder(path.absolute().parent)


def why_no_folder(path: Path) -> str:
    """Why a folder cannot be written to, nor made; empty where it can."""
    nearest = next((above for above in (path, *path.absolute().parents) if os.path.lexists(above)), path)
    if not os.path.isdir(nearest):  # noqa: PTH112
        return f"{nearest} is a file, and a folder is needed"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"{nearest} cannot be written to: this user has no permission for it, or its disk is read-only"
    return ""
