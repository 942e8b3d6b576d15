"""Who may talk to this server, and what a browser may do with its pages."""

from __future__ import annotations

import json
import re
import secrets
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask, Response, g, request

from webapp.config import Settings

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:[0-9]*)?")


class HostGuard:
    """Refuses requests for hosts that this server is not.

    Without it a foreign page whose name was rebound to this address could talk to the server: its
    `Host` and `Origin` would agree with each other.
    """

    def __init__(self, app: WsgiApp, names: frozenset[str]):
        """Guard an application; `names` are lower-case hosts without ports."""
        self._app, self._names = app, names

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or answer 421."""
        if host_name(environ.get("HTTP_HOST", "")) in self._names:
            return self._app(environ, start_response)
        body = json.dumps({"error": "this server does not answer for that host name", "code": "foreign_host"}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("421 Misdirected Request", headers)
        return [body]


class NoCompression:
    """Hides the offer of WebSocket compression, which eventlet would take up.

    Frames are JPEGs and acknowledgements short: deflating them costs a fifteenth of the throughput's
    worth and saves nothing.
    """

    def __init__(self, app: WsgiApp):
        """Wrap an application."""
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on without its offer."""
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return self._app(environ, start_response)


def host_name(host: str) -> str:
    """A Host header without its port, lower-case; nothing where it is not a name and a port."""
    match = _HOST.fullmatch(host)
    return match["name"].lower() if match else ""


def own_names(settings: Settings) -> frozenset[str]:
    """The names and addresses by which this machine may be asked for its pages."""
    names = set(LOOPBACK_NAMES) | {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
    if settings.host not in ("127.0.0.1", "localhost", "::1"):
        names |= _machine_names()
        names.add(f"[{settings.host}]" if ":" in settings.host else settings.host.lower())
    return frozenset(names)


def _machine_names() -> set[str]:
    """This machine's host name, its `.local` name and every address that it has by them."""
    name = socket.gethostname().lower()
    names = {name, f"{name.split('.')[0]}.local"}
    try:
        addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(name, None)]
    except OSError:
        addresses = []
    addresses.append(_outward_address())
    return names | {f"[{address.split('%')[0]}]" if ":" in address else address for address in addresses if address}


def _outward_address() -> str:
    """The address that this machine has on the network its default route leads to; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation: nobody is there
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def add_security_headers(app: Flask) -> None:
    """Give every response its headers, and templates the nonce of the one inline script, the import map."""
    app.before_request(_make_nonce)
    app.after_request(_set_headers)
    app.context_processor(lambda: {"csp_nonce": g.csp_nonce})


def _make_nonce() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)


def _set_headers(response: Response) -> Response:
    nonce = g.get("csp_nonce") or secrets.token_urlsafe(16)
    # Older Safari does not match ws: and wss: with 'self', so the host is named.
    sockets = f"ws://{request.host} wss://{request.host}"
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            f"connect-src 'self' {sockets}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
    response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
