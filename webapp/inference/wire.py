"""Messages between the web process and a worker, over a loopback socket.

    +-----------+------+------------+------------------+
    | length u32| kind | number u64 | body, length - 9 |
    +-----------+------+------------+------------------+

No pickle: neither side can be made to run what the other sends.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Final, NamedTuple

from vision.tasks import STAGES

HELLO: Final = 0
"""Worker to web: the secret it was given."""
READY: Final = 1
"""Worker to web: models are loaded (the message's number is its process id)."""
FAILED: Final = 2
"""Worker to web: why they could not be loaded, in one sentence; then it exits."""
FRAME: Final = 3
"""Web to worker: a session's number as u64, then the encoded image."""
PICTURE: Final = 4
"""Web to worker: an encoded image by itself."""
FORGET: Final = 5
"""Web to worker: a session ended (the message's number is the session's)."""
RESULT: Final = 6
"""Worker to web: a `Result`: the image's size, the number of faces and the stages' times, then the faces as JSON."""
ERROR: Final = 7
"""Worker to web: the error as JSON."""

NEW_CAMERA: Final = 8
"""Web to worker: a session's next frames are of another camera (the message's number is the session's)."""

TWIN: Final = 9
"""Web to worker: fork a twin, which connects to a `port` and says a `secret`, both as JSON."""

_HEADER: Final = struct.Struct(">IBQ")
_SESSION: Final = struct.Struct(">Q")
_RESULT: Final = struct.Struct(f">IIH{len(STAGES)}f")
_SENT_APART: Final = 64 * 1024
"""Bytes. A larger body is sent after its header and not copied behind it."""


class MessageError(ConnectionError):
    """What was received is not a message, or a longer one than is allowed."""


class Message(NamedTuple):
    """One message; `number` ties an answer to its question."""

    kind: int
    number: int
    body: memoryview


class Result(NamedTuple):
    """What a worker found in an image.

    Attributes:
        width: of the image as sent, in pixels.
        height: likewise.
        faces: how many there are.
        stages_ms: milliseconds of each of `STAGES`, in their order.
        faces_json: the faces, as a JSON array.
    """

    width: int
    height: int
    faces: int
    stages_ms: dict[str, float]
    faces_json: str

    @property
    def total_ms(self) -> float:
        """Milliseconds of all stages together."""
        return sum(self.stages_ms.values())


def send(connection: socket.socket, kind: int, number: int = 0, *parts: bytes) -> None:
    """Send one message; its body is the parts, joined."""
    header = _HEADER.pack(9 + sum(map(len, parts)), kind, number)
    if sum(map(len, parts)) <= _SENT_APART:
        connection.sendall(b"".join((header, *parts)))
        return
    connection.sendall(header)
    for part in parts:
        connection.sendall(part)


def receive(connection: socket.socket, longest: int | None = None, deadline: float | None = None) -> Message:
    """Wait for one message.

    Args:
        connection: to read from.
        longest: the largest body allowed, in bytes; None for any.
        deadline: when the whole message must have arrived, by `time.monotonic`; the connection's timeout is changed
            for it. None to keep that timeout, which counts anew for each part.

    Raises:
        EOFError: the other side is gone.
        MessageError: this is not a message, or too long a one; its body was not read.
        TimeoutError: it did not come in time.
    """
    header = _read(connection, _HEADER.size, deadline)
    length, kind, number = _HEADER.unpack(header)
    if length < 9 or (longest is not None and length - 9 > longest):
        raise MessageError(f"a message of {length:,} bytes is not taken here")
    return Message(kind, number, _read(connection, length - 9, deadline))


def _read(connection: socket.socket, count: int, deadline: float | None) -> memoryview:
    data = memoryview(bytearray(count))
    at = 0
    while at < count:
        if deadline is not None:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
        got = connection.recv_into(data[at:])
        if not got:
            raise EOFError("the other side closed the connection")
        at += got
    return data


def pack_session(session: int) -> bytes:
    """A session's number, as it stands before a frame's bytes."""
    return _SESSION.pack(session)


def unpack_session(body: memoryview) -> tuple[int, memoryview]:
    """A FRAME's session number and its bytes."""
    return _SESSION.unpack_from(body)[0], body[_SESSION.size :]


def pack_result(result: Result) -> bytes:
    """A result as it goes over the wire; a stage that did not run took no time."""
    head = (result.width, result.height, result.faces, *(result.stages_ms.get(stage, 0.0) for stage in STAGES))
    return _RESULT.pack(*head) + result.faces_json.encode()


def unpack_result(body: memoryview) -> Result:
    """A RESULT's body, read."""
    width, height, faces, *ms = _RESULT.unpack_from(body)
    return Result(width, height, faces, dict(zip(STAGES, ms, strict=True)), str(body[_RESULT.size :], "utf-8"))
