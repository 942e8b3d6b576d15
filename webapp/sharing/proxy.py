"""The address that a request came from: the connection's own, or the one that trusted proxies tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, Final

from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.metrics.refusals import Refusals

Network = IPv4Network | IPv6Network
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FORWARDING: Final = ("HTTP_FORWARDED", "HTTP_X_REAL_IP")
FORWARDING_PREFIX: Final = "HTTP_X_FORWARDED_"


class Forwarding:
    """Believes the last `proxies` entries of X-Forwarded-For, -Proto and -Host, then removes these headers.

    Without a declared proxy a client could write anything there, and python-engineio would take a foreign
    `X-Forwarded-Host` for its own origin. So can whoever reaches this server past the proxy, where its address is not told.
    """

    def __init__(self, app: WsgiApp, proxies: int, refusals: Refusals, *, tls: bool, addresses: Sequence[Network] = ()):
        """Wrap an application.

        Args:
            app: what requests are passed on to.
            proxies: how many are in front, one behind the other.
            refusals: counts forged headers.
            tls: this server itself speaks TLS.
            addresses: of the proxy that connects; none for any.
        """
        self._app, self._refusals, self._tls, self._addresses = app, refusals, tls, addresses
        self._believe = ProxyFix(self._pass_on, proxies, proxies, proxies) if proxies else None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on with its true address and scheme."""
        # TLS is handled before eventlet and Werkzeug, so neither knows that this is https.
        environ["wsgi.url_scheme"] = "https" if self._tls else "http"
        environ["REMOTE_ADDR"] = environ.get("REMOTE_ADDR", "").removeprefix("::ffff:")
        if self._believe is not None and self._is_proxy(environ["REMOTE_ADDR"]):
            return self._believe(environ, start_response)
        if _forwarding(environ):
            self._refusals.add("forged_forwarding", environ["REMOTE_ADDR"])
        return self._pass_on(environ, start_response)

    def _is_proxy(self, address: str) -> bool:
        if not self._addresses:
            return True
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._addresses)

    def _pass_on(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in _forwarding(environ):
            del environ[name]
        return self._app(environ, start_response)


def _forwarding(environ: dict[str, Any]) -> list[str]:
    return [name for name in environ if name in FORWARDING or name.startswith(FORWARDING_PREFIX)]
