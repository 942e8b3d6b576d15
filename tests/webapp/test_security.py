"""Who may talk to the server, and what a browser may do with its pages."""

from __future__ import annotations

import http.client
import json
import re
import urllib.parse

import pytest
import websocket

from benchmarks.harness.serving import Server
from webapp.config import Settings
from webapp.security import host_name, own_names


def get(server: Server, path: str, host: str | None = None, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    """Status, headers and text of an answer, by whatever name the server is asked for."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        named = {"Host": f"127.0.0.1:{server.port}" if host is None else host} | headers
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "localhost.evil.example",
    "evil.example@127.0.0.1",  # no user names in a Host
    "127.0.0.1:evil.example",  # no port
    "127.0.0.1:{port};script-src *",  # it would stand in the policy
    "127.0.0.2:{port}",  # another address of the loopback
    "[::2]:{port}",
    "192.168.1.10:{port}",  # the server listens on loopback alone
    "0.0.0.0:{port}",
    ".",
    "",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", ["/", "/healthz", "/api/statistics", "/socket.io/?EIO=4&transport=polling"])
def test_does_not_answer_for_a_foreign_host(server: Server, host: str, path: str) -> None:
    """A page whose name was rebound to this address asks so, and its Origin would agree with its Host."""
    named = host.format(port=server.port)
    status, _, text = get(server, path, named, Origin=f"http://{named}")
    assert status in (400, 421)
    assert "0{" not in text and "Raut" not in text


# What browsers say of a request: how far its page is from here, and what it is for.
FETCHES = [
    ("same-origin", "cors", "empty", 200),  # a page of ours
    ("none", "navigate", "document", 200),  # an address that somebody typed
    ("cross-site", "navigate", "document", 200),  # a link that somebody followed
    ("cross-site", "no-cors", "image", 403),
    ("cross-site", "no-cors", "script", 403),
    ("cross-site", "no-cors", "style", 403),
    ("cross-site", "navigate", "iframe", 403),
    ("same-site", "no-cors", "image", 403),  # another port of this machine
    ("same-site", "cors", "empty", 403),
    ("anything", "", "", 403),
]


@pytest.mark.parametrize(("site", "mode", "dest", "status"), FETCHES)
def test_another_site_s_page_fetches_nothing(server: Server, site: str, mode: str, dest: str, status: int) -> None:
    said = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    assert get(server, "/healthz", **said)[0] == status
    polled = get(server, "/socket.io/?EIO=4&transport=polling", **said)[0]
    assert polled == (200 if status == 200 else 400)


@pytest.mark.parametrize("host", ["localhost:{port}", "LOCALHOST:{port}", "127.0.0.1", "[::1]:{port}", "[::1]"])
def test_answers_for_its_own_names(server: Server, host: str) -> None:
    assert get(server, "/healthz", host.format(port=server.port))[0] == 200


def opens(server: Server, host: str, origin: str | None) -> bool:
    """Whether a WebSocket of that host and origin gets as far as Engine.IO's first packet."""
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    try:
        # Without an origin there is none of a page: curl, or a program.
        raw = websocket.create_connection(url, host=host, origin=origin, suppress_origin=origin is None, timeout=30)
    except websocket.WebSocketException:
        return False
    try:
        return str(raw.recv()).startswith("0{")
    except (websocket.WebSocketException, OSError):
        return False
    finally:
        raw.shutdown()


@pytest.mark.parametrize(
    ("host", "origin", "is_let_in"),
    [
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", True),  # its own page
        ("localhost:{port}", "http://localhost:{port}", True),
        ("127.0.0.1:{port}", None, True),  # no page
        ("127.0.0.1:{port}", "http://evil.example", False),  # a foreign page
        ("127.0.0.1:{port}", "https://127.0.0.1:{port}.evil.example", False),
        ("127.0.0.1:{port}", "http://127.0.0.1:1", False),  # another server of this machine
        ("127.0.0.1:{port}", "null", False),  # a sandboxed frame or a file
        ("evil.example", "http://evil.example", False),  # a name rebound
        ("evil.example:{port}", "http://evil.example:{port}", False),
        ("evil.example", None, False),
    ],
)
def test_opens_its_socket_to_its_own_pages(server: Server, host: str, origin: str | None, is_let_in: bool) -> None:
    origin = origin and origin.format(port=server.port)
    assert opens(server, host.format(port=server.port), origin) is is_let_in


def test_opens_no_polling_to_a_foreign_page(server: Server) -> None:
    path = "/socket.io/?EIO=4&transport=polling"
    assert get(server, path, Origin="http://evil.example")[0] == 400
    status, headers, text = get(server, path, Origin=f"http://127.0.0.1:{server.port}")
    assert status == 200 and text.startswith("0{")
    assert headers["Access-Control-Allow-Origin"] in (None, f"http://127.0.0.1:{server.port}")


def test_lets_no_foreign_page_read_its_answers(server: Server) -> None:
    for path in ("/", "/api/statistics", "/healthz"):
        assert get(server, path, Origin="http://evil.example")[1]["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Example.org:80", "example.org"),
        ("example.org", "example.org"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("example.org:", "example.org"),  # allowed by RFC 3986, 3.2.3
        ("example.org:80:80", ""),
        ("example.org:x", ""),
        ("[::1]x", ""),
        ("[::1", ""),
        ("::1", ""),
        ("", ""),
    ],
)
def test_takes_the_name_from_a_host(host: str, name: str) -> None:
    assert host_name(host) == name


def test_knows_further_names_if_told() -> None:
    names = own_names(Settings(allowed_hosts="Raut.Example, other.example,,"))
    assert {"raut.example", "other.example", "localhost"} <= names
    assert "" not in names


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "fe80::7"])
def test_knows_the_address_that_it_listens_on(host: str) -> None:
    names = own_names(Settings(host=host))
    assert (f"[{host}]" if ":" in host else host) in names
    assert "" not in names


def policy(headers: http.client.HTTPMessage) -> dict[str, list[str]]:
    """The Content-Security-Policy, directive by directive."""
    directives = (directive.split() for directive in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}


EVERYWHERE = ["/", "/healthz", "/api/statistics", "/static/js/live/live.js", "/vendor/uPlot.min.css", "/nowhere"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_headers(server: Server, path: str) -> None:
    _, headers, _ = get(server, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].split(", ") == ["camera=(self)", "microphone=()", "geolocation=()"]
    rules = policy(headers)
    assert rules["default-src"] == ["'self'"]
    assert rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == ["'none'"]
    for sources in rules.values():
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(sources)
    assert set(rules["connect-src"]) == {"'self'", f"ws://127.0.0.1:{server.port}", f"wss://127.0.0.1:{server.port}"}


def test_a_page_s_inline_scripts_carry_its_nonce(server: Server) -> None:
    nonces = []
    for _ in range(2):
        _, headers, page = get(server, "/")
        (nonce,) = re.findall("'nonce-([^']+)'", headers["Content-Security-Policy"])
        scripts = re.findall("<script[^>]*>", page)
        assert scripts
        inline = [tag for tag in scripts if " src=" not in tag]
        assert all(f'nonce="{nonce}"' in tag for tag in inline), "the import map of a page that is not bundled"
        assert not re.search(r"""\s(on\w+|style)\s*=\s*["']""", page), "the policy forbids them"
        nonces.append(nonce)
    assert nonces[0] != nonces[1]
    assert all(len(nonce) >= 20 for nonce in nonces)


def test_pages_load_nothing_from_elsewhere(server: Server) -> None:
    """A LAN may have no internet."""
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", get(server, "/")[2])
    assert loaded
    assert not [url for url in loaded if urllib.parse.urlsplit(url).netloc]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/js/live/live.js", "text/javascript; charset=utf-8"),
        ("/static/js/live/encoder_worker.js", "text/javascript; charset=utf-8"),
        ("/static/css/base.css", "text/css; charset=utf-8"),
        ("/static/icons.svg", "image/svg+xml; charset=utf-8"),
        ("/favicon.ico", "image/svg+xml; charset=utf-8"),
        ("/healthz", "application/json"),
    ],
)
def test_says_what_it_sends(server: Server, path: str, content_type: str) -> None:
    status, headers, _ = get(server, path)
    assert (status, headers["Content-Type"]) == (200, content_type)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("socket.io.esm.min.js", "text/javascript"), ("uPlot.esm.js", "text/javascript"), ("uPlot.min.css", "text/css")],
)
def test_serves_the_browser_s_libraries(server: Server, name: str, content_type: str) -> None:
    status, headers, text = get(server, f"/vendor/{name}")
    if status == 503:  # before the set-up
        assert "run.py setup" in json.loads(text)["error"]
    else:
        assert (status, headers["Content-Type"]) == (200, f"{content_type}; charset=utf-8")


@pytest.mark.parametrize("name", ["uPlot.iife.js", "../package.json", "..%2fpackage.json", "socket.io-client", ""])
def test_serves_nothing_else_of_them(server: Server, name: str) -> None:
    assert get(server, f"/vendor/{name}")[0] == 404
