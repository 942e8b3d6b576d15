"""Another site's page in the browser of somebody who uses the server: it costs them nothing and reads nothing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from benchmarks.harness.browser import FLAGS, find_chromium
from benchmarks.harness.serving import Server
from tests.webapp.processes import statistics

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

PAGE = """<!doctype html><title>another site</title><script>
const load = (kind, url) => new Promise((done) => {{
  const element = document.createElement(kind);
  element.onload = () => done(true);
  element.onerror = () => done(false);
  element.src = url;
  document.head.append(element);
}});
globalThis.attack = () => Promise.all([
  ...Array.from({{length: 30}}, (_, i) => load("img", "{target}/socket.io/?EIO=4&transport=polling&t=" + i)),
  load("script", "{target}/socket.io/?EIO=4&transport=polling&j=0"),
  load("script", "{target}/static/js/live/live.js"),
  load("img", "{target}/static/favicon.svg"),
  load("img", "{target}/join/a-wrong-token-of-this-site"),
]);
</script>"""


@pytest.fixture
def other_site(server: Server) -> Iterator[str]:
    """A site on another port, whose page loads what it can from the server."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.format(target=f"http://localhost:{server.port}").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}/"
    site.shutdown()
    site.server_close()


def test_another_site_s_images_and_scripts_get_nothing(server: Server, other_site: str, playwright: Playwright) -> None:
    before = statistics(server)["totals"]["refused"].get("foreign_origin", 0)
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
    try:
        page = browser.new_page()
        page.goto(other_site)
        assert page.evaluate("attack()") == [False] * 34
        page.goto(f"http://localhost:{server.port}/")  # and by a link one comes in
        assert "Raut" in page.title()
    finally:
        browser.close()
    assert statistics(server)["totals"]["refused"]["foreign_origin"] >= before + 34
