"""`/healthz` and `/api/statistics`: whether they answer whatever the workers do, and whether they say the truth."""

from __future__ import annotations

import queue
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.live_client import WAIT_S, LiveClient, outcome
from tests.webapp.processes import PATIENCE_S, statistics, stopped, wait_until, workers_of
from vision.tasks import MODELS_DIR, STAGES
from webapp import VERSION
from webapp.config import read_settings

Connect = Callable[..., LiveClient]
StartServer = Callable[..., Server]

TIMINGS = {*STAGES, "total", "queue", "server"}


def test_says_how_many_workers_there_are(server: Server) -> None:
    health = server.health()
    assert set(health) == {"status", "version", "workers"}
    assert (health["status"], health["version"]) == ("ok", VERSION)
    workers = health["workers"]
    assert (workers["alive"], workers["wanted"], workers["replaced"]) == (1, 1, 0)
    assert workers["pids"] == [worker.pid for worker in workers_of(server)]


def test_answers_while_every_worker_stands_still(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes, async_mode: str
) -> None:
    server = start_server("--async-mode", async_mode, "--workers", "1", "--hang-timeout", "100")
    client, answers = connect(server), queue.Queue[dict]()
    with stopped(*workers_of(server)):
        for _ in range(5):  # each waits in the web process
            client.send(portrait_jpeg, answers=answers)
        wait_until(lambda: server.health()["workers"]["waiting"] == 3)
        assert server.health()["status"] == "ok"
        assert len(statistics(server)["sessions"]) == 1
        with urllib.request.urlopen(server.url + "/", timeout=PATIENCE_S) as page:
            assert page.status == 200
    assert {outcome(answers.get(timeout=WAIT_S)) for _ in range(5)} == {"result", "newer_frame"}


def test_is_unwell_while_no_worker_can_be_had(
    start_server: StartServer, connect: Connect, portrait_jpeg: bytes, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(read_settings([]).models_dir or MODELS_DIR, models)
    server = start_server("--workers", "1", "--models", str(models))
    client = connect(server)
    models.rename(tmp_path / "away")
    workers_of(server)[0].kill()
    wait_until(lambda: not server.answers())
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.health()
    with refused.value as answer:
        assert answer.code == 503
        assert b"no_workers" in answer.read()
    assert client.ask(portrait_jpeg) == {"dropped": True, "reason": "worker_lost"}
    (tmp_path / "away").rename(models)
    wait_until(server.answers)
    assert outcome(client.ask(portrait_jpeg)) == "result"


def test_counts_what_a_session_does(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    before = settled(server)["totals"]
    client = connect(server)
    for _ in range(3):
        assert outcome(client.ask(portrait_jpeg)) == "result"
    client.ask(b"not an image")
    client.ask("text")
    now = statistics(server)
    assert set(now) == {"sessions", "totals", "loop_lag_ms", "workers"}
    (session,) = now["sessions"].values()
    assert (session["received"], session["answered"], session["dropped"], session["faces"]) == (5, 3, {}, 1)
    assert session["errors"] == {"not_an_image": 1, "bad_arguments": 1}
    assert 3 / 5 <= session["fps"] <= 3, "from the first result on, over a second at least"
    assert abs(session["since"] - time.time()) < PATIENCE_S
    assert set(session["ms"]) == TIMINGS
    for stage in session["ms"].values():
        assert 0 <= stage["p50"] <= stage["p95"]
    assert session["ms"]["server"]["p50"] >= session["ms"]["total"]["p50"] > 0
    grown = {name: now["totals"][name] - before[name] for name in before if name != "refused"}
    assert grown == {"sessions": 1, "received": 5, "answered": 3, "dropped": 0, "errors": 2}


def test_forgets_a_session_that_is_gone_but_not_what_it_did(
    server: Server, connect: Connect, portrait_jpeg: bytes
) -> None:
    before = settled(server)["totals"]
    clients = [connect(server), connect(server, transports=["polling"])]
    for client in clients:
        client.ask(portrait_jpeg)
    assert len(statistics(server)["sessions"]) == statistics(server)["workers"]["sessions"] == 2
    for client in clients:
        client.close()
    after = settled(server)
    assert after["workers"]["sessions"] == 0
    grown = {name: after["totals"][name] - before[name] for name in before if name != "refused"}
    assert grown == {"sessions": 2, "received": 2, "answered": 2, "dropped": 0, "errors": 0}


def settled(server: Server) -> dict:
    """The statistics once every session of earlier tests is gone."""
    wait_until(lambda: statistics(server)["sessions"] == {})
    return statistics(server)


def test_a_picture_by_itself_is_no_session(server: Server, portrait_jpeg: bytes) -> None:
    before = settled(server)
    request = urllib.request.Request(server.url + "/api/analyze", data=portrait_jpeg)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    after = settled(server)
    assert (after["totals"], after["workers"]["sessions"]) == (before["totals"], 0)


def test_measures_the_loop_s_lag_anew_when_asked(server: Server) -> None:
    wait_until(lambda: statistics(server)["loop_lag_ms"]["samples"] >= 40)
    request = urllib.request.Request(server.url + "/api/statistics/loop-lag/reset", data=b"")
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert answer.status == 204
    lag = statistics(server)["loop_lag_ms"]
    assert lag["samples"] < 40
    wait_until(lambda: statistics(server)["loop_lag_ms"]["samples"] > 0)
    lag = statistics(server)["loop_lag_ms"]
    assert set(lag) == {"p50", "p99", "max", "samples"}
    assert 0 <= lag["p50"] <= lag["p99"] <= lag["max"]


def test_takes_no_samples_of_the_lag_if_told_so(start_server: StartServer) -> None:
    server = start_server("--workers", "1", "--lag-interval", "0")
    time.sleep(0.3)
    assert statistics(server)["loop_lag_ms"] == {"p50": 0, "p99": 0, "max": 0, "samples": 0}
