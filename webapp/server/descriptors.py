"""File descriptors: as many as the system allows, and waiting while none is left."""

from __future__ import annotations

import errno
import importlib
import socket
import time
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Final

WANTED: Final = 65_536

PASSING: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED, errno.ECONNRESET, errno.EPIPE}
)
"""Errors of `accept` that pass."""


# Windows has no such limit, and no such module.
resource: Any = importlib.import_module("resource") if find_spec("resource") else None


def raise_limit() -> None:
    """Raise this process's limit of open files to `WANTED`, or as far as the system allows.

    A shell gives 1,024 by default; a program may raise that itself.
    """
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if 0 <= soft < most:
        with suppress(OSError, ValueError):  # some systems have a lower limit than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def open_files() -> int:
    """How many files this process may have open."""
    soft = WANTED if resource is None else resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return WANTED if resource is not None and soft == resource.RLIM_INFINITY else soft


class PatientListener:
    """A listening socket whose `accept` waits while the system has no file descriptors left.

    eventlet's server ends at the first `accept` that fails: opening many connections would be enough to stop it.
    Werkzeug's tries again without a pause.
    """

    def __init__(self, listener: socket.socket):
        """Wrap a listening socket."""
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        """Take everything else from the socket."""
        return getattr(self._listener, name)

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; waits while the system cannot give one."""
        while True:
            try:
                return self._listener.accept()
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                time.sleep(0.05)
