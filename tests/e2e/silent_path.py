"""The way to a server whose machine may lose its power: connections stay open and nothing comes any more; new ones go to another machine."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final

from benchmarks.harness.serving import Server

if TYPE_CHECKING:
    from typing_extensions import Self

_AT_ONCE: Final = 1 << 16


class SilentPath:
    """Passes TCP connections on to a server, for the length of a `with` block.

    Attributes:
        url: where pages find the server.
        accepted: how many connections there have been.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.accepted = 0
        self._silent: set[int] = set()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def fall_silent(self) -> None:
        """Let no byte through any more, on any of the connections that there are."""
        self._silent.update(range(self.accepted + 1))

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                theirs, _ = self._listener.accept()
                ours = socket.create_connection(("127.0.0.1", self._server.port))
                self.accepted += 1
                self._open += [theirs, ours]
                for source, target in ((theirs, ours), (ours, theirs)):
                    threading.Thread(target=self._pass_on, args=(self.accepted, source, target), daemon=True).start()

    def _pass_on(self, number: int, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_AT_ONCE):
                if number not in self._silent:
                    target.sendall(data)
            if number not in self._silent:
                target.shutdown(socket.SHUT_WR)
