"""The page goes on when the server, or a part of it, goes away."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage, Run
from tests.e2e.silent_path import SilentPath
from tests.webapp.processes import wait_until


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


SOONER_S = 20
"""Than Socket.IO by itself: its pings fail to come for 40 seconds before it connects anew."""


def test_a_machine_that_loses_its_power_is_replaced(
    open_page: OpenPage, own_server: Server, one_person: FakeCamera
) -> None:
    with SilentPath(own_server) as path:
        live = open_page(path, one_person).start()
        live.wait_for_results()
        before = path.accepted
        path.fall_silent()
        live.wait_for_results(10, timeout_s=SOONER_S)
        assert live.page.evaluate("() => raut.connection()") == "online"
        assert path.accepted > before
        live.server_away = True


def test_so_it_is_for_the_dashboard(open_page: OpenPage, own_server: Server) -> None:
    with SilentPath(own_server) as path:
        live = open_page(path)
        live.page.goto(f"{path.url}/dashboard")
        live.page.locator("#connection[data-state=online]").wait_for()
        before = path.accepted
        path.fall_silent()
        wait_until(lambda: path.accepted > before, SOONER_S)
        live.page.locator("#connection[data-state=online]").wait_for()
        live.server_away = True


def test_who_has_waited_in_vain_waits_twice_as_long_the_next_time(run: Run) -> None:
    closed, waited = run(
        "shared/silence",
        """async ({Silence}) => {
          const closed = [], waited = [];
          const socket = {on() {}, io: {engine: {close: () => closed.push(performance.now())}}};
          const silence = new Silence(socket, 100);
          const pause = (ms) => new Promise((done) => setTimeout(done, ms));
          for (let answer = 0; answer < 8; answer += 1) {
            silence.expect();
            await pause(20);
            silence.heard(answer % 2 === 1);
          }
          silence.heard(false);
          await pause(300);
          const answered = closed.length;
          for (let time = 1; time <= 3; time += 1) {
            const begun = performance.now();
            silence.expect();
            while (closed.length < answered + time) await pause(5);
            waited.push(closed.at(-1) - begun);
          }
          return [answered, waited];
        }""",
    )
    assert closed == 0, "answers came in time"
    assert [wait >= least - 2 for wait, least in zip(waited, (100, 200, 400), strict=True)] == [True] * 3
