"""An environment for each system, under a cache folder, and its runner as a process there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.other_systems.table import Peer

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
INSTALL_TIMEOUT_S: Final = 1800.0
ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"
)


class AbsentError(Exception):
    """A system could not be installed or started; the message says why."""


class Runner:
    """A runner's process: it has one core, and works only when it is asked for frames."""

    def __init__(self, command: Sequence[str | Path], environment: dict[str, str] | None = None):
        """Start it; the command names the folder that has the clip."""
        self._core = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env=os.environ | ONE_THREAD | (environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._core is not None:
            os.sched_setaffinity(self._process.pid, {self._core})

    def frames(self, count: int) -> dict[str, Any]:
        """Let it do some more frames.

        Returns:
            `ms` and `faces` of each, and what was `found` on the last.

        Raises:
            AbsentError: it has ended.
        """
        assert self._process.stdin is not None  # noqa: S101  (both are pipes)
        assert self._process.stdout is not None  # noqa: S101
        try:
            print(count, file=self._process.stdin, flush=True)
            while line := self._process.stdout.readline():
                if line.startswith('{"ms"'):  # libraries print lines of their own
                    answer: dict[str, Any] = json.loads(line)
                    return answer
        except OSError:
            pass
        raise AbsentError(f"its runner ended (exit status {self._process.wait()})")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def ours(way: str, folder: Path) -> Runner:
    """Raut itself; `way` is `live` or `pictures`."""
    return Runner([sys.executable, "-m", "benchmarks.other_systems.run_raut", folder, way])


def runner_of(peer: Peer, folder: Path, cache: Path) -> Runner:
    """A peer's runner; what it needs is installed first where it is not there yet.

    Args:
        peer: whose.
        folder: has the clip.
        cache: where the environments are.

    Raises:
        AbsentError: it cannot be installed or started here.
    """
    file, *arguments = peer.runner
    environment = _installed(peer, cache)
    command: list[str | Path] = [HERE / file, folder, *arguments]
    if peer.is_javascript:
        return Runner(["node", *command], {"NODE_PATH": str(environment / "node_modules")})
    return Runner([_python(environment), *command])


def _installed(peer: Peer, cache: Path) -> Path:
    wanted = hashlib.sha256("\n".join([*peer.packages, *peer.bare, sys.version]).encode()).hexdigest()[:16]
    environment = cache / wanted
    complete = environment / "complete"
    if not complete.is_file():
        print(f"installing {peer.name} into {environment}: {', '.join((*peer.bare, *peer.packages))}", file=sys.stderr)
        shutil.rmtree(environment, ignore_errors=True)
        environment.mkdir(parents=True)
        for command in _installers(peer, environment):
            _run(command, environment)
        complete.touch()
    return environment


def _installers(peer: Peer, environment: Path) -> list[list[str]]:
    if peer.is_javascript:
        npm = shutil.which("npm")
        if npm is None:
            raise AbsentError("Node and npm are not installed")
        (environment / "package.json").write_text('{"private": true}', encoding="utf-8")
        return [[npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *peer.packages]]
    venv.create(environment, with_pip=True)
    install = [str(_python(environment)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [[*install, *peer.packages], *([[*install, "--no-deps", *peer.bare]] if peer.bare else [])]


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        raise AbsentError(f"its installation failed: {said[-1]}")


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
