"""What a person may choose: by the address, by keys and by the settings sheet; and what is remembered."""

from __future__ import annotations

from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage, Run
from tests.e2e.live_page import LivePage

MIRRORED = "() => raut.overlay().mirrored"
# Two cameras as Chromium has them built in: they can do 1280 × 720.
CAMERAS = {"cameras": 2}


def load(live: LivePage, address: str) -> None:
    live.page.goto(address)
    live.page.wait_for_selector("html[data-ready]", state="attached")


def test_address_keys_and_sheet(open_page: OpenPage, server: Server) -> None:
    live = open_page(server, browser_options=CAMERAS)
    page = live.page
    load(live, f"{server.url}/?size=1280x720&quality=0.5&mirror=0&theme=dark")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(13, 18, 17)"
    live.start().wait_until("raut.stats().frame.width === 1280 && raut.stats().frame.height === 720")
    assert page.evaluate(MIRRORED) is False
    live.wait_until("/^\\d+\\/s · Raut$/.test(document.title)")

    keyboard = page.keyboard
    keyboard.press("m")
    assert page.evaluate(MIRRORED) is True
    page.evaluate("() => document.activeElement.blur()")  # on a button, the space bar presses it
    keyboard.press("Space")
    live.wait_until("document.title === 'Paused · Raut'")
    keyboard.press("Space")
    live.wait_until("!document.getElementById('preview').paused")
    keyboard.press("?")
    assert page.locator("#help").is_visible()
    keyboard.press("m")
    assert page.evaluate(MIRRORED) is True, "keys act on the sheet alone while it is open"
    keyboard.press("Escape")
    assert page.locator("#help").is_hidden()
    keyboard.press("f")
    live.wait_until("document.fullscreenElement?.classList.contains('camera')")
    live.wait_until("document.getElementById('stage-figures').textContent.includes('/s')")
    assert page.locator("#stage-figures").is_visible()
    assert page.locator("#stop").is_visible()
    page.get_by_role("button", name="Leave full screen").click()
    live.wait_until("!document.fullscreenElement")

    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Size of the picture").select_option("320x240")
    live.wait_until("raut.stats().frame.width === 320")
    page.locator("#settings-now").get_by_text("320 × 240").wait_for()
    page.get_by_label("Colours").select_option("light")
    page.get_by_label("Keyboard shortcuts").set_checked(False, force=True)
    page.locator("#settings").get_by_role("button", name="Close").click()
    keyboard.press("m")
    assert page.evaluate(MIRRORED) is True, "turned off"

    load(live, f"{server.url}/?quality=12&size=huge")  # what is not known is not taken
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
    assert page.locator("#setting-size").input_value() == "auto"
    assert page.locator("#setting-quality").input_value() == "auto"
    load(live, server.url)
    assert page.locator("#setting-size").input_value() == "320x240", "remembered"
    assert not page.locator("#setting-shortcuts").is_checked()


def test_a_chosen_size_stays(run: Run) -> None:
    story = """({Adaptation}, chosen) => {  // a network that is too slow for two minutes, then frames above the server's limit
      const adaptation = new Adaptation();
      adaptation.choose(chosen);
      for (let now = 0; now < 120_000; now += 33) adaptation.answered(now, { device: 9, network: 200, server: 6 });
      const slow = adaptation.settings;
      for (let now = 130_000; now < 133_000; now += 1000) adaptation.tooLarge(now);
      const refused = adaptation.settings;
      return [slow.maxSide, slow.quality, refused.maxSide, refused.quality < 0.9, adaptation.fixed];
    }"""
    fixed = run("live/adaptation", story, {"maxSide": 1280, "quality": 0.9})
    assert fixed == [1280, 0.9, 1280, True, True], "only what the server does not take is compressed more"
    size_alone = run("live/adaptation", story, {"maxSide": 1280, "quality": None})
    assert size_alone[0] == 1280
    assert size_alone[1] < 0.8, "the quality is still fitted"
    neither = run("live/adaptation", story, {"maxSide": None, "quality": None})
    assert neither[0] == 320
    assert neither[4] is False
