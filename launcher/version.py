"""Raut's version, which stands in pyproject.toml and nowhere else."""

from __future__ import annotations

import re
from typing import Final

from launcher.errors import ROOT


def _read() -> str:
    # tomllib came with Python 3.11, and 3.10 is supported.
    stated = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    if stated is None:
        raise ValueError(f"{ROOT / 'pyproject.toml'} states no version")
    return stated[1]


VERSION: Final = _read()
