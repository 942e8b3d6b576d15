"""What has been installed, so that a second start installs nothing.

The stamp lies in .venv and holds, for each lock file that was installed, the hash of its contents, and the
version of the Python that made .venv. It is taken away before anything is changed and put back after: a
folder without it was interrupted, and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from launcher.errors import ROOT

VENV = ROOT / ".venv"
_STAMP = VENV / "raut-setup.json"
SUPPORTED = ("3.10", "3.11", "3.12", "3.13")  # as run.py has it


def read() -> dict[str, str]:
    """What is installed: the name of each lock file -> its hash."""
    return _contents()[1]


def python() -> str | None:
    """The version of the Python that made .venv, as "3.11"; None where .venv is not whole, or that one not supported."""
    return _contents()[0]


def _contents() -> tuple[str | None, dict[str, str]]:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
        python, installed = stamp["python"], dict(stamp["installed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, {}
    return (python, installed) if python in SUPPORTED else (None, {})


def write(installed: dict[str, str]) -> None:
    """Put the stamp back, whole or not at all.

    Args:
        installed: as `read` gives it.
    """
    draft = _STAMP.with_suffix(".draft")
    draft.write_text(json.dumps({"python": _made_with(), "installed": installed}, indent=1), encoding="utf-8")
    draft.replace(_STAMP)


def _made_with() -> str:
    """The version of the Python that made .venv, which need not be the one that runs now: .venv says it itself."""
    said = re.search(r"^version\s*=\s*(\d+\.\d+)", (VENV / "pyvenv.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    return said[1] if said else ""


def take_away() -> None:
    """From now on, until `write`, the folder counts as interrupted."""
    _STAMP.unlink(missing_ok=True)


def hash_of(path: Path) -> str:
    """The hash of a lock file's contents."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
