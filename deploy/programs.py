"""Programs that a deployment starts, watches and ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

START_S: Final = 60.0
STOP_S: Final = 15.0

AGAIN_S: Final = 5.0
"""Seconds between two starts of one program that ends again and again."""

SYSTEM_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")
"""Where nginx lies on systems that leave it out of a user's PATH."""


class DeployError(RuntimeError):
    """A deployment cannot start; the message says why and what to do."""


def find(program: str, package: str) -> str:
    """The path of a program.

    Args:
        program: its name.
        package: that has it, in Debian and Ubuntu.

    Raises:
        DeployError: it is not installed.
    """
    path = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS]))
    if path is None:
        raise DeployError(
            f"{program} is not installed: `apt install {package}` (Debian, Ubuntu), or on macOS `brew install "
            f"{program.removesuffix('-server')}`; or use the containers of deploy/compose.yaml"
        )
    return path


class Program:
    """One process of a deployment, in a session of its own: Ctrl-C reaches the deployment alone, which ends all in order."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        answers: Callable[[], bool],
        folder: Path,
        log: Path | None,
        environment: Mapping[str, str] | None = None,
    ):
        """Know what to start.

        Args:
            name: for people.
            command: its arguments, the program first.
            answers: whether it does its work.
            folder: in which it runs.
            log: file for what it prints; None for this process's standard error, and without what it prints for people.
            environment: further variables, for what other users should not read in the list of processes.
        """
        self.name = name
        self._command, self._answers, self._folder, self._log = list(command), answers, folder, log
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self._launched_at = 0.0

    def start(self) -> None:
        """Start it, and wait until it does its work.

        Raises:
            DeployError: it ends, or does not answer in time.
        """
        self.launch()
        self.wait_until_it_answers()

    def launch(self) -> None:
        """Start it, and do not wait."""
        self._launched_at = time.monotonic()
        with ExitStack() as stack:
            log = stack.enter_context(self._log.open("ab")) if self._log else None
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log or subprocess.DEVNULL,  # a node's invitation: its own address is not what people open
                stderr=log,
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        """Wait until it does its work.

        Raises:
            DeployError: it ends, or does not answer in time.
        """
        deadline = time.monotonic() + START_S
        while not self._answers():
            if not self.runs():
                raise DeployError(f"{self.name} ended as it started; {self._last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                raise DeployError(f"{self.name} did not answer within {START_S:.0f} s; {self._last_words()}")
            time.sleep(0.05)

    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def is_to_start_again(self) -> bool:
        """Whether it has ended by itself, and not just after its start: what cannot run is not started all the time."""
        return not self.runs() and time.monotonic() - self._launched_at > AGAIN_S

    @property
    def pid(self) -> int:
        """Of its process.

        Raises:
            DeployError: it was not started.
        """
        if self.process is None:
            raise DeployError(f"{self.name} does not run")
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.runs():
            self.process.send_signal(number)

    def ask_to_end(self) -> None:
        """Ask it to end, and do not wait."""
        self.signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to end, and kill it if it does not in time."""
        if self.process is None:
            return
        self.ask_to_end()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _last_words(self) -> str:
        if self._log is None:
            return "what it said stands above"
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"it said: {lines[-1]}" if lines else "it said nothing"
