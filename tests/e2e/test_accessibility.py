"""What WCAG 2.2 AA asks, as far as a machine can check it: axe-core on each look of the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import ROOT, Server
from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import LivePage

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe() -> str:
    source: Path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("axe-core is not installed: npm ci brings it.")
    return source.read_text(encoding="utf-8")


def violations(live: LivePage, axe: str) -> list[str]:
    live.page.evaluate(axe + "; undefined")
    found = live.page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
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
