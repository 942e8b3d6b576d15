"""An inference worker: `python -m webapp.inference.worker`, started by the web process.

It reads its orders from standard input, connects back over loopback, and answers one message after
another until the web process closes the connection. It owns the detector, the CNNs and one
`FaceTracker` a session. It never writes a frame anywhere.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import signal
import socket
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

from vision.analysis import Analysis
from vision.limits import FAILED, FrameError, FrameLimits, in_one_line, refusing_failures
from vision.litert import ModelError
from vision.pipeline import FaceAnalyzer
from vision.tracking import FaceTracker
from webapp.inference import wire
from webapp.inference.load import Load
from webapp.logs import start_log

log = logging.getLogger(__name__)

_COMPACT: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def main() -> int:
    """Serve until the connection ends.

    Returns:
        The exit status: 0, or 1 if the models could not be loaded.
    """
    # Ctrl-C reaches every process of a terminal, and systemd's SIGTERM every process of a service. The web process
    # alone decides when a worker ends, after the frames in work.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _keep_libraries_out_of_the_log()
    line = sys.stdin.readline()
    if not line:
        return 0  # the web process ended before it could say anything
    orders = json.loads(line)
    start_log(orders["log"], "worker")
    try:
        return _serve(orders)
    except (EOFError, ConnectionError):
        return 0  # the web process is gone, and nobody waits for an answer


def _keep_libraries_out_of_the_log() -> None:
    """Let Python alone write to the log: libjpeg and libpng print a line for each picture that they find damaged.

    A crash of theirs is still told, with where it happened.
    """
    sys.stderr.flush()
    ours = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    sys.stderr = os.fdopen(ours, "w", buffering=1, errors="backslashreplace")
    faulthandler.enable(sys.stderr)


def _serve(orders: dict) -> int:
    """Say hello, load the models, then answer until an exception tells that the connection has ended."""
    connection = _say_hello(orders)
    try:
        analyzer = FaceAnalyzer.load(
            Path(orders["models"]) if orders["models"] else None, orders["detector"], orders["device"]
        )
    except ModelError as error:
        wire.send(connection, wire.FAILED, 0, str(error).encode())
        return 1
    wire.send(connection, wire.READY, os.getpid())
    worker = Worker(
        analyzer,
        FrameLimits(orders["max_frame_bytes"], orders["max_frame_pixels"]),
        FrameLimits(orders["max_upload_bytes"], orders["max_pixels"]),
    )
    while True:
        message = wire.receive(connection)
        if message.kind == wire.TWIN:
            connection = _fork_twin(connection, json.loads(bytes(message.body)))
        else:
            worker.answer(connection, message)


def _say_hello(orders: dict) -> socket.socket:
    """A connection to the web process, which knows by a secret who has come."""
    connection = socket.create_connection(("127.0.0.1", orders["port"]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire.send(connection, wire.HELLO, os.getpid(), orders["secret"].encode())
    return connection


def _fork_twin(connection: socket.socket, orders: dict) -> socket.socket:
    """Fork a worker that is the web process's child and not this one's; the connection of whichever process returns."""
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return connection
    between = os.getpid()
    if os.fork():
        os._exit(0)
    connection.close()  # or the web process would not see when the other worker ends
    while os.getppid() == between:  # until the web process has adopted this one
        time.sleep(0.001)
    connection = _say_hello(orders)
    wire.send(connection, wire.READY, os.getpid())
    return connection


class Worker:
    """The analyzer and its sessions' tracks."""

    def __init__(self, analyzer: FaceAnalyzer, frame_limits: FrameLimits, picture_limits: FrameLimits):
        """Take a loaded analyzer and the limits of a live frame and of an uploaded picture."""
        self._analyzer = analyzer
        self._frame_limits, self._picture_limits = frame_limits, picture_limits
        self._trackers: defaultdict[int, FaceTracker] = defaultdict(lambda: FaceTracker(searches_later=True))
        self._load = Load()

    def answer(self, connection: socket.socket, message: wire.Message) -> None:
        """Answer a frame or a picture; forget a session, or what its last camera showed."""
        self._load.begin()
        self._do(connection, message)
        self._load.end()

    def _do(self, connection: socket.socket, message: wire.Message) -> None:
        if message.kind == wire.FORGET:
            self._trackers.pop(message.number, None)
        elif message.kind == wire.NEW_CAMERA:
            self._trackers[message.number].start_over()
        elif message.kind == wire.FRAME:
            session, data = wire.unpack_session(message.body)
            tracker = self._trackers[session]
            tracker.pace = self._load.pace
            if not (
                self._reply(connection, message.number, data, self._frame_limits, tracker)
                and self._searched_later(tracker)
            ):
                tracker.start_over()  # whatever a failure has left in it, the next frame must not fail of it
        elif message.kind == wire.PICTURE:
            self._reply(connection, message.number, message.body, self._picture_limits)

    def _reply(
        self,
        connection: socket.socket,
        number: int,
        data: memoryview,
        limits: FrameLimits,
        tracker: FaceTracker | None = None,
    ) -> bool:
        """Answer an image with its result or its refusal; whether the program did not fail on it."""
        try:
            with refusing_failures():
                body = _result_of(self._analyzer.analyze_bytes(bytes(data), limits, tracker))
        except FrameError as error:
            if error.__cause__ is not None:
                log.warning("a picture could not be analysed: %s", in_one_line(error.__cause__))
            wire.send(connection, wire.ERROR, number, encode({"error": str(error), "code": error.code}))
            return error.code != FAILED
        wire.send(connection, wire.RESULT, number, body)
        return True

    def _searched_later(self, tracker: FaceTracker) -> bool:
        """Search what a frame's answer has not waited for; whether the program did not fail on it."""
        try:
            with refusing_failures():
                self._analyzer.search_later(tracker)
        except FrameError as error:
            log.warning("a picture could not be searched: %s", in_one_line(error.__cause__ or error))
            return False
        return True


def _result_of(analysis: Analysis) -> bytes:
    """An analysis as the web process gets it."""
    faces = [face.to_dict(analysis.width, analysis.height) for face in analysis.faces]
    return wire.pack_result(
        wire.Result(analysis.width, analysis.height, len(faces), dict(analysis.timings_ms), encode(faces).decode())
    )


def encode(value: object) -> bytes:
    """Compact JSON; no browser reads a NaN."""
    return _COMPACT.encode(value).encode()


if __name__ == "__main__":
    sys.exit(main())
