"""What a browser loads: little at a first visit, and nothing but the page at a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.harness.serving import Server
from bundling.bundle import read

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

pytestmark = pytest.mark.skipif(not read(), reason="no bundle of these sources: python run.py test makes it")

MOST_REQUESTS = 20
MOST_BYTES = 200_000


class Traffic:
    """What has crossed the network since the last look, by address; what the browser had kept does not count."""

    def __init__(self, network: CDPSession) -> None:
        self._asked: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", lambda e: self._asked.update({e["requestId"]: e["request"]["url"]}))
        network.on("Network.requestServedFromCache", self._kept)
        network.on("Network.loadingFinished", self._finished)

    def _kept(self, event: dict[str, Any]) -> None:
        self._asked.pop(event["requestId"], None)

    def _finished(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = int(event["encodedDataLength"])

    def look(self) -> dict[str, int]:
        seen = {
            url: self._bytes[key] for key, url in self._asked.items() if url.startswith("http") and self._bytes.get(key)
        }
        self._asked.clear()
        return seen


@pytest.fixture
def page(browsers: Callable[..., Browser]) -> Iterator[Page]:
    context = browsers().new_context()
    yield context.new_page()
    context.close()


def test_a_first_visit_is_light_and_a_second_loads_the_page_alone(page: Page, server: Server) -> None:
    traffic = Traffic(page.context.new_cdp_session(page))
    for path in ("/", "/dashboard"):
        page.goto(server.url + path, wait_until="networkidle")
        page.wait_for_selector("html[data-ready]", state="attached")
        first = traffic.look()
        assert 1 <= len(first) <= MOST_REQUESTS, first
        assert sum(first.values()) <= MOST_BYTES, first
        page.goto(server.url + path, wait_until="networkidle")
        page.wait_for_selector("html[data-ready]", state="attached")
        assert list(traffic.look()) == [server.url + path]
