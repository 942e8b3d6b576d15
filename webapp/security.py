"""Who may talk to this server, and what a browser may do with its pages."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Container, Iterable
from typing import Any, Final

from flask import Flask, Response, g, request

from webapp.config import Settings
from webapp.errors import refuse_request
from webapp.sharing.addresses import host_name as machine_name
from webapp.sharing.addresses import in_url, is_loopback, local_name, machine_addresses

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:[0-9]*)?")

LOOK_AGAIN_S: Final = 10.0
"""Seconds between two look-ups of this machine's addresses."""


class HostGuard:
    """Refuses requests whose `Host` is none of this server's names.

    It stops DNS rebinding: a page of another site whose name was changed to this address would send the same
    name as `Host` and as `Origin`, and so pass the check of the origin.
    """

    def __init__(self, app: WsgiApp, names: Container[str], on_refusal: Callable[[str, str], None]):
        """Guard an application.

        Args:
            app: what is guarded.
            names: lower-case hosts without ports.
            on_refusal: called with `foreign_host` and the address that asked for one.
        """
        self._app, self._names, self._on_refusal = app, names, on_refusal

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, or answer 421."""
        if host_name(environ.get("HTTP_HOST", "")) in self._names:
            return self._app(environ, start_response)
        self._on_refusal("foreign_host", environ.get("REMOTE_ADDR", ""))
        sentence = "this server does not answer for that host name"
        return refuse_request(start_response, 421, "foreign_host", sentence)


def host_name(host: str) -> str:
    """A Host header without its port, lower-case; empty where it is malformed."""
    match = _HOST.fullmatch(host)
    return match["name"].lower() if match else ""


def own_names(settings: Settings) -> frozenset[str]:
    """The names and addresses by which this machine may be asked for its pages."""
    names = set(LOOPBACK_NAMES) | {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
    if not is_loopback(settings.host):
        names |= {machine_name().split(".")[0], machine_name(), local_name()} - {""}
        names |= {in_url(address) for address in machine_addresses()}
        names.add(in_url(settings.host.lower()))
    return frozenset(names)


class OwnNames:
    """`own_names` as they are now: a laptop's addresses change while it serves."""

    def __init__(self, settings: Settings):
        """Look the names up."""
        self._settings = settings
        self._names, self._looked_at = own_names(settings), time.monotonic()

    def __contains__(self, name: object) -> bool:
        """Whether a lower-case host without its port is this machine's."""
        if name not in self._names and time.monotonic() - self._looked_at > LOOK_AGAIN_S:
            self._names, self._looked_at = own_names(self._settings), time.monotonic()
        return name in self._names


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
    # No Strict-Transport-Security: with it a browser would not let a phone past the certificate that it does not trust
    # yet, not even to /trust; and it would still hold once another server has this address.
    response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
