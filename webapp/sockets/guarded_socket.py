"""Engine.IO's sockets with limits: each has a budget of messages, and ends without waiting for its client.

WebSocket frame --> frames and bytes a second --> too_many_messages, closed
polled payload  --> the same
message         --> one attachment on a frame, none elsewhere; unreadable --> bad_message, closed
event           --> an unknown one: answered with a refusal ten times, then closed
packet to send  --> too many wait --> never_reads, closed
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Any, Final

import engineio.socket  # type: ignore[import-untyped]
from engineio.exceptions import EngineIOError  # type: ignore[import-untyped]
from socketio import packet
from socketio.packet import Packet

from webapp.server.connections import CONNECTION, cut
from webapp.server.log_filters import is_ours
from webapp.server.message_limit import TEXT_BYTES, MessageError, bound_messages
from webapp.server.rate_limit import TokenBucket

log = logging.getLogger(__name__)

MOST_UNREAD: Final = 250
"""Packets that may wait for a client. A page has two frames in flight; with so many waiting it does not read."""

MOST_STRIKES: Final = 10
"""Wrong events that are answered with a refusal; the next one closes the connection."""

MOST_PASSED_OVER: Final = 64
"""Attachments of one wrong event that are ignored."""

SMALL_PAYLOAD: Final = 16 * TEXT_BYTES
"""Bytes of the longest polled payload of a client without a camera: Engine.IO takes sixteen packets in one."""

_BINARY_EVENT: Final = re.compile(r"5(\d+)-(/[^,]*,)?")
_FRAME: Final = re.compile(r'51-\d*\["frame",')
_RESERVED: Final = frozenset({"connect", "disconnect", "*"})
"""Names of Socket.IO's own events. It would confuse a client's event of that name with them."""


@dataclass(frozen=True)
class SocketRules:
    """The limits of every socket of a server.

    Attributes:
        sio: the `socketio.Server`.
        max_messages: WebSocket frames or polled packets a second; twice as many for a moment.
        max_bytes: bytes a second, likewise.
        refuse: counts a refusal, by its code and the address.
    """

    sio: Any
    max_messages: float
    max_bytes: float
    refuse: Callable[[str, str], None]


def guard_sockets(rules: SocketRules) -> None:
    """Make Engine.IO use guarded sockets, which check messages before Socket.IO gets them."""
    engine = rules.sio.eio
    engine.rules = rules
    engineio.socket.Socket = GuardedSocket
    handle = engine.handlers["message"]

    def handle_guarded(eio_sid: str, data: Any) -> None:
        socket = engine.sockets.get(eio_sid)
        if socket is not None and (message := socket.admit(data)) is not None:
            try:
                handle(eio_sid, message)
            except Exception as error:
                if not isinstance(error, PacketError) and is_ours(_below(error)):
                    raise
                socket.end("bad_message")

    engine.on("message", handle_guarded)


def _below(error: Exception) -> TracebackType | None:
    """An error's traceback without the function that caught it."""
    return error.__traceback__.tb_next if error.__traceback__ else None


def strike(sio: Any, sid: str, namespace: str, code: str) -> None:
    """Count an event that the client should not have sent, and close its connection after too many.

    Args:
        sio: the `socketio.Server`.
        sid: of the client in that namespace.
        namespace: of Socket.IO.
        code: of the refusal.
    """
    socket = sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, namespace))
    if socket is not None:
        socket.strike(code)


def rest(sio: Any, sid: str, seconds: float) -> None:
    """Read nothing more of a client of the live namespace for some seconds.

    Args:
        sio: the `socketio.Server`.
        sid: of the client.
        seconds: how long, from now on.
    """
    socket = sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, "/")) if seconds else None
    if socket is not None:
        socket.rests_until = time.monotonic() + seconds


class PacketError(ValueError):
    """What a client sent is not a packet, or not one that a page of ours sends."""


class CheckedPacket(Packet):
    """A Socket.IO packet that is refused if it is not one that a page of ours sends."""

    def decode(self, encoded_packet: str) -> int:
        """Read a packet.

        Returns:
            The number of its attachments.

        Raises:
            PacketError: it is not a packet, is an acknowledgement (the server asks for none), or an event without a name.
        """
        try:
            attachments = int(super().decode(encoded_packet) or 0)
        except Exception as error:
            raise PacketError(type(error).__name__) from None
        if self.packet_type in (packet.ACK, packet.BINARY_ACK):
            raise PacketError("nothing was asked for")
        if self.packet_type in (packet.EVENT, packet.BINARY_EVENT):
            name = self.data[0] if isinstance(self.data, list) and self.data else None
            if not isinstance(name, str) or name in _RESERVED:
                raise PacketError("an event needs a name of its own")
        if attachments != (self.packet_type == packet.BINARY_EVENT):
            raise PacketError("a frame has one attachment, and nothing else has any")
        return attachments


class GuardedSocket(engineio.socket.Socket):
    """One client's Engine.IO connection, by WebSocket or by polling.

    Attributes:
        rests_until: when its next message is read, by `time.monotonic`.
    """

    def __init__(self, server: Any, sid: str):
        """Take the server's rules."""
        super().__init__(server, sid)
        self._rules: SocketRules = server.rules
        self._messages, self._bytes = TokenBucket(self._rules.max_messages), TokenBucket(self._rules.max_bytes)
        self.rests_until = 0.0
        self._strikes = 0
        self._had_camera = False
        self._unread_attachments = 0
        self._wire: Any = None
        self._is_posting = False

    @property
    def address(self) -> str:
        """The client's address."""
        return str(self._rules.sio.environ.get(self.sid, {}).get("REMOTE_ADDR", ""))

    def take(self, frames: int, size: int) -> None:
        """Count what arrived, after a rest that was ordered.

        Raises:
            MessageError: it is beyond the budget.
        """
        if (left := self.rests_until - time.monotonic()) > 0:
            time.sleep(left)
        if (frames and not self._messages.take(count=frames)) or (size and not self._bytes.take(count=size)):
            self._rules.refuse("too_many_messages", self.address)
            raise MessageError(1008, "too many messages: send them more slowly")

    def takes_binary(self) -> bool:
        """Whether a binary message may come now: a frame's image, or the attachment of a wrong event.

        A page that the server has sent away may have been sending a frame: its image is taken, and nobody gets it.
        """
        self._had_camera |= self._rules.sio.manager.sid_from_eio_sid(self.sid, "/") is not None
        return self._had_camera or self._unread_attachments > 0

    def admit(self, data: Any) -> Any:
        """The message that Socket.IO gets for one that arrived; None for no message.

        Socket.IO keeps all attachments that an event announces until the last one is there. Here a `frame` of the live
        namespace has one. Attachments of other events are ignored, and those are answered without them.
        """
        if isinstance(data, bytes):
            if self._unread_attachments:
                self._unread_attachments -= 1
                return None
        elif isinstance(data, str):
            announced, is_frame = _BINARY_EVENT.match(data), _FRAME.match(data)
            if is_frame:
                self.takes_binary()  # a camera that is sent away before the image comes was one
            elif announced:
                if int(announced[1][:4]) > MOST_PASSED_OVER:
                    return self.end("bad_message")
                self._unread_attachments += int(announced[1])
                return self.admit(f"2{announced[2] or ''}{data[announced.end() :]}")
        return data

    def strike(self, code: str) -> None:
        """Count a refusal, and end after too many."""
        self._strikes += 1
        if self._strikes > MOST_STRIKES:
            self.end(code)
        else:
            self._rules.refuse(code, self.address)

    def end(self, code: str = "") -> None:
        """End at once, without waiting for the client.

        Args:
            code: of the refusal, if it is one; else empty.
        """
        if self.closed or self.closing:
            return
        if code:
            self._rules.refuse(code, self.address)
        self.close(abort=True)
        self.server.sockets.pop(self.sid, None)
        if self._wire is not None:
            cut(self._wire)

    def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """Close like the base class, but without waiting for the client to fetch what is left."""
        super().close(wait=False, abort=abort, reason=reason)

    def send(self, pkt: Any) -> None:
        """Send, or end if too many packets wait for a client that does not read."""
        if self.queue.qsize() > MOST_UNREAD:
            self.end("never_reads")
        elif not self.closed:
            super().send(pkt)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take a polled payload, within the limits.

        Raises:
            EngineIOError: it is beyond them; Engine.IO ends the session.
        """
        length = environ.get("CONTENT_LENGTH") or "0"
        most = self.server.max_http_buffer_size if self.takes_binary() else SMALL_PAYLOAD
        if not length.isdecimal() or int(length) > most or self._is_posting:
            self._refuse_payload()
        self._is_posting = True
        try:
            body = environ["wsgi.input"].read(int(length))
        finally:
            self._is_posting = False
        packets = body.split(b"\x1e")
        # JSONP's form of a payload is not accepted, and no text message is long.
        if body.startswith(b"d=") or any(len(one) > TEXT_BYTES and not one.startswith(b"b") for one in packets):
            self._refuse_payload()
        try:
            self.take(len(packets), len(body))
            super().handle_post_request({**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)})
        except (MessageError, ValueError, LookupError) as error:
            raise EngineIOError(str(error)) from None

    def _refuse_payload(self) -> None:
        self._rules.refuse("bad_message", self.address)
        raise EngineIOError("a payload that is not taken")

    def _websocket_handler(self, ws: Any) -> Any:
        """Serve a WebSocket. An unreadable message ends it as if the client had gone."""
        # eventlet's, or simple-websocket's inside its wrapper
        self._wire = getattr(ws, "socket", None) or getattr(getattr(ws, "ws", None), "sock", None)
        bound_messages(ws, self)
        environ = getattr(ws, "environ", None) or getattr(getattr(ws, "ws", None), "environ", {})
        if CONNECTION in environ:
            environ[CONNECTION].allow(None)
        try:
            return super()._websocket_handler(ws)
        except Exception as error:
            log.warning("a WebSocket's message could not be read (%s)", type(error).__name__)
            self.end("bad_message")
            return []
