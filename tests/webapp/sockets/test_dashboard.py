"""The dashboard's numbers: true, the same for all who watch, bounded, and none of anybody's pictures."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.bystander import Bystander
from tests.webapp.live_client import LiveClient
from tests.webapp.watcher import Watcher
from vision.tasks import STAGES
from webapp.metrics.loop_lag import LoopLag
from webapp.metrics.server_load import FIGURES, KEPT, ServerLoad
from webapp.metrics.statistics import HISTORY_S, SecondCounts

StartServer = Callable[..., Server]
Connect = Callable[..., LiveClient]

TIMINGS = {*STAGES, "total", "queue", "server"}


def session_of(snapshot: dict, received: int) -> dict | None:
    """The session that sent so many frames: other tests' are still there for a moment."""
    return next((one for one in snapshot["sessions"] if one["received"] == received), None)


def test_counts_what_a_camera_got_and_forgets_it_when_it_is_off(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes, async_mode: str
) -> None:
    server = start_server("--workers", "1", "--async-mode", async_mode)
    with Watcher(server.url) as watcher:
        first = watcher.newest()
        assert (first["sessions"], first["connected"]) == ([], {"camera": 0, "watch": 1})
        client = connect(server)
        assert all(watcher.newest()["sessions"] == [] for _ in range(2)), "a page without a camera is no camera"
        for _ in range(12):
            client.ask(portrait_jpeg)
        client.ask(b"no image")
        snapshot = watcher.newest()
        while (session := session_of(snapshot, 13)) is None:
            snapshot = watcher.newest()
        assert (session["answered"], session["faces"], session["dropped"]) == (12, 1, {})
        assert session["errors"] == {"not_an_image": 1}
        assert set(session["ms"]) == TIMINGS
        assert all(0 <= ms["p50"] <= ms["p95"] for ms in session["ms"].values())
        assert session["ms"]["server"]["p50"] >= session["ms"]["decode"]["p50"] > 0
        assert 0 < session["fps"] <= 12
        while sum((session_of(snapshot, 13) or session)["history"]) < 12:
            snapshot = watcher.newest()
        assert snapshot["totals"] | {"refused": 0} == {
            "sessions": 1, "received": 13, "answered": 12, "dropped": 0, "errors": 1, "refused": 0,
        }  # fmt: skip
        gone_by = time.monotonic() + 10
        while watcher.newest()["sessions"]:
            assert time.monotonic() < gone_by
        assert watcher.newest()["connected"]["camera"] == 1, "its page is still open"


def test_one_snapshot_for_all_who_watch_once_a_second(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes
) -> None:
    server = start_server("--workers", "1")
    camera = Bystander(connect(server), portrait_jpeg)
    camera.start()
    with Watcher(server.url) as one, Watcher(server.url) as other:
        for watcher in (one, other):
            watcher.newest()
        moments = [[watcher.snapshots.get(timeout=10)["at"] for _ in range(6)] for watcher in (one, other)]
    camera.stop()
    assert len(set(moments[0]) & set(moments[1])) >= 5
    steps = [later - earlier for earlier, later in zip(moments[0], moments[0][1:], strict=False)]
    assert sum(steps) / len(steps) == pytest.approx(1, abs=0.25)


def test_a_dashboard_opened_later_shows_the_past(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes
) -> None:
    server = start_server("--workers", "1")
    camera = Bystander(connect(server), portrait_jpeg)
    camera.start()
    time.sleep(4)
    with Watcher(server.url) as watcher:
        snapshot = watcher.snapshots.get(timeout=10)
    camera.stop()
    (session,) = snapshot["sessions"]
    assert sum(session["history"]) >= 10 and len(session["history"]) >= 3
    load = snapshot["load"]
    assert set(load["history"]) == set(FIGURES) and len(load["history"]["memory_mb"]) >= 3
    assert load["now"]["memory_mb"] > 50 and load["now"]["cpu_workers"] > 0 and load["now"]["fps"] > 2


def test_a_watcher_can_only_receive(start_server: StartServer, connect: Connect, portrait_jpeg: bytes) -> None:
    server = start_server("--workers", "1")
    with Watcher(server.url) as watcher:
        answer = watcher.io.call("frame", portrait_jpeg, namespace="/dashboard", timeout=10)
        assert answer["code"] == "only_receives" and len(answer["error"].splitlines()) == 1
        snapshot = watcher.newest()
        while not snapshot["totals"]["refused"]:
            snapshot = watcher.newest()
    assert snapshot["totals"]["refused"] == {"only_receives": 1}
    assert snapshot["totals"]["received"] == 0, "its frame went nowhere"


def test_tells_numbers_and_no_addresses(start_server: StartServer, connect: Connect, portrait_jpeg: bytes) -> None:
    server = start_server("--workers", "1")
    client = connect(server)
    client.ask(portrait_jpeg)
    with Watcher(server.url) as watcher:
        text = json.dumps(watcher.newest())
    assert "127.0.0.1" not in text and client._io.get_sid() not in text
    assert len(text) < 10_000


def test_its_page_is_served_with_the_live_page_s_headers(server: Server) -> None:
    with urllib.request.urlopen(server.url + "/dashboard", timeout=10) as response:
        page = response.read().decode()
        policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "<title>Dashboard" in page and 'href="/"' in page
    scripts = re.findall("<script[^>]*>", page)
    assert any('type="module"' in tag and " src=" in tag for tag in scripts)
    inline = [tag for tag in scripts if " src=" not in tag]
    assert all('type="importmap"' in tag for tag in inline), (
        "a page that is not bundled has an import map, nothing else inline"
    )


def test_a_history_is_bounded_and_counts_by_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    counts = SecondCounts()
    assert counts.values() == []
    for second in range(3):
        now = 1000.0 + second
        for _ in range(second):
            counts.add()
    assert counts.values() == [0, 1], "the running second is not over"
    now = 1005.5
    assert counts.values() == [0, 1, 2, 0, 0]
    for second in range(500):
        now = 1006.0 + second
        counts.add()
    assert counts.values() == [1] * HISTORY_S
    now += 10_000
    assert counts.values() == [0] * HISTORY_S


def test_the_load_is_bounded_and_survives_processes_that_end() -> None:
    load = ServerLoad(LoopLag(0), lambda: [2**22 + 1], lambda: 1.5)  # no process has such an id
    for _ in range(KEPT + 10):
        sample = load.sample()
    assert set(sample) == set(FIGURES) and sample["fps"] == 1.5 and sample["memory_mb"] > 1
    assert all(len(values) == KEPT for values in load.to_dict()["history"].values())
