"""`run.py bench budgets`: what the limits on clients cost an honest camera, as a share of the server's CPU time for a frame.

A frame passes five of them: the count of WebSocket frames and bytes with a turn for the others after each, the check of
the packet, the session's frames a second, the worker's time by address and session, and the check of who does not read.
The same frame goes through the web process's own code with them and without, by turns, so that the difference holds
while other programs run. Its image has a kilobyte: both ways unmask it, and a large one's unmasking would hide the
difference. (The limits of requests and connections are paid once a connection, not by each frame.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import click
import socketio
from engineio.packet import Packet as EnginePacket  # type: ignore[import-untyped]
from socketio.packet import Packet

from benchmarks.frames import measure as measure_frames
from benchmarks.harness.serving import serving
from benchmarks.options import json_option
from benchmarks.report import report
from webapp.config import Settings
from webapp.inference.tickets import Ticket
from webapp.inference.turns import Turns
from webapp.server.eventlet_compat import import_eventlet, install_fast_unmasking, unmask
from webapp.server.message_limit import bound_messages
from webapp.server.rate_limit import TokenBucket
from webapp.sockets.guarded_socket import CheckedPacket, GuardedSocket, SocketRules, guard_sockets

MASK: Final = b"raut"
EVENT: Final = b'451-7["frame",{"_placeholder":true,"num":0}]'
WORKED_S: Final = 0.006
"""What the worker is said to have taken for the frame."""

PAUSE_S: Final = 0.001
"""Between two frames, so that each is a turn of its own in the event loop."""


@click.command()
@click.option(
    "--frames", type=click.IntRange(min=1), default=300, show_default=True, help="Frames that the whole server gets."
)
@click.option(
    "--rounds", type=click.IntRange(min=1), default=2000, show_default=True, help="How often both ways are timed."
)
@json_option
def command(*, frames: int, rounds: int, json: Path | None) -> None:
    """Measure what the limits on clients cost an honest camera's frame (eventlet)."""
    with serving("--workers", "1") as server:
        whole = measure_frames(server, frames, fps=30)["cpu_ms_per_frame"]
    report("Budgets of an honest camera's frame", figures_of(rounds, whole), json)


def figures_of(rounds: int, frame_ms: float) -> dict:
    """The cost, beside a whole frame's.

    Args:
        rounds: how often both ways are timed.
        frame_ms: the server's CPU milliseconds for a frame, as `bench frames` measures them.

    Returns:
        `with_us` and `without_us`: the web process's own code from a frame's bytes to its turn; `budgets_us`: the median
        difference; `frame_ms`; `percent_of_frame`.
    """
    picture = bytes(1024)
    plain, guarded = PlainWay(picture), GuardedWay(picture)
    _yield_as_the_server_does()
    pairs = [(_cpu_us(plain.pass_frame), _cpu_us(guarded.pass_frame)) for _ in range(rounds)]
    cost = median(with_us - without_us for without_us, with_us in pairs)
    return {
        "without_us": round(median(without for without, _ in pairs), 1),
        "with_us": round(median(with_us for _, with_us in pairs), 1),
        "budgets_us": round(cost, 1),
        "frame_ms": frame_ms,
        "percent_of_frame": round(cost / 10 / frame_ms, 2),
    }


def _yield_as_the_server_does() -> None:
    """Let `time.sleep` give a turn to eventlet's other green threads; nothing else is patched."""
    import_eventlet()
    from eventlet import monkey_patch

    monkey_patch(os=False, select=False, socket=False, thread=False, time=True)


def _cpu_us(run: Callable[[], None]) -> float:
    time.sleep(PAUSE_S)
    start = time.thread_time()
    run()
    return (time.thread_time() - start) * 1e6


class PlainWay:
    """A frame's way through the web process without any limit: read, unpacked, put into the session's slot."""

    def __init__(self, picture: bytes) -> None:
        """Take a frame's image."""
        import_eventlet()
        from eventlet.websocket import RFC6455WebSocket

        install_fast_unmasking()
        self._slots: dict[int, Ticket] = {}
        self.websocket = RFC6455WebSocket(_Bytes(_masked(1, EVENT) + _masked(2, picture)), {})

    def pass_frame(self) -> None:
        """Let one frame go its way."""
        event, picture = self.websocket.wait(), self.websocket.wait()
        packet = Packet(encoded_packet=EnginePacket(encoded_packet=event).data)
        packet.add_attachment(picture)
        self._slots[1] = Ticket(packet.data[1], session=1, address="127.0.0.1")
        self._slots.pop(1)


class GuardedWay:
    """The same with all limits, as the server has them."""

    def __init__(self, picture: bytes) -> None:
        """Take a frame's image."""
        settings = Settings(max_fps=1e9, max_bytes_per_second=10**15)  # which no camera uses up
        sio = socketio.Server(async_mode="threading")
        rules = SocketRules(sio, 1e9, settings.max_bytes_per_second, lambda _code, _address: None)
        guard_sockets(rules)
        self._socket = GuardedSocket(sio.eio, "camera")
        sio.eio.sockets["camera"] = self._socket
        sio.manager.connect("camera", "/")
        self._plain = PlainWay(picture)
        bound_messages(self._plain.websocket, self._socket)
        self._bucket, self._turns = TokenBucket(settings.max_fps), Turns()

    def pass_frame(self) -> None:
        """Let one frame go its way."""
        event, picture = self._plain.websocket.wait(), self._plain.websocket.wait()
        packet = CheckedPacket(encoded_packet=self._socket.admit(EnginePacket(encoded_packet=event).data))
        packet.add_attachment(self._socket.admit(picture))
        if not self._bucket.take():
            raise RuntimeError("the budget is used up: the benchmark measures nothing")
        ticket = Ticket(packet.data[1], session=1, address="127.0.0.1")
        self._turns.put(ticket)
        if self._turns.next() is not ticket:
            raise RuntimeError("the frame does not get its turn: the benchmark measures nothing")
        self._turns.take(ticket)
        self._turns.charge(ticket, WORKED_S)


class _Bytes:
    """A socket from which the same bytes come over and over."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def recv(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at = (self._at + len(piece)) % len(self._data)
        return piece


def _masked(opcode: int, payload: bytes) -> bytes:
    """A WebSocket frame as a browser sends it (RFC 6455, 5.2)."""
    length = len(payload)
    head = (
        bytes((0x80 | opcode, 0x80 | length))
        if length < 126
        else bytes((0x80 | opcode, 0xFF)) + length.to_bytes(8, "big")
    )
    return head + MASK + unmask(payload, MASK)
