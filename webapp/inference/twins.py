"""Starts a worker as the twin of another one: forked from it, before it has seen a picture.

Both have what was loaded before in common: of the 48 MB that a worker has for itself, a twin takes 14. It is there after some
milliseconds, without reading anything. The web process, which eventlet has patched, is never forked: it asks
the first worker to fork, twice, and adopts the second child as its own (Linux has a call for that; elsewhere each worker
starts by itself). A lost worker's place is taken by a new one and by no twin: who has seen pictures may have been damaged
by one of them.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from webapp.inference.worker_start import Process, shake_hands

POLL_S: Final = 0.01

_PR_SET_CHILD_SUBREAPER: Final = 36


def adopts_orphans() -> bool:
    """Let this process be the parent of its descendants whose own has ended; whether the system can do that."""
    return sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def start_twin(original: Process, ask: Callable[[bytes], None]) -> tuple[Twin, socket.socket]:
    """Ask a worker for a twin, and wait until it says that it is ready.

    Args:
        original: the worker's process.
        ask: sends it the orders of `wire.TWIN`.

    Returns:
        The twin's process, and the connection to it.

    Raises:
        WorkerError: it did not come.
    """
    secret = secrets.token_hex(32)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ask(json.dumps({"port": listener.getsockname()[1], "secret": secret}).encode())
        connection, pid = shake_hands(original, listener, secret)
    return Twin(pid), connection


class Twin:
    """An adopted process, with what `subprocess.Popen` has for one that was started.

    Attributes:
        pid: its id.
        returncode: its exit status, negative for a signal's number; None while it runs.
    """

    def __init__(self, pid: int):
        """Take the id of a child of this process."""
        self.pid = pid
        self.returncode: int | None = None
        self._waiting = threading.Lock()

    def poll(self) -> int | None:
        """Its exit status, if it has ended."""
        with self._waiting:  # only the first to ask after the end is told
            if self.returncode is None:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:  # until it was waited for, no other process has its id
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(f"worker {self.pid}", timeout or 0.0)
            time.sleep(POLL_S)
        return status
