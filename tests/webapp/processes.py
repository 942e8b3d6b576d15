"""The processes of a server, and waiting for what they do."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil

from benchmarks.harness.serving import Server

PATIENCE_S = 30.0
"""How long anything may take on a slow and shared machine before its test fails."""


def web_process(server: Server) -> psutil.Process:
    """The server's own process."""
    return psutil.Process(server.pid)


def workers_of(server: Server) -> list[psutil.Process]:
    """The server's inference processes."""
    return web_process(server).children()


def resident_mb(server: Server) -> float:
    """Memory of the web process and its workers, in MB."""
    processes = [web_process(server), *workers_of(server)]
    return sum(process.memory_info().rss for process in processes) / 1e6


def runs(process: psutil.Process) -> bool:
    """Whether it runs still; one that ended and was not waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def stopped(*processes: psutil.Process) -> Iterator[None]:
    """Processes that live but do nothing meanwhile."""
    for process in processes:
        process.suspend()
        wait_until(partial(_is_stopped, process))
    try:
        yield
    finally:
        for process in processes:
            if runs(process):
                process.resume()


def _is_stopped(process: psutil.Process) -> bool:
    return bool(process.status() == psutil.STATUS_STOPPED)


def wait_until(holds: Callable[[], object], timeout: float = PATIENCE_S) -> float:
    """Wait until something holds; how many seconds that took."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > timeout:
            raise AssertionError(f"it does not hold after {timeout:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - start


def statistics(server: Server) -> dict:
    """What `/api/statistics` says."""
    with urllib.request.urlopen(server.url + "/api/statistics", timeout=PATIENCE_S) as response:
        answer: dict = json.load(response)
        return answer
