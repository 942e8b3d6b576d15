"""Starts a worker process, and makes sure that it is this worker that connects.

Any program of this machine may connect to a port on loopback. So the worker is given a secret on its standard
input and sends it back over the connection; no other program knows it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final, Protocol

from webapp.config import Settings
from webapp.inference import wire

START_TIMEOUT_S: Final = 60.0

HELLO_TIMEOUT_S: Final = 2.0
"""Seconds. A worker says hello as soon as it is connected; another program does not."""

ACCEPT_TIMEOUT_S: Final = 0.02

MOST_HEARD: Final = 64
"""Connections that may say hello at once; of more, the oldest is closed."""

LONGEST_HELLO: Final = 4096
"""Bytes that are read from a connection before it has shown the secret."""

ENVIRONMENT: Final = {
    # One thread each: the workers share the cores among themselves.
    "OMP_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
    # glibc gives a frame's memory back to the system and takes it anew for the next one: an eighth of a worker's time.
    # Other C libraries do not know these.
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "MALLOC_MMAP_THRESHOLD_": "4194304",
    "MALLOC_ARENA_MAX": "1",
}
"""Of a worker process."""

ROOT: Final = Path(__file__).resolve().parents[2]


class WorkerError(Exception):
    """A worker could not start; the message says why."""


class Process(Protocol):
    """A worker's process, as `subprocess.Popen` describes it."""

    @property
    def pid(self) -> int: ...  # noqa: D102 - see the class

    def poll(self) -> int | None: ...  # noqa: D102

    def kill(self) -> None: ...  # noqa: D102

    def wait(self, timeout: float | None = None) -> int: ...  # noqa: D102


def start_worker(settings: Settings) -> tuple[Process, socket.socket]:
    """Start `python -m webapp.inference.worker` and wait until it says that it is ready.

    Args:
        settings: of the server.

    Returns:
        The process, and the connection to it.

    Raises:
        WorkerError: it did not come up.
    """
    secret = secrets.token_hex(32)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(START_TIMEOUT_S)
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.inference.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            env=os.environ | ENVIRONMENT,
        )
        try:
            _give_orders(process, listener.getsockname()[1], secret, settings)
            connection, _ = shake_hands(process, listener, secret)
        except BaseException:
            process.kill()
            process.wait()
            raise
    return process, connection


def shake_hands(process: Process, listener: socket.socket, secret: str) -> tuple[socket.socket, int]:
    """Wait until a worker has connected and loaded its models.

    Args:
        process: the worker or, of a twin, its original.
        listener: where it will connect.
        secret: what it will say.

    Returns:
        The connection, and the worker's process id.

    Raises:
        WorkerError: it did not come up.
    """
    connection = accept_worker(process, listener, secret)
    connection.settimeout(START_TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        answer = wire.receive(connection)
        if answer.kind == wire.FAILED:
            raise WorkerError(bytes(answer.body).decode())
    except (EOFError, OSError) as error:
        connection.close()
        raise WorkerError(f"an inference worker ended while it started: {error}") from error
    except WorkerError:
        connection.close()
        raise
    connection.settimeout(None)
    return connection, answer.number


def _give_orders(process: subprocess.Popen[bytes], port: int, secret: str, settings: Settings) -> None:
    orders = {
        "port": port,
        "secret": secret,
        "models": str(settings.models_dir.resolve()) if settings.models_dir else "",
        "detector": settings.detector,
        "device": settings.device,
        "log": settings.log,
        "max_frame_bytes": settings.max_frame_bytes,
        "max_upload_bytes": settings.max_upload_bytes,
        "max_pixels": settings.max_pixels,
        "max_frame_pixels": settings.max_frame_pixels,
    }
    # One that has died already cannot be told; `accept_worker` notices that.
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:  # type: ignore[union-attr]
        pipe.write(json.dumps(orders).encode() + b"\n")


def accept_worker(process: Process, listener: socket.socket, secret: str) -> socket.socket:
    """Wait for the worker's connection; those of other programs are closed.

    Args:
        process: the worker, whose early death ends the wait.
        listener: where it will connect.
        secret: what it will say.

    Raises:
        WorkerError: it died, or did not come in time.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    greeted: queue.Queue[socket.socket] = queue.Queue()
    waiting: deque[socket.socket] = deque()
    worker = None
    try:
        while time.monotonic() < deadline and worker is None:
            ended = process.poll() is not None  # before the look at what has come, which then is all that will come
            connection = _accept(listener)
            if connection is not None:
                # Each is heard by itself: silent ones would keep the worker waiting, one after the other.
                threading.Thread(target=_hear, args=(connection, secret, greeted), daemon=True).start()
                waiting.append(connection)
            elif ended:
                worker = _ended_worker(process, greeted, bool(waiting))
                break
            if len(waiting) > MOST_HEARD:
                _hang_up(waiting.popleft())
            with contextlib.suppress(queue.Empty):
                worker = greeted.get_nowait()
    finally:
        for connection in waiting:
            if connection is not worker:
                _hang_up(connection)
    if worker is None:
        raise WorkerError(f"an inference worker did not start within {START_TIMEOUT_S:.0f} s")
    return worker


def _hang_up(connection: socket.socket) -> None:
    """Wake who hears it, and closes it."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _hear(connection: socket.socket, secret: str, greeted: queue.Queue[socket.socket]) -> None:
    """Hand a connection on if the other side says hello with the secret, in time and in few bytes."""
    try:
        hello = wire.receive(connection, LONGEST_HELLO, time.monotonic() + HELLO_TIMEOUT_S)
        knows = secrets.compare_digest(bytes(hello.body), secret.encode())
    except (EOFError, OSError):
        knows = False
    if knows:
        greeted.put(connection)
    else:
        connection.close()


def _accept(listener: socket.socket) -> socket.socket | None:
    """The next connection, if one comes soon."""
    listener.settimeout(ACCEPT_TIMEOUT_S)
    try:
        return listener.accept()[0]
    except TimeoutError:
        return None


def _ended_worker(process: Process, greeted: queue.Queue[socket.socket], heard: bool) -> socket.socket:
    """The connection of a worker that has ended already; it may have said why before, and still be listened to.

    Args:
        process: the worker.
        greeted: gets connections that have said hello.
        heard: whether any connection is being heard.

    Raises:
        WorkerError: it has said nothing.
    """
    try:
        return greeted.get(timeout=HELLO_TIMEOUT_S) if heard else greeted.get_nowait()
    except queue.Empty:
        raise WorkerError(
            f"an inference worker ended while it started (exit status {process.poll()}); its own message stands above"
        ) from None
