"""From an application to a listening server, on eventlet or on threads."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from webapp.config import Settings
from webapp.server.chunked_body import take_chunked_body
from webapp.server.connections import Connections
from webapp.server.descriptors import PatientListener
from webapp.server.handlers import Head, counted
from webapp.server.tls_listener import TlsListener, secured

BACKLOG = 256

MOST_CONNECTIONS = 4096


class ListenError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


def listen(settings: Settings) -> socket.socket:
    """A listening socket.

    Raises:
        ListenError: the port is taken, needs rights, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        both = settings.host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        raise ListenError(_why(error, settings)) from None
    except OverflowError as error:
        raise ListenError(str(error)) from None


def _why(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {settings.port} is taken by another program: stop that one, or choose another port, "
            f"for example `python run.py serve --port {settings.port % 65535 + 1}`"
        )
    if error.errno == errno.EACCES:
        return f"port {settings.port} needs administrator rights: choose one above 1023 with --port"
    return f"cannot listen on {settings.host}: {error.strerror or error}"


def serve(
    app: Flask, listener: socket.socket, settings: Settings, connections: Connections, tls: TlsListener | None
) -> None:
    """Answer requests on a listening socket; returns never.

    Args:
        app: what answers them.
        listener: from `listen`.
        settings: of the server.
        connections: counts the TCP connections, each for as long as it lasts.
        tls: None for plain http.
    """

    def guarded(handler: Any) -> Any:
        return counted(secured(handler, tls), connections, settings)

    connections.watch()

    if settings.async_mode == "eventlet":
        _serve_eventlet(app, listener, settings, guarded)
    else:
        if tls is not None:
            tls.share_between_threads()
        _serve_threads(app, listener, guarded)


def _serve_eventlet(app: Flask, listener: socket.socket, settings: Settings, guarded: Callable[[Any], Any]) -> None:
    import eventlet.wsgi

    silent = logging.getLogger("webapp.requests")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False

    class Unlogged(eventlet.wsgi.HttpProtocol):
        """Writes no line about a request: it would hold what a client sent. Reads chunks as the other server does."""

        reject_bad_requests = False  # what names a length and chunks is refused in JSON, with all the others

        def get_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environ()
            if take_chunked_body(environ, self.rfile):
                self.close_connection = True
            return environ

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as its base calls it)
            """Nothing."""

    with Path(os.devnull).open("w") as nowhere:
        eventlet.wsgi.server(
            PatientListener(listener),
            app,
            log=silent,
            log_output=False,
            debug=False,
            protocol=guarded(Unlogged),
            max_size=MOST_CONNECTIONS,
            keepalive=settings.handshake_timeout,
            socket_timeout=settings.handshake_timeout,
            environ={"wsgi.errors": nowhere},
        )


def _serve_threads(app: Flask, listener: socket.socket, guarded: Callable[[Any], Any]) -> None:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Unlogged(WSGIRequestHandler):
        """Writes no line about a request: it would hold the session's id, or what a client sent. Reads chunks likewise."""

        protocol_version = "HTTP/1.1"
        timeout = 60  # longer than Engine.IO's ping interval: it holds for WebSockets too

        def make_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().make_environ()
            take_chunked_body(environ, self.rfile)  # Werkzeug answers one request a connection anyway
            return environ

        def parse_request(self) -> bool:
            """Read the head, within its bound: by itself the standard library takes a hundred lines of 64 kB."""
            file = self.rfile
            self.rfile = Head(file)  # type: ignore[assignment]
            try:
                return super().parse_request()
            finally:
                self.rfile = file

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Nothing."""

        def log_error(self, format: str, *args: object) -> None:  # noqa: A002  (as its base calls it)
            """Nothing."""

        def connection_dropped(self, error: BaseException, environ: dict | None = None) -> None:
            """Close it: bytes that are left of a WebSocket must not be read as the next request."""
            self.close_connection = True

    host, port = listener.getsockname()[:2]
    handler = guarded(Unlogged)
    server = make_server(host, port, app, threaded=True, request_handler=handler, fd=listener.fileno())
    server.socket = PatientListener(server.socket)  # type: ignore[assignment]
    server.serve_forever()


def wait_for_end(on_end: Callable[[], None]) -> int:
    """Wait until SIGTERM or SIGINT, then call `on_end`.

    Returns:
        The exit status: 0.
    """
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: asked.append(received))
    # A handler only sets a flag: the signal may come while the event loop itself runs, and then no green thread
    # may be touched.
    while not asked:
        time.sleep(0.1)
    on_end()
    return 0


def serve_in_background(
    app: Flask, listener: socket.socket, settings: Settings, connections: Connections, tls: TlsListener | None
) -> None:
    """`serve` in a thread (a green one under eventlet), so that this one can wait for the end."""
    threading.Thread(target=serve, args=(app, listener, settings, connections, tls), name="serve", daemon=True).start()
