"""`run.py bench dashboard`: what the dashboard costs with many cameras on it, and whether its page's memory stays flat.

The cameras are simulated and send little, so that the dashboard is what is measured, not the networks.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import click

from benchmarks import report
from benchmarks.harness.browser import chromium
from benchmarks.harness.camera import moving_portrait
from benchmarks.harness.costs import cpu_seconds
from benchmarks.harness.serving import Server, serving
from benchmarks.harness.steady_cameras import steady_cameras
from benchmarks.options import ABOVE_ZERO, json_option

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WARM_UP_S: Final = 15.0
BEFORE_S: Final = 20.0
EVERY_S: Final = 15.0

# The page's table changes once for each snapshot that it draws; a snapshot is drawn in one go.
COUNT_UPDATES = """() => {
  window.updates = 0;
  new MutationObserver(() => { window.updates += 1; }).observe(
    document.getElementById("sessions-body"), { subtree: true, childList: true, characterData: true });
}"""


@dataclass
class PageCosts:
    """What the page had used at some moments, oldest first.

    Attributes:
        at: by `time.monotonic`, in seconds.
        updates: snapshots drawn so far.
        main_thread_s: CPU seconds of its main thread so far.
        processes_s: CPU seconds of the browser's renderers so far: main thread, drawing, and what the browser does by itself.
        heap_mb: the JavaScript heap after a garbage collection.
    """

    at: list[float] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    main_thread_s: list[float] = field(default_factory=list)
    processes_s: list[float] = field(default_factory=list)
    heap_mb: list[float] = field(default_factory=list)


@click.command()
@click.option("--sessions", type=click.IntRange(min=1), default=50, show_default=True, help="Cameras on the dashboard.")
@click.option("--minutes", type=ABOVE_ZERO, default=1, show_default=True, help="How long the page is watched.")
@click.option("--fps", type=ABOVE_ZERO, default=0.5, show_default=True, help="Frames a second of each camera.")
@json_option
def command(*, sessions: int, minutes: float, fps: float, json: Path | None) -> None:
    """Measure the dashboard with many cameras: updates a second, CPU of page and server, the page's memory."""
    with (
        serving("--max-cameras", str(sessions)) as server,
        steady_cameras(server.port, sessions, moving_portrait(), fps),
        chromium(cameras=0) as browser,
    ):
        figures = measure(server, browser, sessions, 60 * minutes)
    report.report(f"The dashboard with {sessions} cameras for {60 * minutes:g} s", figures, json)


def measure(
    server: Server,
    browser: Browser,
    sessions: int,
    seconds: float,
    warm_up_s: float = WARM_UP_S,
    before_s: float = BEFORE_S,
) -> dict:
    """Watch the dashboard.

    Args:
        server: has the cameras, and no watcher yet.
        browser: without a page.
        sessions: how many cameras the page must show.
        seconds: how long.
        warm_up_s: until every camera is on.
        before_s: the server by itself is measured for so long.

    Returns:
        The figures, by the keys of the JSON. CPU is in percent of one core.
    """
    time.sleep(warm_up_s)
    alone = _web_share(server, before_s)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server.url}/dashboard")
    page.wait_for_function("(all) => document.querySelectorAll('tr.session').length === all", arg=sessions)
    page.evaluate(COUNT_UPDATES)
    web, began = cpu_seconds(server)["web"], time.monotonic()
    costs = _watch(browser, page, seconds)
    watched = (cpu_seconds(server)["web"] - web) / (time.monotonic() - began)
    return figures_of(costs) | {
        "web_percent": round(100 * watched, 2),
        "web_percent_unwatched": round(100 * alone, 2),
        "sessions": sessions,
    }


def figures_of(costs: PageCosts) -> dict:
    """The page's figures, over all the time that was watched.

    `heap_change` compares the second half of the last two thirds with the first: the charts fill in the beginning.
    """
    seconds = costs.at[-1] - costs.at[0]
    filled = costs.heap_mb[len(costs.heap_mb) // 3 :]
    half = len(filled) // 2
    earlier, later = median(filled[:half] or filled), median(filled[half:])
    return {
        "updates_per_second": round((costs.updates[-1] - costs.updates[0]) / seconds, 3),
        "page_main_thread_percent": round(100 * (costs.main_thread_s[-1] - costs.main_thread_s[0]) / seconds, 2),
        "page_processes_percent": round(100 * (costs.processes_s[-1] - costs.processes_s[0]) / seconds, 2),
        "heap_change": round(later / earlier - 1, 4),
        "heap_mb": costs.heap_mb,
        "seconds": round(seconds, 1),
    }


def _web_share(server: Server, seconds: float) -> float:
    """The web process's use of one core."""
    before, began = cpu_seconds(server)["web"], time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(server)["web"] - before) / (time.monotonic() - began)


def _watch(browser: Browser, page: Page, seconds: float) -> PageCosts:
    """Read the page's costs every few seconds. Reading is not free: a garbage collection is part of what is measured."""
    of_page, of_browser = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
    of_page.send("Performance.enable", {"timeDomain": "threadTicks"})
    costs, began = PageCosts(), time.monotonic()
    while True:
        of_page.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in of_page.send("Performance.getMetrics")["metrics"]}
        processes = of_browser.send("SystemInfo.getProcessInfo")["processInfo"]
        costs.at.append(time.monotonic())
        costs.updates.append(page.evaluate("() => window.updates"))
        costs.main_thread_s.append(metrics["TaskDuration"])
        costs.processes_s.append(sum(one["cpuTime"] for one in processes if one["type"] == "renderer"))
        costs.heap_mb.append(round(metrics["JSHeapUsedSize"] / 1e6, 2))
        if len(costs.at) > 1 and time.monotonic() - began >= seconds:
            return costs
        page.wait_for_timeout(1000 * min(EVERY_S, seconds))
