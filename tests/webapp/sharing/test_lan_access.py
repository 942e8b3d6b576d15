"""Who gets in on a LAN, and as what; run against each way of waiting."""

from __future__ import annotations

import re
from typing import Any

import pytest
import websocket

from tests.webapp.lan import Answer, LanServer, cookie_of
from tests.webapp.live_client import outcome

HTML = "text/html,application/xhtml+xml"

PROTECTED = [
    "/",
    "/share",
    "/dashboard",
    "/models",
    "/metrics",
    "/api",
    "/api/statistics",
    "/api/share",
    "/static/js/live/live.js",
    "/static/js/live/live.js?v=1",
    "/built/js/live.js",
    "/messages/en.0.json",
    "/vendor/uPlot.esm.js",
]


def test_a_link_lets_in_and_leaves_the_address_bar(lan: LanServer) -> None:
    answer = lan.get(f"/join/{lan.token('camera')}")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Cache-Control"] == "no-store"
    value, attributes = cookie_of(answer)
    assert value == f"__Host-raut={lan.token('camera')}"
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
    assert "domain" not in attributes
    assert lan.get("/", Cookie=value).status == 200


def test_the_other_link_leads_to_the_numbers(lan: LanServer) -> None:
    answer = lan.get(f"/join/{lan.token('watch')}")
    assert (answer.status, answer.headers["Location"]) == (303, "/dashboard")
    assert lan.get("/", role="watch").headers["Location"] == "/dashboard"
    assert lan.get("/api/statistics", role="watch").status == 200


@pytest.mark.parametrize("path", PROTECTED)
def test_a_stranger_gets_a_page_that_says_what_to_do(lan: LanServer, path: str) -> None:
    answer = lan.get(path, Accept=HTML)
    assert answer.status == 401
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Scan the QR code" in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", [*PROTECTED, "/socket.io/?EIO=4&transport=polling", "/static/css/../js/live/live.js"])
def test_a_stranger_s_program_gets_json(lan: LanServer, path: str) -> None:
    answer = lan.get(path)
    assert (answer.status, answer.json["code"]) == (401, "no_token")


@pytest.mark.parametrize(
    "path", ["/healthz", "/trust", "/trust/raut-ca.crt", "/static/css/sharing.css", "/static/icons.svg", "/favicon.ico"]
)
def test_what_a_device_needs_first_is_open(lan: LanServer, path: str) -> None:
    assert lan.get(path).status == 200


def test_health_tells_a_stranger_no_more_than_that(lan: LanServer) -> None:
    assert set(lan.get("/healthz").json) == {"status", "version"}
    assert lan.get("/healthz", role="watch").json["workers"]["alive"] == 1


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_an_invited_camera_gets_labels(lan: LanServer, portrait_jpeg: bytes, transport: str) -> None:
    client = lan.connect("camera", transport)
    try:
        assert outcome(client.ask(portrait_jpeg)) == "result"
        assert lan.get("/api/share", role="camera").json["cameras"] >= 1
    finally:
        client.close()


@pytest.mark.parametrize("token", ["", "guessed", "x" * 22], ids=["none", "a guess", "one of the right length"])
def test_a_stranger_s_socket_is_refused(lan: LanServer, token: str) -> None:
    assert not lan.opens_socket(token)
    polled = lan.get("/socket.io/?EIO=4&transport=polling", Cookie=f"__Host-raut={token}")
    assert polled.status == 401


def test_a_watcher_sends_no_frame(lan: LanServer, portrait_jpeg: bytes) -> None:
    def received() -> int:
        return int(lan.get("/api/statistics", role="camera").json["totals"]["received"])

    before, refused, raw = received(), lan.refused("watcher"), lan.raw_socket(lan.token("watch"))
    try:
        assert str(raw.recv()).startswith("0{")
        raw.send("40")
        assert str(raw.recv()).startswith("44{") and lan.refused("watcher") == refused + 1
        raw.settimeout(1)
        with pytest.raises((websocket.WebSocketException, OSError)):  # closed while it sends, or afterwards
            for _ in range(3):  # even if it does not listen
                raw.send('451-0["frame",{"_placeholder":true,"num":0}]')
                raw.send_binary(portrait_jpeg)
            while not str(raw.recv()).startswith("43"):  # an acknowledgement
                pass
    finally:
        raw.shutdown()
    assert received() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/analyze"),
        ("POST", "/api/statistics/loop-lag/reset"),
        ("GET", "/share"),  # it holds the other link
        ("GET", "/api/share"),
        ("PUT", "/"),
        ("DELETE", "/anything"),
    ],
)
def test_a_watcher_may_only_watch(lan: LanServer, portrait_jpeg: bytes, method: str, path: str) -> None:
    before = lan.refused("watcher")
    answer = lan.ask(method, path, role="watch", body=portrait_jpeg if method == "POST" else None)
    assert (answer.status, answer.json["code"]) == (403, "watcher")
    assert lan.refused("watcher") == before + 1


def test_a_camera_s_token_analyses_pictures_by_cookie_and_by_header(lan: LanServer, portrait_jpeg: bytes) -> None:
    bearer = {"Authorization": f"Bearer {lan.token('camera')}"}
    for answer in (
        lan.ask("POST", "/api/analyze", role="camera", body=portrait_jpeg),
        lan.ask("POST", "/api/analyze", body=portrait_jpeg, **bearer),
    ):
        assert answer.status == 200 and len(answer.json["faces"]) == 1


@pytest.mark.parametrize("role", ["camera", "watch"])
def test_who_is_invited_gets_the_dashboard_s_numbers(lan: LanServer, role: str) -> None:
    assert lan.get("/dashboard", role=role).status == 200
    with lan.watcher(lan.token(role)) as watcher:
        assert watcher.newest()["connected"]["watch"] >= 1


def test_nobody_else_s_process_ids_are_told(lan: LanServer) -> None:
    for role in ("camera", "watch"):
        assert "pids" not in lan.get("/healthz", role=role).json["workers"]
        assert "pids" not in lan.get("/api/statistics", role=role).json["workers"]


def test_a_stranger_gets_neither_the_dashboard_nor_its_numbers(lan: LanServer) -> None:
    assert lan.get("/dashboard").status == 401
    assert not lan.opens_socket(""), "and without Engine.IO's first packet no namespace can be asked for"


@pytest.mark.parametrize(("role", "leads_on"), [("camera", True), ("watch", False)])
def test_a_page_links_to_what_its_visitor_may_open(lan: LanServer, role: str, leads_on: bool) -> None:
    page = lan.get("/dashboard", role=role).text
    assert 'href="/dashboard"' in page
    assert ('href="/"' in page, 'href="/share"' in page) == (leads_on, leads_on)


@pytest.mark.parametrize("path", ["/trust", "/"])
def test_a_stranger_s_page_links_to_itself_and_to_trust_alone(lan: LanServer, path: str) -> None:
    links = re.findall(r'<a [^>]*href="([^"]*)"', lan.get(path, Accept=HTML).text)
    assert links, "at least in the other language"
    assert {link.split("?")[0] for link in links} <= {
        path,
        "/trust",
        "/trust/raut-ca.crt",
        "/trust/raut-ca.mobileconfig",
    }


FOREIGN = ["https://evil.example", "null", "http://127.0.0.2:{port}", "https://127.0.0.2:1"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_another_site_s_page_gets_nothing_by_a_guest_s_cookie(
    lan: LanServer, portrait_jpeg: bytes, origin: str
) -> None:
    before, origin = lan.refused("foreign_origin"), origin.format(port=lan.port)
    posted = lan.ask("POST", "/api/analyze", role="camera", body=portrait_jpeg, Origin=origin)
    assert (posted.status, posted.json["code"]) == (403, "foreign_origin")
    assert not lan.opens_socket(lan.token("camera"), origin)
    assert lan.opens_socket(lan.token("camera"), lan.url)
    assert lan.refused("foreign_origin") == before + 2


def test_its_own_page_has_its_own_origin(lan: LanServer, portrait_jpeg: bytes) -> None:
    answer = lan.ask("POST", "/api/analyze", role="camera", body=portrait_jpeg, Origin=lan.url)
    assert answer.status == 200


def test_a_name_rebound_to_this_address_gets_nothing(lan: LanServer) -> None:
    before = lan.refused("foreign_host")
    assert lan.get("/", role="camera", Host="evil.example", Origin="https://evil.example").status == 421
    assert lan.refused("foreign_host") == before + 1


FORWARDED: list[dict[str, Any]] = [
    {"X_Forwarded_For": "127.0.0.1"},
    {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https", "Origin": "https://evil.example"},
    {"Forwarded": "for=127.0.0.1;host=evil.example"},
]


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: next(iter(headers)))
def test_what_a_client_says_of_proxies_counts_for_nothing(lan: LanServer, headers: dict[str, str]) -> None:
    before = lan.refused("forged_forwarding")
    assert lan.get("/api/statistics", **headers).status in (401, 403)
    assert lan.refused("forged_forwarding") == before + 1


def test_the_share_page_holds_both_links_for_a_camera_s_token(lan: LanServer) -> None:
    page = lan.get("/share", role="camera")
    for role in ("camera", "watch"):
        assert f"{lan.url}/join/{lan.token(role)}" in page.text
    assert "<svg" in page.text and page.headers["Cache-Control"] == "no-store"
    assert "style=" not in page.text and "Strict-Transport-Security" not in page.headers


def test_the_trust_page_offers_the_authority(lan: LanServer) -> None:
    page, crt, profile = (lan.get(f"/trust{rest}") for rest in ("", "/raut-ca.crt", "/raut-ca.mobileconfig"))
    assert crt.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert crt.body == (lan.data_dir / "ca.crt").read_bytes()
    assert profile.headers["Content-Type"] == "application/x-apple-aspen-config"
    assert b"com.apple.security.root" in profile.body
    for system in ("iPhone", "Android", "Windows", "macOS", "Linux", "Firefox"):
        assert system in page.text
    assert "PRIVATE" not in page.text + crt.text + profile.text


def wrong(lan: LanServer) -> Answer:
    return lan.get("/join/AAAAAAAAAAAAAAAAAAAAAA")


def test_guesses_are_slowed_and_harm_no_guest(lan: LanServer, portrait_jpeg: bytes) -> None:
    # The last test of this file for a server: this address has to wait after it.
    before = lan.refused("wrong_token")
    statuses = [wrong(lan).status for _ in range(12)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert int(wrong(lan).headers["Retry-After"]) >= 1
    assert lan.get(f"/join/{lan.token('camera')}").status == 303, "a right link always lets in"
    assert lan.get("/", Authorization=f"Bearer {lan.token('camera')}").status == 200, "a right header, too"
    assert lan.get("/", role="camera").status == 200, "who is in stays in"
    assert lan.refused("wrong_token") >= before + 2
    assert lan.refused("too_many_tries") >= 2
    tries = lan.refused("too_many_tries")
    guess = lan.get("/healthz", Cookie="__Host-raut=guess")
    assert guess.status == 200 and "workers" not in guess.json, "open to strangers, and no place to guess at"
    assert lan.refused("too_many_tries") == tries + 1
