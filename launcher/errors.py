"""What can go wrong in the set-up, as sentences that a person can act on."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NETWORK_HINT = "connect this machine to the internet (or set PIP_PROXY and HTTPS_PROXY to your proxy) and run it again"


class SetupError(Exception):
    """The set-up cannot go on; the message is one clear sentence that says what to do."""


def disk_full() -> SetupError:
    """The disk ran full while something was being installed."""
    return SetupError(
        f"the disk is full: set-up needs about 3 GB in {ROOT} and 1 GB for a while in {tempfile.gettempdir()} "
        "(TMPDIR names another place); free some space and run it again"
    )


def of_os_error(error: OSError) -> SetupError:
    """Put an operating system's error during set-up into a sentence.

    Args:
        error: as caught; its `filename` is named where it has one.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            f"no permission for {error.filename or ROOT}: set-up makes .venv and node_modules in {ROOT}, "
            "so put Raut into a folder of your own, or start it as the folder's owner"
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return SetupError(
            f"{error.filename or ROOT} is in the way: set-up makes folders .venv and node_modules and a file .venv.lock "
            f"in {ROOT}; move it away and run it again"
        )
    return SetupError(f"set-up failed: {error}")
