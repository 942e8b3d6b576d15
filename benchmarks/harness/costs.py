"""What a running server costs: CPU seconds and memory of its processes, and its event loop's lag."""

from __future__ import annotations

import json
import urllib.request

import psutil

from benchmarks.harness.serving import Server


def cpu_seconds(server: Server) -> dict[str, float]:
    """CPU seconds so far, user and system: `web` of the web process, `workers` of all its workers together.

    Raises:
        RuntimeError: the server is not running.
    """
    web = psutil.Process(server.pid)
    return {"web": _spent(web), "workers": sum(map(cpu_seconds_below, web.children()))}


def cpu_seconds_below(root: psutil.Process) -> float:
    """CPU seconds so far, user and system, of a process and all below it; those that have just ended are left out."""
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            total += _spent(process)
        except psutil.NoSuchProcess:
            continue
    return total


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def memory_mb(server: Server) -> dict[str, float]:
    """Memory of the web process and its workers together, now.

    Returns:
        Megabytes: `resident` counts what processes have in common for each of them, as most tools do; `shared_once` (on
        Linux) counts it once, which is what the machine has to have.
    """
    web = psutil.Process(server.pid)
    processes = (web, *web.children(recursive=True))
    memory = [process.memory_full_info() for process in processes]
    figures = {"resident": sum(one.rss for one in memory)}
    if all(hasattr(one, "pss") for one in memory):
        figures["shared_once"] = sum(one.pss for one in memory)
    return {name: round(size / 1e6, 1) for name, size in figures.items()}


def reset_loop_lag(server: Server) -> None:
    """Let the server forget its event loop's lag so far, so that it tells that of the measurement alone."""
    request = urllib.request.Request(f"{server.url}/api/statistics/loop-lag/reset", method="POST", data=b"")
    urllib.request.urlopen(request, timeout=5).close()


def loop_lag_ms(server: Server) -> dict[str, float]:
    """The event loop's lag since it was reset, in milliseconds: `p50`, `p99`, `max`, and the number of `samples`."""
    with urllib.request.urlopen(f"{server.url}/api/statistics", timeout=5) as response:
        lag: dict[str, float] = json.load(response)["loop_lag_ms"]
    return lag
