"""What page and server tell each other beside frames: another camera, and a connection that is closed for good reason."""

from __future__ import annotations

import json
import re

from playwright.sync_api import WebSocketRoute

from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage


def test_another_camera_and_a_closed_connection(open_page: OpenPage, server: Server) -> None:
    live = open_page(server, browser_options={"cameras": 2})
    page = live.page
    sent: list[str] = []
    routes: list[WebSocketRoute] = []

    def between(route: WebSocketRoute) -> None:
        """Passes everything on, and keeps what the page sends."""
        upstream = route.connect_to_server()
        routes.append(route)

        def from_page(message: str | bytes) -> None:
            if isinstance(message, str):
                sent.append(message)
            upstream.send(message)

        route.on_message(from_page)
        upstream.on_message(route.send)

    page.route_web_socket(re.compile("/socket.io/"), between)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    live.start()
    live.wait_for_results(3)
    assert next(kind for kind in map(_event, sent) if kind) == "new_camera", "before its first frame"

    picker = page.get_by_role("combobox", name="Camera")
    other = picker.locator("option:not(:checked)").get_attribute("value")
    before = len(sent)
    picker.select_option(other)
    live.wait_until(
        f"document.getElementById('preview').srcObject?.getVideoTracks()[0].getSettings().deviceId === '{other}'"
    )
    live.wait_for_results(3)
    events = [kind for kind in map(_event, sent[before:]) if kind]
    assert events.count("new_camera") == 1
    assert "frame" in events[events.index("new_camera") :], "frames of the other camera follow"

    refusal = {"error": "the workers fail on this page's pictures", "code": "keeps_failing"}
    routes[-1].send("42" + json.dumps(["closed", refusal]))
    routes[-1].close()
    live.wait_until("raut.connection() === 'refused'")
    banner = page.locator("#banner")
    assert banner.is_visible()
    assert "failed on this page’s pictures" in banner.inner_text()
    live.wait_until("raut.connection() === 'online'")  # it is tried again by itself
    live.wait_for_results(3)
    assert banner.is_hidden()


def _event(message: str) -> str | None:
    """The event that a Socket.IO packet names; None for others. A binary one says first how many pieces follow."""
    found = re.match(r'4(?:2|5\d+-)\d*\["(\w+)"', message)
    return found[1] if found else None
