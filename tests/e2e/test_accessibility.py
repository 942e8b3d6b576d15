"""What WCAG 2.2 AA asks, as far as a machine can check it: axe-core on each look of the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import ROOT, Server
from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import LivePage

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe() -> str:
    source: Path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("axe-core is not installed: npm ci brings it.")
    return source.read_text(encoding="utf-8")


def violations(live: LivePage | Page, axe: str) -> list[str]:
    page = live.page if isinstance(live, LivePage) else live
    page.evaluate(axe + "; undefined")
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1440, 900), (390, 844)])
def test_axe_finds_nothing(
    open_page: OpenPage, server: Server, four_people: FakeCamera, axe: str, scheme: str, viewport: tuple[int, int]
) -> None:
    live = open_page(server, four_people, viewport=viewport, color_scheme=scheme)
    assert violations(live, axe) == []
    live.start()
    live.wait_until("document.querySelectorAll('.card').length >= 3")
    assert violations(live, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_problem(open_page: OpenPage, server: Server, axe: str, scheme: str) -> None:
    live = open_page(server, browser_options={"cameras": 0}, color_scheme=scheme)
    live.page.get_by_role("button", name="Start camera").click()
    live.page.wait_for_selector("[data-notice=no_camera]")
    assert violations(live, axe) == []


def test_controls_have_names_and_size(open_page: OpenPage, server: Server) -> None:
    live = open_page(server, viewport=(390, 844))
    page = live.page
    for role, name in [
        ("button", "Start camera"),
        ("button", "Stop camera"),
        ("combobox", "Camera"),
        ("switch", "Mirror"),
        ("heading", "Faces"),
        ("heading", "Speed"),
        ("img", "Results per second"),
        ("img", "Where the time goes"),
    ]:
        assert page.get_by_role(role, name=name).count() == 1, (role, name)  # type: ignore[arg-type]
    for selector in ("#start", "#stop", "#camera-picker", ".controls label.switch"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["height"] >= 44, selector


def test_state_changes_are_spoken(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    live = open_page(server, one_person).start()
    live.wait_until("/1 face in view/.test(document.getElementById('announcer').textContent)")
    live.page.get_by_role("button", name="Stop camera").click()
    live.wait_until("/Camera off/.test(document.getElementById('announcer').textContent)")


def test_in_bahasa_indonesia(open_page: OpenPage, server: Server, axe: str) -> None:
    live = open_page(server, viewport=(390, 844), locale="id-ID")
    page = live.page
    assert page.locator("html").get_attribute("lang") == "id"
    assert page.get_by_role("button", name="Nyalakan kamera").is_visible()  # by the scripts
    assert page.get_by_role("heading", name="Kecepatan").is_visible()  # by the template
    page.get_by_role("status").get_by_text("Terhubung").wait_for()
    assert violations(live, axe) == []
    page.get_by_role("navigation", name="Bahasa").get_by_role("link", name="English").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.get_by_role("button", name="Start camera").is_visible()
    page.goto(f"{server.url}/models")  # remembered, against what the browser asks for
    assert page.get_by_role("heading", name="Expression", exact=True).is_visible()


@pytest.mark.parametrize(("scheme", "language"), [("light", "id"), ("dark", "en")])
def test_sheets_pictures_and_errors(open_page: OpenPage, server: Server, axe: str, scheme: str, language: str) -> None:
    """On one page, one state after the other; 1280 pixels at 200 % zoom."""
    live = open_page(
        server,
        browser_options={"cameras": 0},
        viewport=(640, 450),
        device_scale_factor=2,
        color_scheme=scheme,
        locale=language,
    )
    page = live.page
    for sheet in ("help", "settings"):
        page.locator(f"#{sheet}-open").click()
        box = page.locator(f"#{sheet}").bounding_box()
        assert box is not None
        assert box["x"] >= 0 and box["x"] + box["width"] <= 640
        assert violations(live, axe) == [], sheet
        page.keyboard.press("Escape")
    page.locator(".privacy summary").click()
    page.locator("#sample").click()
    live.wait_until("document.querySelectorAll('.card').length === 1")
    assert violations(live, axe) == [], "a picture"

    missing = page.context.new_page()  # whose console tells of the 404
    missing.goto(server.url + "/nowhere")
    assert missing.locator("html").get_attribute("lang") == language
    assert violations(missing, axe) == [], "an error"


def test_every_page_is_as_wide_as_the_window(open_page: OpenPage, server: Server) -> None:
    """1280 pixels at 200 % zoom, and the narrowest phone; the words are longer in Bahasa Indonesia."""
    page = open_page(server, viewport=(640, 450), device_scale_factor=2, locale="id").page

    def too_wide(of: str = "document.documentElement") -> list[int]:
        beyond = []
        for width in (640, 320):
            page.set_viewport_size({"width": width, "height": 450})
            beyond.append(page.evaluate(f"() => Math.max(0, {of}.scrollWidth - innerWidth)"))
        return beyond

    for sheet in ("help", "settings"):
        page.locator(f"#{sheet}-open").click()
        assert too_wide(f"document.getElementById('{sheet}')") == [0, 0], sheet
        page.keyboard.press("Escape")
    assert too_wide() == [0, 0]
    for path in ("/dashboard", "/models/age", "/share", "/api"):
        page.goto(server.url + path)
        assert too_wide() == [0, 0], path


def test_a_persons_own_colours_and_no_motion(open_page: OpenPage, server: Server) -> None:
    live = open_page(server, browser_options={"cameras": 0}, forced_colors="active", reduced_motion="reduce")
    page = live.page
    page.locator("#sample").click()
    live.wait_until("document.querySelectorAll('.card').length === 1")
    sizes = page.evaluate("""() => [...document.querySelectorAll('.bar')].map((bar) => [
      bar.querySelector('.bar-fill').getBoundingClientRect().width / bar.querySelector('.bar-track').clientWidth,
      Number.parseFloat(bar.querySelector('.bar-value').textContent) / 100])""")
    for drawn, said in sizes:  # at once: nothing moves there
        assert drawn == pytest.approx(said, abs=0.02)
    full, empty = colour_of(page, ".bar[data-top] .bar-track"), colour_of(page, ".bar:not([data-top]) .bar-track")
    assert np.abs(full - empty).sum() > 150, "a long bar can be told from an empty one"


def colour_of(page: Page, selector: str) -> npt.NDArray[np.int64]:
    """The colour right of the middle of an element, BGR."""
    picture = cv2.imdecode(np.frombuffer(page.locator(selector).first.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture[picture.shape[0] // 2, picture.shape[1] * 3 // 4].astype(np.int64)
