"""What the page says is true at the moment that it says it: labels, rates, gaps, and why results are slow."""

from __future__ import annotations

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage

# At each animation frame for some seconds, after the overlay was drawn: the words on the picture and on the card.
WATCH_WORDS = """async (seconds) => {
  const seen = [];
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) {
    await new Promise(requestAnimationFrame);
    const [box] = raut.overlay().boxes;
    const card = document.querySelector(".card");
    if (!box || !card || card.hasAttribute("data-leaving")) continue;
    const text = (selector) => card.querySelector(selector).textContent;
    const traits = [...card.querySelectorAll(".trait")].map((one) => one.textContent);
    seen.push({ lines: box.lines, label: text(".card-expression dt"), share: text(".card-expression dd"), traits });
  }
  return seen;
}"""

# Encoding takes its time, as on an old phone; the browser has no faster way than a canvas.
SLOW_ENCODER = """{
  delete window.OffscreenCanvas;
  const toBlob = HTMLCanvasElement.prototype.toBlob;
  HTMLCanvasElement.prototype.toBlob = function (...args) { setTimeout(() => toBlob.apply(this, args), 200); };
}"""


def test_picture_and_card_say_the_same(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person).start()
    live.wait_for_results(20)
    watched = live.page.evaluate(WATCH_WORDS, 4)
    assert len(watched) > 15
    for moment in watched:
        expression, traits = moment["lines"]
        share = moment["share"].removesuffix(" confidence")  # none when two are too close to tell apart
        assert expression == f"{moment['label']} {share}".strip(), moment
        age, gender = moment["traits"]
        assert traits.split(", ")[1] in age, moment
        assert traits.split()[0] in gender, moment
    assert len({tuple(moment["lines"]) for moment in watched}) <= 4 * 4 + 1, "four times a second, no more"


def test_stop_ends_the_numbers(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person).start()
    live.wait_until("Number.parseFloat(document.getElementById('fps-average').textContent) > 0")
    live.page.get_by_role("button", name="Stop camera").click()
    assert live.page.locator(".meter-value").all_inner_texts() == ["–"] * 6
    assert live.page.locator("#fps-now").inner_text() == "–"
    assert float(live.page.locator("#fps-average").inner_text()) > 0, "what was measured stays"
    assert set(live.page.locator("#latency-stages dd").all_inner_texts()) == {"–"}
    live.page.wait_for_timeout(600)
    assert live.page.locator(".meter-value").all_inner_texts() == ["–"] * 6


def test_an_outage_is_a_gap(open_page: OpenPage, own_server: Server, one_person: FakeCamera) -> None:
    live = open_page(own_server, one_person).start()
    live.wait_until("raut.history().rates.filter((rate) => rate !== null).length > 4")
    live.server_away = True
    own_server.stop()
    live.wait_until("raut.connection() === 'offline'")
    before = live.stats()
    live.page.wait_for_timeout(3000)
    after = live.stats()
    assert after["camera_fps"] > 5, "the camera goes on"
    lost = sum(after["dropped"].values()) - sum(before["dropped"].values())
    assert lost <= 4, "what could not be sent is no dropped frame; only what was on its way is lost"
    assert after["counts"]["camera"] <= before["counts"]["camera"] + 4
    rates = live.page.evaluate("() => raut.history().rates")
    assert rates[-8:] == [None] * 8
    own_server.start()
    live.wait_for_results()
    live.wait_until("raut.history().rates.at(-1) !== null")


def test_a_slow_device_is_told_so(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person, before=SLOW_ENCODER).start()
    live.page.locator("#hint").get_by_text("This device takes").wait_for(timeout=20_000)
    assert "network" not in live.page.locator("#hint").inner_text()
    assert live.stats()["level"] > 0, "smaller frames are quicker to encode"
