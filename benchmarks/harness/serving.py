"""A real server in a process of its own, for the benchmarks and the end-to-end tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 15.0


def free_port() -> int:
    """A TCP port on loopback that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m webapp` on a loopback port: started, stopped, and started again on the same port."""

    def __init__(self, port: int | None = None, *arguments: str) -> None:
        self.port = port or free_port()
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id.

        Raises:
            RuntimeError: it is not running.
        """
        if self.process is None:
            raise RuntimeError("The server is not running: start it first.")
        return self.process.pid

    def start(self) -> None:
        """Starts it, and waits until it answers.

        Raises:
            RuntimeError: if it ends at once, or does not answer in time.
        """
        command = [sys.executable, "-m", "webapp", "--host", "127.0.0.1", "--port", str(self.port), *self.arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"The server ended with status {self.process.returncode}; its message is above.")
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The server did not answer on {self.url}/healthz in {START_TIMEOUT_S:.0f} s.")
            time.sleep(0.05)

    def stop(self) -> None:
        """Asks it to end, and kills it if it does not in time."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def answers(self) -> bool:
        """Whether `/healthz` says that it is well."""
        try:
            return self.health().get("status") == "ok"
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def health(self) -> dict:
        """The answer of `/healthz`."""
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
            health: dict = json.load(response)
            return health


@contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    """A server for the length of a `with` block.

    Args:
        *arguments: further flags of `python -m webapp`.
    """
    server = Server(None, *arguments)
    server.start()
    try:
        yield server
    finally:
        server.stop()
