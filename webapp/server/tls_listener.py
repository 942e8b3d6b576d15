"""TLS: each connection shakes hands in its own thread, and plain http is sent on to https.

    accept -> thread of this connection: look at the first byte -> 0x16: TLS handshake -> requests
                                                                -> else: "come back by https", close

The loop that accepts never waits for a client. A connection that never finishes its handshake costs a thread (a
green one under eventlet) until it is closed, and other clients nothing.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from webapp.server.tls_socket import SharedSSLSocket

HANDSHAKE_S: Final = 10.0
"""Seconds that a handshake may take."""

IDLE_S: Final = 60.0
"""Seconds that a connection may be silent; Socket.IO's pings come three times as often."""

TLS_HANDSHAKE: Final = b"\x16"
"""The first byte of every TLS connection (RFC 8446, 5.1)."""

MOST_HEAD_BYTES: Final = 4096

_REQUEST_LINE: Final = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!-~]*) HTTP/1\.[01]\r?\n")
_HOST: Final = re.compile(rb"\r?\nhost:[ \t]*([A-Za-z0-9.\-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?)[ \t]*\r?\n", re.I)


class TlsListener:
    """Turns accepted connections into TLS ones."""

    def __init__(self, chain: Path, key: Path):
        """Load a certificate (with what leads to its authority) and its key.

        Raises:
            OSError: they cannot be read, are not valid, or do not belong together.
        """
        # TLS 1.2 at least, and no session tickets that would outlive the keys.
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The ciphers of TLS 1.2 that 1.3 kept: with forward secrecy and without CBC. All browsers of ten years have them.
        self._context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        # No HTTP/2: the server speaks HTTP/1.1 and WebSocket only.
        self._context.set_alpn_protocols(["http/1.1"])
        self._deadlines = _Deadlines()
        self.load(chain, key)

    def share_between_threads(self) -> None:
        """Make connections that may be read and written to by different operating-system threads."""
        self._context.sslsocket_class = SharedSSLSocket

    def load(self, chain: Path, key: Path) -> None:
        """Take another certificate, for connections from now on."""
        # OpenSSL would ask for a password on the terminal and wait; an empty one fails at once.
        self._context.load_cert_chain(chain, key, password="")

    def shake_hands(self, connection: socket.socket) -> ssl.SSLSocket | None:
        """Do the handshake.

        Args:
            connection: as accepted; not to be used any more after this.

        Returns:
            The connection to speak HTTP on; None if there is none, and everything is closed.
        """
        timeout = connection.gettimeout()
        try:
            with self._deadlines.watch(connection):
                connection.settimeout(HANDSHAKE_S)
                first = connection.recv(1, socket.MSG_PEEK)
                if first == TLS_HANDSHAKE:
                    connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                    connection.do_handshake()
                    # Never without a timeout: a WebSocket reads in one thread and writes in others, and a read that
                    # blocks inside OpenSSL would keep them all out.
                    connection.settimeout(timeout or IDLE_S)
                    return connection
                if first:
                    _send_to_https(connection)
        except (OSError, ValueError):
            pass  # it has gone, took too long, or does not speak TLS
        _close(connection)
        return None


class _Deadlines:
    """Ends handshakes that take too long. A timeout of the socket would begin anew with every byte."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[float, socket.socket]] = {}
        self._sweeps = False

    def watch(self, connection: socket.socket) -> _Watch:
        """A `with` block; if it lasts too long, the connection is shut down."""
        return _Watch(self, connection)

    def add(self, connection: socket.socket) -> int:
        # A second handle, since the TLS layer takes the first one.
        handle = connection.dup()
        with self._lock:
            self._watched[id(handle)] = (time.monotonic() + HANDSHAKE_S, handle)
            starts, self._sweeps = not self._sweeps, True
        if starts:
            threading.Thread(target=self._sweep, name="handshakes", daemon=True).start()
        return id(handle)

    def remove(self, key: int) -> None:
        with self._lock:
            _, handle = self._watched.pop(key)
        handle.close()

    def _sweep(self) -> None:
        while True:
            time.sleep(0.5)
            with self._lock:
                if not self._watched:
                    self._sweeps = False
                    return
                now = time.monotonic()
                for deadline, handle in self._watched.values():
                    if now > deadline:
                        with suppress(OSError):
                            handle.shutdown(socket.SHUT_RDWR)


class _Watch:
    def __init__(self, deadlines: _Deadlines, connection: socket.socket):
        self._deadlines, self._connection = deadlines, connection

    def __enter__(self) -> None:
        self._key = self._deadlines.add(self._connection)

    def __exit__(self, *_: object) -> None:
        self._deadlines.remove(self._key)


def secured(handler: Any, tls: TlsListener | None) -> Any:
    """A connection handler as the servers have them, that speaks TLS.

    Args:
        handler: a class whose `handle()` lasts as long as its connection does.
        tls: None for plain http.
    """
    if tls is None:
        return handler
    shake_hands = tls.shake_hands

    class Secured(handler):
        """Shakes hands before anything is read."""

        def handle(self: Any) -> None:
            """Serve the connection once it is secure."""
            connection = shake_hands(self.connection)
            if connection is None:
                self.close_connection = True
                return
            # The standard library's names, which eventlet and Werkzeug share.
            self.request = self.connection = connection
            self.setup()
            try:
                super().handle()
            except OSError:
                pass  # a client that does not trust the certificate says so only now
            finally:
                _close(connection)

    return Secured


def _send_to_https(connection: socket.socket) -> None:
    """Answer a plain http request with its https address, if it has one."""
    head = _read_head(connection)
    line, host = _REQUEST_LINE.match(head), _HOST.search(head)
    if line is None or host is None:
        return
    # Temporary (307, not 308): on another day this port may speak plain http.
    body = b"This server speaks https. Please use an address that begins with https://\n"
    connection.sendall(
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://" + host[1] + line[1] + b"\r\n"
        b"Content-Type: text/plain\r\nContent-Length: %d\r\n"
        % len(body)
        + b"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        + body
    )


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < MOST_HEAD_BYTES:
        part = connection.recv(MOST_HEAD_BYTES - len(head))
        if not part:
            break
        head += part
    return head


def _close(connection: Any) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()
