"""A worker forked from another one: real processes, without a server around them."""

from __future__ import annotations

import signal
import subprocess

import psutil
import pytest

from tests.webapp.processes import PATIENCE_S, runs, stopped, wait_until
from webapp.config import read_settings
from webapp.inference.tickets import Ticket
from webapp.inference.twins import Twin, adopts_orphans
from webapp.inference.worker_link import WorkerLink
from webapp.inference.worker_start import WorkerError

pytestmark = pytest.mark.skipif(not adopts_orphans(), reason="only Linux hands orphans to another process than init")

MOST_OWN = 0.5
"""Of its original's private memory a twin has at most so much for itself: the models and the libraries are in common."""


def faces(link: WorkerLink, jpeg: bytes) -> int:
    """How many it finds."""
    ticket = Ticket(jpeg, session=1)
    link.submit(ticket)
    result = ticket.wait(PATIENCE_S).result
    assert result is not None
    return result.faces


def test_a_twin_is_a_worker_of_its_own(link: WorkerLink, portrait_jpeg: bytes) -> None:
    lost: list[WorkerLink] = []
    alone = psutil.Process(link.pid).memory_full_info().uss
    twin = WorkerLink(read_settings([]), lost.append, twin_of=link)
    process = psutil.Process(twin.pid)
    assert process.ppid() == psutil.Process().pid, "it is no child of its original"
    assert [faces(one, portrait_jpeg) for one in (link, twin)] == [1, 1]
    assert process.memory_full_info().uss < MOST_OWN * alone

    link.kill()
    assert faces(twin, portrait_jpeg) == 1, "it does not need its original any more"
    twin.kill()
    twin.wait_for_end(PATIENCE_S)
    assert not runs(process)
    wait_until(lambda: lost == [twin])


def test_a_twin_ends_with_its_connection(link: WorkerLink) -> None:
    twin = WorkerLink(read_settings([]), lambda _: None, twin_of=link)
    process = psutil.Process(twin.pid)
    twin.close()
    twin.wait_for_end(PATIENCE_S)
    assert not runs(process)
    assert link.alive


def test_who_has_ended_gets_no_twin(link: WorkerLink) -> None:
    link.kill()
    link.wait_for_end(PATIENCE_S)
    with pytest.raises(WorkerError, match="ended while it started"):
        WorkerLink(read_settings([]), lambda _: None, twin_of=link)


def test_an_adopted_process_is_waited_for_as_one_that_was_started() -> None:
    with subprocess.Popen(["sleep", "100"]) as started:
        adopted = Twin(started.pid)
        with pytest.raises(subprocess.TimeoutExpired):
            adopted.wait(0.02)
        with stopped(psutil.Process(started.pid)):
            assert adopted.poll() is None
        adopted.kill()
        assert (adopted.wait(), adopted.poll()) == (-signal.SIGKILL, -signal.SIGKILL)
        adopted.kill()  # once more does nothing
        started.returncode = adopted.returncode
