"""The page goes on when the server, or a part of it, goes away."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage


def kill(server: Server) -> None:
    psutil.Process(server.pid).kill()
    server.stop()


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (Server.stop, "The server is shutting down"),  # it says goodbye
        (kill, "Connection lost"),
    ],
)
def test_reconnects_and_resumes(
    open_page: OpenPage, own_server: Server, one_person: FakeCamera, end: Callable[[Server], None], told: str
) -> None:
    live = open_page(own_server, one_person).start()
    live.wait_for_results()
    live.server_away = True
    end(own_server)
    live.page.get_by_role("status").get_by_text(told).wait_for()
    assert live.page.locator("#connection").get_attribute("data-state") == "offline"
    assert live.page.evaluate("() => raut.track()") == "live"
    own_server.start()
    live.wait_until("raut.connection() === 'online'")
    live.wait_for_results()
    assert live.page.get_by_text(told).is_hidden()
    live.wait_until("raut.overlay().boxes.length === 1")


def test_killed_worker_is_survived(open_page: OpenPage, own_server: Server, one_person: FakeCamera) -> None:
    live = open_page(own_server, one_person).start()
    live.wait_for_results()
    live.page.evaluate("() => { window.sameDocument = true; }")
    workers = psutil.Process(own_server.pid).children(recursive=True)
    assert workers, "inference runs in processes of its own"
    for worker in workers:
        worker.kill()
    live.wait_for_results(10, timeout_s=15)
    assert live.page.evaluate("() => window.sameDocument")
    assert live.page.evaluate("() => raut.connection()") == "online"
    assert own_server.answers()


def test_page_opened_while_the_server_goes(open_page: OpenPage, own_server: Server, one_person: FakeCamera) -> None:
    live = open_page(own_server, one_person)
    live.wait_until("raut.connection() === 'online'")
    live.server_away = True
    own_server.stop()
    live.page.locator("#connection[data-state=offline]").wait_for()
    live.start()  # the camera does not need the server
    own_server.start()
    live.wait_for_results()
