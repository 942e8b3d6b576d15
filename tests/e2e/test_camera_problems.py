"""The page explains itself when there is no camera to show."""

from __future__ import annotations

import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage

# The open camera ends by itself, as when it is unplugged or its permission is taken back.
UNPLUG = "() => document.getElementById('preview').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"

# The camera takes its time; what was asked of it, and the streams it gave, are kept.
SLOW_CAMERA = """{
  window.asked = [];
  window.streams = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    asked.push({ camera: video.deviceId?.exact ?? null, facing: video.facingMode ?? null });
    await new Promise((resolve) => setTimeout(resolve, 600));
    streams.push(await open({ video }));
    return streams.at(-1);
  };
}"""


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
    for way_out in ("Open a picture or video", "Try a sample"):
        assert live.page.locator("#notice").get_by_role("button", name=way_out).is_visible()


def test_unplugged_and_back(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person).start()
    live.wait_for_results()
    live.page.evaluate(UNPLUG)
    live.page.wait_for_selector("[data-notice=unplugged]")
    live.page.get_by_role("button", name="Try again").click()
    live.page.wait_for_selector("#stage[data-state=live]")
    live.wait_for_results()


@pytest.mark.parametrize(
    ("before", "after", "notice"),
    [
        ("granted", "denied", "denied"),  # blocked in the site settings
        ("granted", "prompt", "dismissed"),  # reset there: the browser asks again
        ("granted", "granted", "unplugged"),
        ("prompt", "prompt", "unplugged"),  # a browser that says so of what was allowed for once
    ],
)
def test_a_permission_taken_back_is_told_from_an_unplugged_camera(
    open_page: OpenPage, server: Server, before: str, after: str, notice: str
) -> None:
    permission = f"navigator.permissions.query = async () => ({{ state: window.permission ?? '{before}' }});"
    live = open_page(server, before=permission).start()
    live.page.evaluate("(after) => { window.permission = after; }", after)
    live.page.evaluate(UNPLUG)
    live.page.wait_for_selector(f"[data-notice={notice}]")


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
    live = open_page(server, before=SLOW_CAMERA)
    live.page.get_by_role("button", name="Start camera").click()
    live.page.wait_for_selector("[data-notice=starting]")
    live.page.get_by_role("button", name="Stop camera").click()
    live.wait_until("streams[0]?.getVideoTracks()[0].readyState === 'ended'")
    assert live.notice() == "idle"


def test_another_camera_is_chosen_while_one_starts_or_runs(open_page: OpenPage, server: Server) -> None:
    # The camera was allowed on an earlier visit, so the page knows which there are before it opens one.
    live = open_page(server, before=SLOW_CAMERA, browser_options={"cameras": 2}, permissions=["camera"])
    live.wait_until("document.getElementById('camera-picker').options.length === 3")
    picker = live.page.get_by_role("combobox", name="Camera")
    default, first, second = picker.locator("option").evaluate_all("(options) => options.map((option) => option.value)")
    assert (picker.input_value(), default) == ("", "")
    open_one = (
        "document.getElementById('stage').dataset.state === 'live' && document.getElementById('camera-picker').value"
    )

    live.page.get_by_role("button", name="Start camera").click()
    live.page.wait_for_selector("[data-notice=starting]")
    picker.select_option(second)
    live.wait_until(f"({open_one}) === '{second}'")
    # Nobody had chosen at first: a phone's browser takes the front camera then, not the first of the list.
    assert live.page.evaluate("() => asked") == [{"camera": None, "facing": "user"}, {"camera": second, "facing": None}]
    live.wait_for_results()
    encoder = live.stats()["encoder"]

    picker.select_option(first)
    live.page.wait_for_selector("[data-notice=starting]")
    sent = live.stats()["counts"]["sent"]
    live.page.wait_for_timeout(200)
    assert live.stats()["counts"]["sent"] == sent, "the camera of before sends nothing any more"
    live.wait_until(f"({open_one}) === '{first}'")
    live.wait_for_results()
    assert live.stats()["encoder"] == encoder
    assert live.page.evaluate("() => streams.filter((stream) => stream.active).length") == 1
