"""Many simulated cameras at once at little CPU time: all on one thread and one event loop.

Each one writes and reads the Engine.IO and Socket.IO packets that a camera needs by itself. Frames are encoded once,
and only the first bytes of an answer are read.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

IN_FLIGHT: Final = 2
CONNECT_TIMEOUT_S: Final = 30.0

RESULT: Final = "result"

_BINARY, _TEXT, _CLOSE, _PING, _PONG = 2, 1, 8, 9, 10


@dataclass
class Tally:
    """The answers that one camera got.

    Attributes:
        results: when each result came, by `time.monotonic`.
        round_trips_ms: of the results, in the same order.
        other: answers without a result, by reason or code.
        skipped: frames that were not sent, since two were unanswered when their time came.
    """

    results: list[float] = field(default_factory=list)
    round_trips_ms: list[float] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    skipped: int = 0


class FleetCamera:
    """One camera: a Socket.IO session that sends frames as the page does, two in flight at most.

    Raises:
        RuntimeError: the server refused it; the message is the server's.
    """

    def __init__(self, port: int, frames: Sequence[bytes], fps: float, phase: float = 0.0) -> None:
        """Prepare a camera; `run` connects it.

        Args:
            port: of the server on loopback.
            frames: JPEGs, made ready by `masked`.
            fps: frames a second.
            phase: 0 to 1, the part of a frame's interval by which it begins later: cameras do not all send at once.
        """
        self._port, self._frames, self._fps, self._phase = port, frames, fps, phase
        self.tally = Tally()
        self._sent: dict[int, float] = {}

    async def run(self, until: float) -> None:
        """Connect, send until `until` by `time.monotonic`, disconnect."""
        reader, writer = await asyncio.wait_for(_connect(self._port), CONNECT_TIMEOUT_S)
        listening = asyncio.create_task(self._listen(reader, writer))
        try:
            await self._send_frames(writer, until, listening)
            await asyncio.sleep(0.3)  # the last answers
        finally:
            listening.cancel()
            writer.close()

    async def _send_frames(self, writer: asyncio.StreamWriter, until: float, listening: asyncio.Task[None]) -> None:
        due, number = time.monotonic() + self._phase / self._fps, 0
        while due < until and not listening.done():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += 1 / self._fps
            if len(self._sent) >= IN_FLIGHT:
                self.tally.skipped += 1
                continue
            number += 1
            self._sent[number] = time.monotonic()
            writer.write(masked(_TEXT, b'451-%d["frame",{"_placeholder":true,"num":0}]' % number))
            writer.write(self._frames[number % len(self._frames)])
            await writer.drain()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for message in _messages(reader, writer):
            if message.startswith(b"43"):
                self._take(message)

    def _take(self, message: bytes) -> None:
        number, _, answer = message[2:].partition(b"[")
        sent = self._sent.pop(int(number), None)
        now = time.monotonic()
        kind = _kind_of(answer)
        if sent is not None and kind == RESULT:
            self.tally.results.append(now)
            self.tally.round_trips_ms.append((now - sent) * 1000)
        else:
            self.tally.other["late" if kind == RESULT else kind] += 1


class FleetFlood:
    """A client that sends frames at its own rate, whatever is answered, and comes back as often as it is shut out.

    Attributes:
        sent: frames that it has sent so far.
        shut_out: how often its connection was closed.
        answers: of results, refusals and drops, by what they begin with: `result`, a reason or a code.
    """

    def __init__(self, port: int, frames: Sequence[bytes], fps: float) -> None:
        """Take the server's port on loopback, JPEGs made ready by `masked`, and frames a second."""
        self._port, self._frames, self._fps = port, frames, fps
        self.sent = self.shut_out = 0
        self.answers: Counter[str] = Counter()

    async def run(self, until: float) -> None:
        """Flood until `until` by `time.monotonic`."""
        while time.monotonic() < until:
            reader, writer = await asyncio.wait_for(_connect(self._port), CONNECT_TIMEOUT_S)
            listening = asyncio.create_task(self._listen(reader, writer))
            try:
                # The server may read so slowly that sending one frame takes seconds.
                await asyncio.wait_for(self._send(writer, listening), max(until - time.monotonic(), 0.0))
            except (ConnectionError, asyncio.TimeoutError):
                pass  # it was shut out while it sent, or its time is over
            finally:
                self.shut_out += listening.done()
                listening.cancel()
                writer.transport.abort()

    async def _send(self, writer: asyncio.StreamWriter, listening: asyncio.Task[None]) -> None:
        due = time.monotonic()
        while not listening.done():
            now = time.monotonic()
            await asyncio.sleep(max(0.0, due - now))
            due = max(due, now - 1) + 1 / self._fps
            self.sent += 1
            writer.write(masked(_TEXT, b'451-%d["frame",{"_placeholder":true,"num":0}]' % self.sent))
            writer.write(self._frames[self.sent % len(self._frames)])
            await writer.drain()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for message in _messages(reader, writer):
            if message.startswith(b"43"):
                self.answers[_kind_of(message.partition(b"[")[2])] += 1


class FleetWatcher:
    """A dashboard that reads the snapshots and counts them."""

    def __init__(self, port: int) -> None:
        """Take the server's port on loopback."""
        self._port = port
        self.snapshots = 0

    async def run(self, until: float) -> None:
        """Connect, read until `until` by `time.monotonic`, disconnect."""
        reader, writer = await asyncio.wait_for(_connect(self._port, "/dashboard,"), CONNECT_TIMEOUT_S)
        try:
            await asyncio.wait_for(self._read(reader, writer), until - time.monotonic())
        except asyncio.TimeoutError:
            return
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for message in _messages(reader, writer):
            self.snapshots += message.startswith(b"42/dashboard,")
        raise RuntimeError("The server closed a watcher's connection.")


def _kind_of(answer: bytes) -> str:
    """What an acknowledgement says: `RESULT`, why the frame was dropped, or the code of its refusal."""
    if answer.startswith(b'{"width"'):
        return RESULT
    why = json.loads(b"[" + answer)[0]
    return str(why.get("reason") or why.get("code"))


async def _connect(port: int, namespace: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        (
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
    )
    status = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]
    if b" 101 " not in status:
        raise RuntimeError(f"The server refused a connection: {status.decode()}")
    writer.write(masked(_TEXT, f"40{namespace}".encode()))
    while not (message := (await _receive(reader))[1]).startswith(b"40"):
        if message.startswith(b"44"):
            raise RuntimeError(f"The server refused a connection: {message[2:].decode()}")
    return reader, writer


async def _messages(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    """Every message until the server closes the connection; pings are answered."""
    while True:
        try:
            opcode, message = await _receive(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        if opcode == _CLOSE:
            return
        if opcode == _PING:
            writer.write(masked(_PONG, message))
        elif message == b"2":
            writer.write(masked(_TEXT, b"3"))
        else:
            yield message


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's WebSocket message. Its mask is 0, which leaves the payload as it is."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    return head + b"\0\0\0\0" + payload


def ready(pictures: Sequence[bytes]) -> list[bytes]:
    """Frames as WebSocket messages, so that they are made only once."""
    return [masked(_BINARY, picture) for picture in pictures]


async def _receive(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The server's next message: its opcode and its payload. The server sends each in one piece."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack("!Q", await reader.readexactly(8))
    return first & 0x0F, await reader.readexactly(length)
