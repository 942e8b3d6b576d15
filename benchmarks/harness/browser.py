"""A real Chromium with a fake camera, for the end-to-end tests and the benchmarks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FLAGS: Final = (
    "--no-sandbox",  # containers and root; the pages are our own
    "--disable-gpu",  # software drawing: the same figures on every machine
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",  # the server under test is on loopback
)


def find_chromium() -> str | None:
    """The path of a Chromium: `RAUT_CHROMIUM`, or the first found on the PATH; None if there is none."""
    return os.environ.get("RAUT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def why_no_browser() -> str | None:
    """Why there can be no browser here, in one sentence; None if there can."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "Playwright is not installed: install requirements-dev.txt."
    if find_chromium() is None:
        return "No Chromium was found: install one (Debian: apt install chromium), or name it in RAUT_CHROMIUM."
    return None


def launch(
    playwright: Playwright,
    *,
    camera: str | None = None,
    allow_camera: bool = True,
    cameras: int | None = None,
    visible: bool = False,
) -> Browser:
    """Starts Chromium.

    Args:
        playwright: the running Playwright.
        camera: a `.y4m` file to play as the camera; None for Chromium's own test picture.
        allow_camera: answer the browser's question for the camera with yes; else nobody answers it, which headless
            Chromium takes for a no.
        cameras: how many fake cameras there are; None for one.
        visible: show the window.
    """
    count = "" if cameras is None else f"=device-count={cameras}"
    flags = [*FLAGS, f"--use-fake-device-for-media-stream{count}"]
    if camera is not None:
        flags.append(f"--use-file-for-fake-video-capture={camera}")
    if allow_camera:
        flags.append("--use-fake-ui-for-media-stream")
    return playwright.chromium.launch(executable_path=find_chromium(), headless=not visible, args=flags)


@contextmanager
def chromium(
    *, camera: str | None = None, allow_camera: bool = True, cameras: int | None = None, visible: bool = False
) -> Iterator[Browser]:
    """A Playwright of its own with a Chromium as in `launch`, closed at the end.

    Raises:
        RuntimeError: if there is no Chromium or no Playwright, with what to do about it.
    """
    reason = why_no_browser()
    if reason:
        raise RuntimeError(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright, camera=camera, allow_camera=allow_camera, cameras=cameras, visible=visible)
        try:
            yield browser
        finally:
            browser.close()
