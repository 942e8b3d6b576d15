"""/models in a real browser: reached by the menu, readable on a phone, in the dark, by keyboard and by machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import WATCH_POLICY
from tests.e2e.test_accessibility import RULES, axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["axe"]  # a fixture, used by its name

OpenModels = Callable[..., "Page"]


@pytest.fixture
def open_models(browsers: Callable[..., Browser]) -> Iterator[OpenModels]:
    """Opens `/models`; at the end checks that the console heard of no error and no violation of the policy."""
    complaints: list[str] = []
    contexts = []

    def open_models(server: Server, viewport: tuple[int, int] = (1440, 900), scheme: str = "light") -> Page:
        size = {"width": viewport[0], "height": viewport[1]}
        contexts.append(browsers(camera=None).new_context(viewport=size, color_scheme=scheme))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.add_init_script(WATCH_POLICY)
        page.goto(server.url + "/models")
        return page

    yield open_models
    for context in contexts:
        context.close()
    assert complaints == []


def test_the_menu_leads_there(open_page: OpenPage, server: Server) -> None:
    page = open_page(server).page
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Models").click()
    page.wait_for_url("**/models")
    assert page.get_by_role("heading", level=1, name="Models").is_visible()
    for name in ("Expression", "Age", "Gender"):
        assert page.get_by_role("article", name=name).is_visible()


def test_by_keyboard_to_a_curve(open_models: OpenModels, server: Server) -> None:
    page = open_models(server)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "models"
    summary = page.locator("#age summary", has_text="How it was trained")
    picture = page.locator("#age .plots img").first
    assert picture.is_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    picture.wait_for()
    page.wait_for_function("() => document.querySelector('#age .plots img').naturalWidth > 0")


def test_bars_are_as_long_as_their_figures(open_models: OpenModels, server: Server) -> None:
    page = open_models(server)
    drawn = page.evaluate(
        """() => [...document.querySelectorAll(".compared li")].map((row) => [
          row.querySelector(".bar-value").getBoundingClientRect().width /
            row.querySelector(".bar-track").getBoundingClientRect().width,
          Number.parseFloat(row.querySelector(".compared-value").textContent) / 100,
        ])"""
    )
    assert len(drawn) == 4 * 3, "Raut, the paper’s way trained here, the paper, the best peer; of three tasks"
    for length, figure in drawn:
        assert length == pytest.approx(figure, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1440, 900), (390, 844), (320, 640)])
def test_reads_well_everywhere(
    open_models: OpenModels, server: Server, axe: str, scheme: str, viewport: tuple[int, int]
) -> None:
    page = open_models(server, viewport, scheme)
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(axe + "; undefined")
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
    assert [f"{v['id']}: {node['target']}" for v in found["violations"] for node in v["nodes"]] == []
