"""The folder that keeps what must outlive a restart: the certificate authority and the tokens."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Final

from webapp.config import Settings

log = logging.getLogger(__name__)

OUR_FILES: Final = ("ca.crt", "issuer.crt", "issuer.key", "server.crt", "server.key", "tokens.json", "deploy")


class SharingError(Exception):
    """Sharing cannot begin; the message says why and what to do."""


def data_dir(settings: Settings) -> Path:
    """The folder: `--data-dir`, else where this system keeps a user's own data."""
    if settings.data_dir:
        return Path(settings.data_dir).expanduser().resolve()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Raut"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Raut"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "raut"


def make_private(folder: Path) -> None:
    """Make the folder, for its owner alone; one that was there becomes so, unless it holds other files, too.

    Raises:
        SharingError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
        if mode & 0o077 and os.name != "nt":
            if all(path.name.removeprefix(".").startswith(OUR_FILES) for path in folder.iterdir()):
                folder.chmod(0o700)
            elif mode & 0o022:
                log.warning(
                    "others may write into %s: choose a --data-dir of its own for certificates and tokens", folder
                )
    except OSError as error:
        raise _cannot_write(folder, error) from None


def read(path: Path) -> bytes | None:
    """A file's bytes; None if it is not there.

    Raises:
        SharingError: it is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SharingError(
            f"cannot read {path}: {error.strerror}; give its owner's rights back, or choose another --data-dir"
        ) from None


def write_private(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, that only its owner may read and write.

    On Windows the mode has no effect; there the user's data folder has an access list of its own.

    Raises:
        SharingError: the folder is read-only, or the disk is full.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise _cannot_write(path.parent, error) from None


def _cannot_write(folder: Path, error: OSError) -> SharingError:
    why = error.strerror or str(error)
    return SharingError(f"cannot write certificates and tokens into {folder}: {why}; choose another --data-dir")
