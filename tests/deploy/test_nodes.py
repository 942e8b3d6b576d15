"""Two nodes behind a real nginx, with a real Redis: one server, whatever ends, restarts or is renewed.

How fast pages connect again is counted in tries, which a busy machine does not change.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from benchmarks.harness.browser import chromium, why_no_browser
from benchmarks.harness.serving import free_port
from deploy.deployment import Deployment
from deploy.proxy import Entrance
from tests.deploy.page_client import PAUSES_S, PageCamera, all_go_on
from tests.e2e.live_page import LivePage
from tests.services import needs, own_folder
from tests.webapp.live_client import socket_client
from tests.webapp.processes import PATIENCE_S, wait_until
from tests.webapp.watcher import Watcher
from webapp.sharing.login_throttle import FORGIVEN
from webapp.sharing.tokens import Tokens, load_or_make

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.services, pytest.mark.slow]

CAMERAS = 4

FEW_TRIES = 3
"""To connect again: with the pauses before them, less than three seconds."""


class Site:
    """The deployment under test, with cameras that stream all the time, and a dashboard."""

    def __init__(self, deployment: Deployment, url: str, tokens: Tokens, frame: bytes) -> None:
        self.deployment, self.url, self.tokens, self.frame = deployment, url, tokens, frame
        self.cameras: list[PageCamera] = []

    def camera(self) -> PageCamera:
        return PageCamera(self.url, self.tokens.camera, self.frame)

    def ask_node(self, name: str, path: str, address: str, token: str) -> requests.Response:
        """A request as nginx passes it on, from a client of that address, to one node."""
        headers = {"X-Forwarded-For": address, "Authorization": f"Bearer {token}"}
        return requests.get(f"http://127.0.0.1:{self.deployment.nodes[name].port}{path}", headers=headers, timeout=20)

    @contextmanager
    def newcomer(self, name: str, address: str) -> Iterator[None]:
        """A page at a node, from a client of that address, which sends nothing."""
        with requests.Session() as http:
            client = socket_client(http)
            headers = {"X-Forwarded-For": address, "Authorization": f"Bearer {self.tokens.camera}"}
            url = f"http://127.0.0.1:{self.deployment.nodes[name].port}"
            client.connect(url, headers=headers, transports=["websocket"])
            web_socket = client.eio.ws
            try:
                yield
            finally:
                client.disconnect()
                web_socket.close()

    def shown(self, cameras: int, nodes: int = 2) -> dict:
        """What a dashboard shows, once it shows so many cameras, labelled, and nodes."""
        with requests.Session() as http:
            http.cookies.set("raut", self.tokens.watch)
            with Watcher(self.url, http) as watcher:
                deadline = time.monotonic() + PATIENCE_S
                while True:
                    snapshot = watcher.newest()
                    answered = [session["number"] for session in snapshot["sessions"] if session["answered"]]
                    if (len(answered), len(snapshot["nodes"])) == (cameras, nodes):
                        return snapshot
                    assert time.monotonic() < deadline, f"cameras {answered}, {snapshot['nodes']}"


@pytest.fixture(scope="module")
def site(portrait_jpeg: bytes) -> Iterator[Site]:
    needs("nginx", "redis-server")
    port = free_port()
    settings = ["--workers", "1", "--max-cameras", str(CAMERAS + 1), "--max-uploads", "2"]
    with own_folder() as folder, ExitStack() as stack:
        entrance = Entrance("127.0.0.1", port)
        settings += ["--data-dir", str(folder)]
        deployment = stack.enter_context(Deployment(folder, entrance, 2, settings))
        url, tokens = f"http://127.0.0.1:{port}", load_or_make(folder)
        site = Site(deployment, url, tokens, portrait_jpeg)
        for _ in range(CAMERAS):
            site.cameras.append(stack.enter_context(site.camera()))
            site.cameras[-1].goes_on(1)
        yield site


def most(tries: list[list[int]]) -> int:
    return max(number for one in tries for number in one)


def test_one_dashboard_shows_all_nodes(site: Site) -> None:
    snapshot = site.shown(CAMERAS)
    assert sorted(node["cameras"] for node in snapshot["nodes"]) == [2, 2], "newcomers go where fewest are"
    assert len({session["number"] for session in snapshot["sessions"]}) == CAMERAS
    assert snapshot["connected"] == {"camera": CAMERAS, "watch": 1}
    assert snapshot["workers"]["alive"] == 2 and len(snapshot["load"]["now"]["worker_cores"]) == 2
    assert snapshot["totals"]["answered"] >= sum(session["answered"] for session in snapshot["sessions"])
    with site.camera() as another:
        another.goes_on(1)
        with site.camera() as one_too_many:
            wait_until(lambda: one_too_many.refusals)
        assert (one_too_many.refusals[0], one_too_many.results) == ("too_many_cameras", 0), "at whichever node"
        with site.newcomer({"a": "b", "b": "a"}[another.node], "203.0.113.9"):
            wait_until(lambda: another.refusals)  # the newest of the address with the most, at the other node
    site.shown(CAMERAS)


def test_links_and_wrong_ones_are_those_of_all_nodes(site: Site) -> None:
    for name in site.deployment.nodes:
        assert site.ask_node(name, "/api/statistics", "203.0.113.5", site.tokens.watch).status_code == 200
    for _ in range(FORGIVEN + 1):
        assert site.ask_node("a", "/api/statistics", "203.0.113.7", "wrong").status_code == 401
    assert site.ask_node("b", "/api/statistics", "203.0.113.7", "wrong").status_code == 429
    assert site.ask_node("b", "/api/statistics", "203.0.113.8", "wrong").status_code == 401, "another address"
    forged = {"X-Forwarded-For": "203.0.113.8", "Authorization": "Bearer wrong"}
    tries = [requests.get(f"{site.url}/api/statistics", headers=forged, timeout=20) for _ in range(FORGIVEN + 2)]
    assert tries[-1].status_code == 429, "nginx passes on who connects to it, not what that one writes"
    assert site.ask_node("b", "/api/statistics", "203.0.113.8", "wrong").status_code == 401


def test_a_browser_comes_back_to_its_node(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.tokens.watch}"}
    with requests.Session() as browser:
        first = browser.get(f"{site.url}/api/statistics", headers=headers, timeout=20)
        ours = browser.cookies["raut_node"]
        assert ours in site.deployment.nodes
        cookie = first.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
        pids = set()
        for _ in range(4):
            again = browser.get(f"{site.url}/metrics", headers=headers, timeout=20)
            assert "Set-Cookie" not in again.headers, "it has it already"
            pids.add(next(line for line in again.text.splitlines() if line.startswith("raut_start_time_seconds ")))
        assert len(pids) == 1


def test_nginx_reads_its_configuration_anew_and_nobody_is_dropped(site: Site) -> None:
    tries = all_go_on(site.cameras, site.deployment.nginx.reload)
    assert tries == [[]] * CAMERAS


def test_redis_starts_anew_and_streaming_goes_on(site: Site) -> None:
    redis = site.deployment.redis
    assert redis is not None
    tries = all_go_on(site.cameras, lambda: redis.signal(signal.SIGKILL))
    wait_until(lambda: redis.is_well())
    assert tries == [[]] * CAMERAS, "nobody notices"
    site.shown(CAMERAS)
    assert site.ask_node("b", "/api/statistics", "203.0.113.5", site.tokens.watch).status_code == 200


class RealPage:
    """The page itself in Chromium, getting results."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self._context = browser.new_context()
        page = self._context.new_page()
        self.connections: list[str] = []
        page.on("websocket", lambda connection: self.connections.append(connection.url))
        self.live = LivePage(page, f"{site.url}/join/{site.tokens.camera}").start()
        self.live.wait_for_results(3)

    def node(self) -> str:
        (name,) = [cookie.get("value", "") for cookie in self._context.cookies() if cookie.get("name") == "raut_node"]
        return name

    def goes_on_elsewhere(self) -> None:
        self.live.wait_until("raut.connection() === 'online'")
        self.live.wait_for_results(3)
        assert 2 <= len(self.connections) <= 1 + FEW_TRIES
        assert self.live.complaints == []


def test_a_node_dies_and_its_cameras_go_on_at_the_other(site: Site) -> None:
    with ExitStack() as stack:
        page = RealPage(site, stack.enter_context(chromium())) if why_no_browser() is None else None
        died = site.deployment.nodes[page.node() if page else "a"]
        if page:
            page.live.server_away = True
        tries = all_go_on(site.cameras, lambda: died.signal(signal.SIGKILL))
        assert sorted(map(len, tries)) == [0, 0, 1, 1], "the other node's stay"
        assert most(tries) <= FEW_TRIES and sum(PAUSES_S[:FEW_TRIES]) < 3
        assert not any(camera.refusals for camera in site.cameras), "the places of a node that has died are free"
        if page:
            page.goes_on_elsewhere()
    wait_until(died.is_well)  # it is started again
    site.shown(CAMERAS)


def test_a_rolling_update_leaves_nobody_without_labels(site: Site) -> None:
    before = [node.pid for node in site.deployment.nodes.values()]
    tries = all_go_on(site.cameras, site.deployment.roll)
    assert not set(before) & {node.pid for node in site.deployment.nodes.values()}
    assert all(1 <= len(one) <= 2 for one in tries), "sent away once by each node at most"
    assert most(tries) <= FEW_TRIES
    assert {name for camera in site.cameras for name in camera.outcomes} <= {"result", "newer_frame", "shutting_down"}
    assert site.shown(CAMERAS)["workers"]["alive"] == 2
