"""How much waits to be sent to a client: one that does not read must not fill the server's memory."""

from __future__ import annotations

from typing import Any


def queued(server: Any, sid: str, namespace: str = "/") -> int:
    """How many packets wait for one client.

    Args:
        server: the `socketio.Server`.
        sid: of the client in that namespace.
        namespace: of Socket.IO.
    """
    # Socket.IO hands every packet to Engine.IO, whose writer for this client takes them from this queue.
    socket = server.eio.sockets.get(server.manager.eio_sid_from_sid(sid, namespace))
    return int(socket.queue.qsize()) if socket is not None else 0
