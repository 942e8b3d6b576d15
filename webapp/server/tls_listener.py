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
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from webapp.server.connections import Connection
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
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The ciphers of TLS 1.2 that 1.3 kept: with forward secrecy and without CBC. All browsers of ten years have them.
        self._context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        # No HTTP/2: the server speaks HTTP/1.1 and WebSocket only.
        self._context.set_alpn_protocols(["http/1.1"])
        # Tickets would let a session be read later by whoever gets the server's ticket key.
        self._context.options |= ssl.OP_NO_TICKET
        self._context.num_tickets = 0
        self.load(chain, key)

    def share_between_threads(self) -> None:
        """Make connections that may be read and written to by different operating-system threads."""
        self._context.sslsocket_class = SharedSSLSocket

    def load(self, chain: Path, key: Path) -> None:
        """Take another certificate, for connections from now on."""
        # OpenSSL would ask for a password on the terminal and wait; an empty one fails at once.
        self._context.load_cert_chain(chain, key, password="")

    def shake_hands(self, connection: socket.socket, visit: Connection) -> ssl.SSLSocket | None:
        """Do the handshake.

        Args:
            connection: as accepted; not to be used any more after this.
            visit: of this connection. A timeout of the socket begins anew with every byte; its deadline does not.

        Returns:
            The connection to speak HTTP on; None if there is none, and everything is closed.
        """
        timeout = connection.gettimeout()
        visit.allow(HANDSHAKE_S)
        try:
            connection.settimeout(HANDSHAKE_S)
            first = connection.recv(1, socket.MSG_PEEK)
            if first == TLS_HANDSHAKE:
                connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                visit.socket = connection
                connection.do_handshake()
                # Never without a timeout: a WebSocket reads in one thread and writes in others, and a read that
                # blocks inside OpenSSL would keep them all out.
                connection.settimeout(timeout or IDLE_S)
                return connection
            if first:
                _send_to_https(connection)
        except (OSError, ValueError):
            pass  # it has gone, took too long, or does not speak TLS
        finally:
            visit.allow(None)
        _close(connection)
        return None


def secured(handler: Any, tls: TlsListener | None) -> Any:
    """A connection handler as the servers have them, that speaks TLS.

    Args:
        handler: a class whose `handle()` lasts as long as its connection does, and whose `visit` is of that connection.
        tls: None for plain http.
    """
    if tls is None:
        return handler
    shake_hands = tls.shake_hands

    class Secured(handler):
        """Shakes hands before anything is read."""

        def handle(self: Any) -> None:
            """Serve the connection once it is secure."""
            connection = shake_hands(self.connection, self.visit)
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
