"""A picture on which the program fails is refused by itself; a page on whose pictures it keeps failing is closed."""

from __future__ import annotations

import cv2
import numpy as np
import psutil
import pytest

from benchmarks.harness.serving import Server, serving
from tests.webapp.bystander import unharmed
from tests.webapp.conftest import Connect
from tests.webapp.live_client import outcome
from tests.webapp.processes import statistics, workers_of
from tests.webapp.test_bad_input import analyze
from webapp.inference.tickets import Outcome
from webapp.inference.wire import Result
from webapp.sockets.failures import MOST_IN_A_ROW, Failures

LARGE_FRAMES = ("--max-frame-pixels", "40000000")

needs_limits = pytest.mark.skipif(not hasattr(psutil, "RLIMIT_AS"), reason="memory is limited on Linux only")


@pytest.fixture(scope="module")
def too_dear() -> bytes:
    """A picture of half a megabyte that takes 108 MB to decode."""
    return cv2.imencode(".jpg", np.full((6000, 6000), 90, np.uint8))[1].tobytes()


def leave_little_memory(server: Server) -> list[int]:
    """Let the workers have 60 MB more than they have; their ids."""
    workers = workers_of(server)
    for worker in workers:
        worker.rlimit(psutil.RLIMIT_AS, (worker.memory_info().vms + 60 * 2**20, -1))
    return [worker.pid for worker in workers]


@needs_limits
def test_a_picture_that_fails_costs_nobody_else_anything(
    async_mode: str, portrait_jpeg: bytes, too_dear: bytes, connect: Connect, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving("--async-mode", async_mode, "--workers", "1", *LARGE_FRAMES) as server:
        client = connect(server)
        assert outcome(client.ask(portrait_jpeg)) == "result"
        before = leave_little_memory(server)
        capfd.readouterr()
        for _ in range(2 * MOST_IN_A_ROW):
            assert client.ask(too_dear)["code"] == "failed"
            assert outcome(client.ask(portrait_jpeg)) == "result", "one that succeeds in between, and the page stays"
        status, answer = analyze(server, too_dear)
        assert (status, answer["code"]) == (500, "failed")
        assert analyze(server, portrait_jpeg)[0] == 200
        assert [worker.pid for worker in workers_of(server)] == before
        logged = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
        assert len(logged) == 2 * MOST_IN_A_ROW + 1, "one line each"
        assert all("a picture could not be analysed: MemoryError" in line for line in logged)


@needs_limits
def test_a_page_whose_pictures_fail_again_and_again_is_closed(
    portrait_jpeg: bytes, too_dear: bytes, connect: Connect
) -> None:
    with serving("--workers", "1", *LARGE_FRAMES) as server:
        failing, other = connect(server), connect(server)
        assert outcome(failing.ask(portrait_jpeg)) == "result"
        before = leave_little_memory(server)
        with unharmed(server, other, portrait_jpeg):
            for _ in range(MOST_IN_A_ROW - 1):
                assert failing.ask(too_dear)["code"] == "failed"
            failing.send(too_dear)
            assert failing.closed.get(timeout=30)["code"] == "keeps_failing"
            assert failing.disconnected.wait(30)
        assert [worker.pid for worker in workers_of(server)] == before
        assert statistics(server)["totals"]["refused"]["keeps_failing"] == 1


def test_a_result_in_between_forgives() -> None:
    failed, good = Outcome(error={"error": "x", "code": "failed"}), Outcome(result=Result(1, 1, 0, {}, "[]"))
    failures = Failures()
    for _ in range(5):
        assert not any(failures.too_many_with(failed) for _ in range(MOST_IN_A_ROW - 1))
        assert not failures.too_many_with(good)


@pytest.mark.parametrize(
    ("outcome", "closes_after"),
    [
        (Outcome(error={"error": "x", "code": "failed"}), MOST_IN_A_ROW),
        (Outcome(dropped="worker_lost", fatal=True), 3),  # a crash is dearer
        (Outcome(dropped="worker_lost"), None),  # it was over somebody else's picture
        (Outcome(error={"error": "x", "code": "truncated"}), None),  # refused for what it is
        (Outcome(dropped="newer_frame"), None),
    ],
)
def test_what_counts_as_a_failure(outcome: Outcome, closes_after: int | None) -> None:
    failures = Failures()
    closed = [failures.too_many_with(outcome) for _ in range(50)]
    assert (closed.index(True) + 1 if any(closed) else None) == closes_after


def test_no_library_writes_to_the_log(portrait_jpeg: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """libjpeg would print a line for each picture that it finds damaged."""
    damaged = portrait_jpeg[: len(portrait_jpeg) // 2] + b"\xff\xd9"
    with serving("--workers", "1") as server:
        capfd.readouterr()
        for _ in range(5):
            analyze(server, damaged)
        assert "JPEG" not in capfd.readouterr().err
