"""Engine.IO's sockets, guarded: each has a budget of messages, and none is waited for when it ends.

WebSocket frame --> frames and bytes a second --> too_many_messages, closed
polled payload  --> the same
message         --> one attachment on a frame, none elsewhere; unreadable --> bad_message, closed
event           --> one that nobody knows: answered in words ten times, then closed
packet to send  --> nobody reads them --> never_reads, closed
"""

from __future__ import annotations

import logging
import re
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
"""Packets that may wait for a client. A page has two frames in flight; at so many nobody reads there."""

MOST_STRIKES: Final = 10
"""Events that are answered with a refusal before their sender is closed."""

MOST_PASSED_OVER: Final = 64
"""Attachments of one event that is answered without them."""

SMALL_PAYLOAD: Final = 16 * TEXT_BYTES
"""The longest polled payload of a client without a camera: Engine.IO takes sixteen packets of each."""

_BINARY_EVENT: Final = re.compile(r"5(\d+)-(/[^,]*,)?")
_FRAME: Final = re.compile(r'51-\d*\["frame",')
_RESERVED: Final = frozenset({"connect", "disconnect", "*"})
"""Names that Socket.IO gives to events of its own. It would take a client's for them."""


@dataclass(frozen=True)
class SocketRules:
    """What every socket of a server keeps to.

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
    """Let Engine.IO make guarded sockets, and look at messages before Socket.IO does."""
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
    """Count an event that its sender should not have sent, and close who goes on.

    Args:
        sio: the `socketio.Server`.
        sid: of the client in that namespace.
        namespace: of Socket.IO.
        code: of the refusal.
    """
    socket = sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, namespace))
    if socket is not None:
        socket.strike(code)


class PacketError(ValueError):
    """What a client sent is no packet, or none that a client of ours sends."""


class CheckedPacket(Packet):
    """A Socket.IO packet that is refused where no client of ours sends such a one."""

    def decode(self, encoded_packet: str) -> int:
        """Read a packet; the number of its attachments.

        Raises:
            PacketError: it is none, acknowledges something (nothing asks for that), or is an event without a name.
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
    """One client's Engine.IO connection, by WebSocket or by polling."""

    def __init__(self, server: Any, sid: str):
        """Take the server's rules."""
        super().__init__(server, sid)
        self._rules: SocketRules = server.rules
        self._messages, self._bytes = TokenBucket(self._rules.max_messages), TokenBucket(self._rules.max_bytes)
        self._strikes = 0
        self._unread_attachments = 0
        self._wire: Any = None
        self._is_posting = False

    @property
    def address(self) -> str:
        """Where the client is."""
        return str(self._rules.sio.environ.get(self.sid, {}).get("REMOTE_ADDR", ""))

    def take(self, frames: int, size: int) -> None:
        """Note what came.

        Raises:
            MessageError: it is beyond the budget.
        """
        if not (self._messages.take(count=frames) and self._bytes.take(count=size)):
            self._rules.refuse("too_many_messages", self.address)
            raise MessageError(1008, "too many messages: send them more slowly")

    def takes_binary(self) -> bool:
        """Whether a binary message may come now: to a live page's camera, or after an event that is not looked at."""
        has_camera = self._rules.sio.manager.sid_from_eio_sid(self.sid, "/") is not None
        return has_camera or self._unread_attachments > 0

    def admit(self, data: Any) -> Any:
        """A message as Socket.IO may have it; None for nothing.

        Socket.IO keeps as many attachments as an event announces, until all are there. Here a `frame` of the live
        namespace has one; what comes with other events is passed over, and they are answered without it.
        """
        if isinstance(data, bytes):
            if self._unread_attachments:
                self._unread_attachments -= 1
                return None
        elif isinstance(data, str):
            announced = _BINARY_EVENT.match(data)
            if announced and not _FRAME.match(data):
                if int(announced[1][:4]) > MOST_PASSED_OVER:
                    return self.end("bad_message")
                self._unread_attachments += int(announced[1])
                return self.admit(f"2{announced[2] or ''}{data[announced.end() :]}")
        return data

    def strike(self, code: str) -> None:
        """Count a refusal; end after too many."""
        self._strikes += 1
        if self._strikes > MOST_STRIKES:
            self.end(code)
        else:
            self._rules.refuse(code, self.address)

    def end(self, code: str = "") -> None:
        """End at once, and wait for nobody.

        Args:
            code: of the refusal that this is; empty for none.
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
        """As its base, without its wait for a client to fetch what is left: who is gone never does."""
        super().close(wait=False, abort=abort, reason=reason)

    def send(self, pkt: Any) -> None:
        """Send, unless nobody reads there."""
        if self.queue.qsize() > MOST_UNREAD:
            self.end("never_reads")
        elif not self.closed:
            super().send(pkt)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take a polled payload, within bounds.

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
        # JSONP's form of a payload is not taken; and of the texts none is long.
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
        """Serve a WebSocket; one whose message nobody can read ends like one whose client has gone."""
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
