"""What has been installed, so that a second start installs nothing.

The stamp lies in .venv and holds, for each lock file that was installed, the hash of its contents, and the
Python it was installed for. It is taken away before anything is changed and put back after: a folder
without it was interrupted, and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from launcher.errors import ROOT

VENV = ROOT / ".venv"
_STAMP = VENV / "raut-setup.json"
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def read() -> dict[str, str]:
    """What is installed: the name of each lock file -> its hash."""
    return _contents() or {}


def _contents() -> dict[str, str] | None:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
        return dict(stamp["installed"]) if stamp["python"] == _PYTHON else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_there() -> bool:
    """Whether .venv is whole, and made by this version of Python."""
    return _contents() is not None


def write(installed: dict[str, str]) -> None:
    """Put the stamp back, whole or not at all.

    Args:
        installed: as `read` gives it.
    """
    draft = _STAMP.with_suffix(".draft")
    draft.write_text(json.dumps({"python": _PYTHON, "installed": installed}, indent=1), encoding="utf-8")
    draft.replace(_STAMP)


def take_away() -> None:
    """From now on, until `write`, the folder counts as interrupted."""
    _STAMP.unlink(missing_ok=True)


def hash_of(path: Path) -> str:
    """The hash of a lock file's contents."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
