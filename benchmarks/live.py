"""`bench live`: the real page in a real browser with a 30 FPS camera, server and browser on the same two cores."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import psutil

from benchmarks.harness.browser import chromium
from benchmarks.harness.camera import FakeCamera, group_camera, portrait_camera, video_camera
from benchmarks.harness.costs import cpu_seconds_below
from benchmarks.harness.serving import serving
from benchmarks.options import PATH, json_option, models_option
from benchmarks.report import machine
from cli.figures import deliver, table

if TYPE_CHECKING:
    from playwright.sync_api import Page

WARM_UP_S: Final = 6.0
LONGEST_S: Final = 60
"""Seconds for which the page keeps its figures."""


_START: Final = """async (button) => {
  const began = performance.now();
  button.click();
  const drawn = () => new Promise(requestAnimationFrame);
  while (raut.stats().counts.results === 0 && performance.now() - began < 30_000) await drawn();
  await drawn();
  return performance.now() - began;
}"""
"""Starts the camera; milliseconds until the first label is drawn, the camera's own start included."""


@dataclass(frozen=True)
class CpuSeconds:
    """CPU time used so far, user and system, of the server's and of the browser's processes."""

    server: float
    browser: float

    @classmethod
    def now(cls, server: int, browser: int) -> CpuSeconds:
        """Reads them.

        Args:
            server: the server's process id.
            browser: the process id of what started the browser.
        """
        return cls(
            cpu_seconds_below(psutil.Process(server)), sum(map(cpu_seconds_below, _browser_processes(browser, server)))
        )

    def __sub__(self, earlier: CpuSeconds) -> CpuSeconds:
        """The time used since an earlier reading."""
        return CpuSeconds(self.server - earlier.server, self.browser - earlier.browser)


def measure(page: Page, url: str, seconds: float, server_pid: int) -> dict[str, Any]:
    """Opens the page, starts its camera, lets it warm up, and reads its own figures after so many seconds more.

    Args:
        page: a fresh page of a browser with a fake camera.
        url: the server's address.
        seconds: how long to measure, 60 at most.
        server_pid: the server's process, for its CPU time.

    Returns:
        The figures, by the keys of the JSON; see the page's `window.raut.stats`.
    """
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached")
    first_label_s = page.get_by_role("button", name="Start camera").evaluate(_START) / 1000
    time.sleep(WARM_UP_S)
    before, cpu_before = page.evaluate("() => raut.stats()"), CpuSeconds.now(server_pid, os.getpid())
    started = time.perf_counter()
    page.wait_for_timeout(1000 * seconds)
    stats = page.evaluate("(seconds) => raut.stats(seconds)", seconds)
    elapsed = time.perf_counter() - started
    cpu = CpuSeconds.now(server_pid, os.getpid()) - cpu_before
    dropped = {reason: count - before["dropped"][reason] for reason, count in stats["dropped"].items()}
    return {
        "results_per_second": stats["results_per_second"],
        "round_trip_ms": stats["round_trip_ms"],
        "first_label_s": first_label_s,
        "frame_to_label_ms": stats["frame_to_label_ms"],
        "seconds": stats["seconds"],
        "camera_fps": (stats["counts"]["camera"] - before["counts"]["camera"]) / elapsed,
        "display_fps": stats["display_fps"],
        "dropped": dropped,
        "stages_ms": stats["stages_ms"],
        "overlay_draw_ms": stats["overlay_draw_ms"],
        "bytes_per_frame": stats["bytes_per_frame"],
        "frame": stats["frame"],
        "cpu_share": {"server": cpu.server / elapsed, "browser": cpu.browser / elapsed},
    }


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(5, LONGEST_S), default=30, show_default=True, help="How long to measure."
)
@click.option("--faces", type=click.IntRange(min=1), default=1, show_default=True, help="People before the camera.")
@click.option("--video", type=PATH, metavar="FILE", help="A video to play as the camera, in place of the portrait.")
@models_option
@click.option(
    "--cores", type=click.IntRange(min=1), default=2, show_default=True, help="Cores for server and browser together."
)
@json_option
def command(
    *, seconds: float, faces: int, video: Path | None, models: Path | None, cores: int, json: Path | None
) -> None:
    """Measure the real page in a real browser with a 640×480 camera at 30 FPS, on the server's cores."""
    _keep_to_cores(cores)
    where = machine()
    flags = ["--models", str(models)] if models else []
    with tempfile.TemporaryDirectory(prefix="raut-camera-") as folder:
        camera = _camera(Path(folder) / "camera.y4m", faces, video)
        with serving(*flags) as server, chromium(camera=camera.flag) as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            figures = measure(page, server.url, seconds, server.pid)
    deliver({**_rounded(figures), "machine": where}, _shown(figures), json)


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """The same figures with two decimals; more would be noise."""
    return {
        key: _rounded(value) if isinstance(value, dict) else round(value, 2) if isinstance(value, float) else value
        for key, value in figures.items()
    }


def _shown(figures: dict[str, Any]) -> str:
    trip, label, cpu = figures["round_trip_ms"], figures["frame_to_label_ms"], figures["cpu_share"]
    rows: list[tuple[object, ...]] = [
        ("results a second", figures["results_per_second"], ">= 28; the paper: 12.86"),
        ("round trip, p50, ms", trip["p50"], ""),
        ("round trip, p95, ms", trip["p95"], "<= 60"),
        ("first label after Start, s", figures["first_label_s"], ""),
        ("frame to label, p50, ms", label["p50"], ""),
        ("frame to label, p95, ms", label["p95"], ""),
        ("camera, FPS", figures["camera_fps"], ""),
        ("display, FPS", figures["display_fps"], ""),
        ("drawing the overlay, p95, ms", figures["overlay_draw_ms"]["p95"], ""),
        ("frames dropped", sum(figures["dropped"].values()), ""),
        ("bytes a frame", round(figures["bytes_per_frame"]), ""),
        ("cores used, server", cpu["server"], ""),
        ("cores used, browser", cpu["browser"], ""),
        *((f"  {stage}, ms", ms, "") for stage, ms in figures["stages_ms"].items()),
    ]
    return table(rows, (f"the live page, {figures['seconds']:.0f} s", "", "aim"))


def _camera(path: Path, faces: int, video: Path | None) -> FakeCamera:
    if video:
        return video_camera(path, video)
    return portrait_camera(path) if faces == 1 else group_camera(path, faces)


def _keep_to_cores(count: int) -> None:
    """Keeps this process, server and browser to the first `count` cores, so that machines can be compared."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _browser_processes(starter: int, server: int) -> list[psutil.Process]:
    """The child processes other than the server: Playwright's driver, with Chromium below it."""
    return [child for child in psutil.Process(starter).children() if child.pid != server]
