"""The page explains itself when there is no camera to show."""

from __future__ import annotations

import pytest

from benchmarks.camera import FakeCamera
from benchmarks.serving import Server
from tests.e2e.conftest import OpenPage


def refuse_with(name: str) -> str:
    """A script that makes the browser's camera fail as given."""
    return f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('as the test wants', '{name}'); }};"


def test_no_camera(open_page: OpenPage, server: Server) -> None:
    live = open_page(server, browser_options={"cameras": 0})
    live.page.get_by_role("button", name="Start camera").click()
    live.page.get_by_role("heading", name="No camera found").wait_for()
    assert live.page.evaluate("() => document.activeElement.textContent") == "Try again"


def test_permission_denied(open_page: OpenPage, server: Server) -> None:
    live = open_page(server, browser_options={"allow_camera": False})
    live.page.get_by_role("button", name="Start camera").click()
    live.page.get_by_role("button", name="Try again").wait_for()
    assert live.notice() in ("denied", "dismissed")


@pytest.mark.parametrize(
    ("script", "notice"),
    [
        # http on a LAN address: the browser hides its cameras
        ("Object.defineProperty(window, 'isSecureContext', { value: false });", "insecure"),
        ("Object.defineProperty(Navigator.prototype, 'mediaDevices', { value: undefined });", "insecure"),
        # the question answered with no, and remembered
        (refuse_with("NotAllowedError") + "navigator.permissions.query = async () => ({ state: 'denied' });", "denied"),
        # the question closed
        (
            refuse_with("NotAllowedError") + "navigator.permissions.query = async () => ({ state: 'prompt' });",
            "dismissed",
        ),
        # a browser that knows no permission "camera"
        (
            refuse_with("NotAllowedError") + "navigator.permissions.query = async () => { throw new TypeError(); };",
            "denied",
        ),
        (refuse_with("NotFoundError"), "no_camera"),
        (refuse_with("NotReadableError"), "in_use"),
        (refuse_with("AbortError"), "in_use"),
        (refuse_with("TypeError"), "failed"),
    ],
)
def test_each_problem_has_its_words(open_page: OpenPage, server: Server, script: str, notice: str) -> None:
    live = open_page(server, before=script)
    live.page.get_by_role("button", name="Start camera").click()
    live.page.wait_for_selector(f"[data-notice={notice}]")
    title = live.page.locator(".notice-title").inner_text()
    assert title
    assert not title.startswith("notice.")
    assert title in live.page.locator("#announcer").inner_text()


def test_unplugged_and_back(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person).start()
    live.wait_for_results()
    unplug = "() => document.getElementById('preview').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"
    live.page.evaluate(unplug)
    live.page.wait_for_selector("[data-notice=unplugged]")
    live.page.get_by_role("button", name="Try again").click()
    live.page.wait_for_selector("#stage[data-state=live]")
    live.wait_for_results()


def test_a_missing_camera_that_appears_is_taken(open_page: OpenPage, server: Server) -> None:
    first_fails = """{
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wishes) => {
        navigator.mediaDevices.getUserMedia = open;
        throw new DOMException('none yet', 'NotFoundError');
      };
    }"""
    live = open_page(server, before=first_fails)
    live.page.get_by_role("button", name="Start camera").click()
    # Chromium's own devicechange event may be the first here; the test's comes in any case.
    live.page.wait_for_timeout(300)
    live.page.evaluate("() => navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    live.page.wait_for_selector("#stage[data-state=live]")


def test_stop_while_the_browser_still_asks(open_page: OpenPage, server: Server) -> None:
    slow = """{
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wishes) => {
        await new Promise((resolve) => setTimeout(resolve, 600));
        window.lateStream = await open(wishes);
        return window.lateStream;
      };
    }"""
    live = open_page(server, before=slow)
    live.page.get_by_role("button", name="Start camera").click()
    live.page.wait_for_selector("[data-notice=starting]")
    live.page.get_by_role("button", name="Stop camera").click()
    live.wait_until("window.lateStream?.getVideoTracks()[0].readyState === 'ended'")
    assert live.notice() == "idle"
