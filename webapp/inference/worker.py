"""An inference worker: `python -m webapp.inference.worker`, started by the web process.

It reads its orders from standard input, connects back over loopback, and answers one message after
another until the web process closes the connection. It owns the detector, the CNNs and one
`FaceTracker` a session. It never writes a frame anywhere.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from vision.frame import FrameError, FrameLimits
from vision.litert import ModelError
from vision.pipeline import Analysis, FaceAnalyzer
from vision.tracking import FaceTracker
from webapp.inference import wire


def main() -> int:
    """Serve until the connection ends.

    Returns:
        The exit status: 0, or 1 if the models could not be loaded.
    """
    # Ctrl-C reaches every process of a terminal, and systemd's SIGTERM every process of a service. The web process
    # alone decides when a worker ends, after the frames in work.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.readline()
    if not line:
        return 0  # the web process ended before it could say anything
    try:
        return _serve(json.loads(line))
    except (EOFError, ConnectionError):
        return 0  # the web process is gone, and nobody waits for an answer


def _serve(orders: dict) -> int:
    """Say hello, load the models, then answer until an exception tells that the connection has ended."""
    connection = socket.create_connection(("127.0.0.1", orders["port"]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire.send(connection, wire.HELLO, os.getpid(), orders["secret"].encode())
    try:
        analyzer = FaceAnalyzer.load(Path(orders["models"]) if orders["models"] else None, orders["detector"])
    except ModelError as error:
        wire.send(connection, wire.FAILED, 0, str(error).encode())
        return 1
    wire.send(connection, wire.READY)
    worker = Worker(analyzer, orders["max_frame_bytes"], orders["max_upload_bytes"], orders["max_pixels"])
    while True:
        worker.answer(connection, wire.receive(connection))


class Worker:
    """The analyzer and its sessions' tracks."""

    def __init__(self, analyzer: FaceAnalyzer, max_frame_bytes: int, max_upload_bytes: int, max_pixels: int):
        """Take a loaded analyzer and the limits of a live frame and of an uploaded picture."""
        self._analyzer = analyzer
        self._frame_limits = FrameLimits(max_frame_bytes, max_pixels)
        self._picture_limits = FrameLimits(max_upload_bytes, max_pixels)
        self._trackers: defaultdict[int, FaceTracker] = defaultdict(FaceTracker)

    def answer(self, connection: socket.socket, message: wire.Message) -> None:
        """Answer a frame or a picture; forget a session."""
        if message.kind == wire.FORGET:
            self._trackers.pop(message.number, None)
        elif message.kind == wire.FRAME:
            session, data = wire.unpack_session(message.body)
            tracker = self._trackers[session]
            frame = bytes(data)
            self._reply(
                connection, message.number, lambda: self._analyzer.analyze_bytes(frame, self._frame_limits, tracker)
            )
        elif message.kind == wire.PICTURE:
            picture = bytes(message.body)
            self._reply(connection, message.number, lambda: self._analyzer.analyze_bytes(picture, self._picture_limits))

    def _reply(self, connection: socket.socket, number: int, analyze: Callable[[], Analysis]) -> None:
        try:
            analysis = analyze()
        except FrameError as error:
            wire.send(connection, wire.ERROR, number, encode({"error": str(error), "code": error.code}))
            return
        faces = [face.to_dict(analysis.width, analysis.height) for face in analysis.faces]
        result = wire.Result(
            analysis.width, analysis.height, len(faces), dict(analysis.timings_ms), encode(faces).decode()
        )
        wire.send(connection, wire.RESULT, number, wire.pack_result(result))


def encode(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


if __name__ == "__main__":
    sys.exit(main())
