"""One set-up at a time in a folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from launcher.errors import ROOT
from launcher.progress import say

_RETRY_SECONDS = 0.5


@contextmanager
def only_one_setup() -> Iterator[None]:
    """Wait until no other set-up of this folder runs, and keep others waiting meanwhile.

    The lock is the system's own, so it ends with its holders however they end. On POSIX the installers
    inherit it: should run.py be killed outright, the next one waits until they have stopped writing too.
    """
    handle = os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.set_inheritable(handle, True)
        if not _try_lock(handle):
            say("another set-up is running in this folder: waiting for it to end ...")
            while not _try_lock(handle):
                time.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
