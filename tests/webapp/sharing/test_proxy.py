"""Whose word counts for where a request came from."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.config import networks_of
from webapp.metrics.refusals import Refusals
from webapp.sharing.proxy import Forwarding

CLIENT = "203.0.113.9"


def seen_by(environ: dict[str, Any], proxies: int, addresses: str) -> tuple[str, str, dict[str, int]]:
    """The address and the scheme that the application sees, and what was refused."""
    seen: dict[str, Any] = {}
    refusals = Refusals()

    def app(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return []

    Forwarding(app, proxies, refusals, tls=False, addresses=networks_of(addresses))(environ, lambda *_: None)
    assert not [name for name in seen if name.startswith("HTTP_X_FORWARDED_")], "nobody else may read them"
    return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], refusals.to_dict()


@pytest.mark.parametrize(
    ("peer", "proxies", "addresses", "believed"),
    [
        ("10.1.2.3", 1, "", True),  # any, where none is told
        ("10.1.2.3", 1, "10.1.2.3", True),
        ("10.1.2.3", 1, "192.168.0.0/16, 10.0.0.0/8", True),
        ("::ffff:10.1.2.3", 1, "10.1.2.3", True),  # as a dual-stack listener calls it
        ("fd00::7", 1, "fd00::/8", True),
        ("10.1.2.4", 1, "10.1.2.3", False),  # somebody who reaches the node past the proxy
        ("10.1.2.3", 1, "fd00::/8", False),
        ("", 1, "10.1.2.3", False),
        ("10.1.2.3", 0, "10.1.2.3", False),  # no proxy was declared
    ],
)
def test_only_the_declared_proxy_is_believed(peer: str, proxies: int, addresses: str, believed: bool) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": CLIENT, "HTTP_X_FORWARDED_PROTO": "https"}
    address, scheme, refused = seen_by(environ, proxies, addresses)
    assert (address, scheme) == ((CLIENT, "https") if believed else (peer.removeprefix("::ffff:"), "http"))
    assert refused == ({} if believed else {"forged_forwarding": 1})
