"""What phones have and webcams have not: a camera on the back, pictures held upright, a screen held sideways."""

from __future__ import annotations

import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import LivePage

# The second of two cameras is on the phone's back: by what its track says of itself, or by its name alone.
REAR = {
    "settings": """{
      const original = MediaStreamTrack.prototype.getSettings;
      MediaStreamTrack.prototype.getSettings = function () {
        return { ...original.call(this), facingMode: this.label.endsWith("_1") ? "environment" : "user" };
      };
    }""",
    "name": """{
      const label = Object.getOwnPropertyDescriptor(MediaStreamTrack.prototype, "label");
      Object.defineProperty(MediaStreamTrack.prototype, "label", {
        get() { return label.get.call(this).replace("_device_1", " facing back, camera2 0"); },
      });
    }""",
}

# A phone held upright: 9 by 16.
UPRIGHT = """navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 360, height: 640 });
  const context = canvas.getContext("2d");
  setInterval(() => { context.fillStyle = "#9ab"; context.fillRect(0, 0, 360, 640); }, 50);
  return canvas.captureStream(20);
};"""

SWITCH = "() => [document.getElementById('mirror').checked, raut.overlay().mirrored]"


def choose(live: LivePage, number: int) -> None:
    picker = live.page.get_by_role("combobox", name="Camera")
    chosen = picker.locator("option").nth(number).get_attribute("value")
    picker.select_option(chosen)
    live.wait_until(
        f"document.getElementById('preview').srcObject?.getVideoTracks()[0].getSettings().deviceId === '{chosen}'"
    )
    live.page.wait_for_selector("#stage[data-state=live]")


@pytest.mark.parametrize("known_by", REAR)
def test_a_rear_camera_is_not_mirrored(open_page: OpenPage, server: Server, known_by: str) -> None:
    live = open_page(server, browser_options={"cameras": 2}, before=REAR[known_by]).start()
    live.wait_until("document.getElementById('camera-picker').options.length === 2")
    choose(live, 0)
    assert live.page.evaluate(SWITCH) == [True, True]
    choose(live, 1)
    assert live.page.evaluate(SWITCH) == [False, False], "its texts can be read"
    # Each camera keeps what was chosen for it.
    live.page.get_by_label("Mirror").set_checked(True, force=True)
    choose(live, 0)
    live.page.get_by_label("Mirror").set_checked(False, force=True)
    live.page.reload()
    live.page.wait_for_selector("html[data-ready]", state="attached")
    live.start()
    live.wait_until("document.getElementById('camera-picker').options.length === 2")
    choose(live, 1)
    assert live.page.evaluate(SWITCH) == [True, True]
    choose(live, 0)
    assert live.page.evaluate(SWITCH) == [False, False]


VIEWPORTS = [
    (390, 844),  # phones, upright
    (320, 568),
    (844, 390),  # and sideways
    (667, 375),
    (568, 320),
    (820, 1180),  # tablets
    (1180, 820),
    (1440, 900),  # a desktop
]


@pytest.mark.parametrize("held", ["upright", "sideways"])
def test_stop_stays_in_view(open_page: OpenPage, server: Server, one_person: FakeCamera, held: str) -> None:
    live = open_page(server, one_person, before=UPRIGHT if held == "upright" else "").start()
    live.wait_until("raut.stats().counts.results > 0")
    for width, height in VIEWPORTS:
        live.page.set_viewport_size({"width": width, "height": height})
        live.page.evaluate("() => scrollTo(0, 0)")
        stop = live.page.locator("#stop").bounding_box()
        stage = live.page.locator("#stage").bounding_box()
        assert stop is not None and stage is not None
        assert stop["y"] + stop["height"] <= height, (width, height)
        assert stage["height"] >= 160, (width, height)
        assert live.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, (width, height)


def test_the_invitation_is_whole(open_page: OpenPage, server: Server) -> None:
    live = open_page(server)
    for width, height in [(844, 390), (667, 375), (568, 320), (320, 568)]:
        live.page.set_viewport_size({"width": width, "height": height})
        stage = live.page.locator("#stage").bounding_box()
        assert stage is not None
        for part in (".notice-title", ".notice-text", "#start", "#sample"):
            box = live.page.locator(part).bounding_box()
            assert box is not None
            assert stage["y"] <= box["y"], (width, height, part)
            assert box["y"] + box["height"] <= stage["y"] + stage["height"], (width, height, part)
