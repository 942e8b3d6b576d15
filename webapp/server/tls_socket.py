"""A TLS connection that one thread may read while others write to it.

OpenSSL's `SSL` object may be used by one thread at a time, and CPython releases its lock while OpenSSL works (it
guards the object only since 3.13). Under `--async-mode threading` one thread reads a WebSocket and others write to
it. So the calls take turns here, and none waits inside OpenSSL.
"""

from __future__ import annotations

import select
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class SharedSSLSocket(ssl.SSLSocket):
    """An `ssl.SSLSocket` for several threads; give it to a context as its `sslsocket_class`."""

    _turn: threading.Lock
    _writing: threading.RLock
    _patience: float | None
    _sslobj: Any

    def __new__(cls, *args: Any, **options: Any) -> SharedSSLSocket:  # noqa: PYI034  (typing.Self is of 3.11)
        """Make the locks first: `SSLSocket` sets a timeout while it is still being made."""
        self = super().__new__(cls, *args, **options)
        self._turn, self._writing = threading.Lock(), threading.RLock()
        self._patience = None
        return self

    def settimeout(self, value: float | None) -> None:
        """How long a call may wait for the other side, in seconds; the socket itself never blocks."""
        self._patience = value
        super().settimeout(0.0)

    def gettimeout(self) -> float | None:
        """The timeout that was last set, in seconds."""
        return self._patience

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands; raises as `SSLSocket` does."""
        self._in_turn(super().do_handshake)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002  (as its base calls it)
        """Read what has come; `b""` (or 0, into a buffer) at the end."""
        read = super().read

        def read_unless_closed() -> Any:
            if self._sslobj is None:  # another thread has just shut it down
                return b"" if buffer is None else 0
            return read(len, buffer)

        return self._in_turn(read_unless_closed)

    def send(self, data: Any, flags: int = 0) -> int:
        """Send some of it; returns how many bytes."""
        send = super().send
        with self._writing:
            return self._in_turn(lambda: send(data, flags))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it, with nobody else's bytes in between."""
        with self._writing:
            super().sendall(data, flags)

    def _in_turn(self, operation: Callable[[], T]) -> T:
        """Try until it need not wait, and wait outside the lock."""
        deadline = None if self._patience is None else time.monotonic() + self._patience
        while True:
            try:
                with self._turn:
                    return operation()
            except ssl.SSLWantReadError:
                to_read = True
            except ssl.SSLWantWriteError:
                to_read = False
            self._wait(to_read, deadline)

    def _wait(self, to_read: bool, deadline: float | None) -> None:
        seconds = None if deadline is None else deadline - time.monotonic()
        if seconds is not None and seconds <= 0:
            raise TimeoutError("timed out")
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.fileno(), select.POLLIN if to_read else select.POLLOUT)
            poll.poll(None if seconds is None else max(1.0, seconds * 1000))
        else:  # Windows
            select.select([self] if to_read else [], [] if to_read else [self], [self], seconds)
