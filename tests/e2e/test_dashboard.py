"""The dashboard in a real browser, with a real camera page beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage, ServingPages
from tests.e2e.live_page import LivePage
from tests.e2e.test_accessibility import axe, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["axe"]  # a fixture, used by its name

OpenDashboard = Callable[..., LivePage]


@pytest.fixture
def open_dashboard(browsers: Callable[..., Browser], pages: list[LivePage]) -> Iterator[OpenDashboard]:
    """Opens `/dashboard`; at the end checks that nothing was complained about in the console."""
    opened: list[LivePage] = []
    with ExitStack() as stack:

        def open_dashboard(
            server: Server, viewport: tuple[int, int] = (1440, 900), scheme: str = "light", camera: str | None = None
        ) -> LivePage:
            size = {"width": viewport[0], "height": viewport[1]}
            context = browsers(camera=camera).new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            stack.callback(context.close)
            opened.append(LivePage(context.new_page(), server.url + "/dashboard"))
            pages.append(opened[-1])
            return opened[-1]

        yield open_dashboard
        assert [complaint for page in opened for complaint in page.complaints] == []


@contextmanager
def camera_on(open_page: OpenPage, server: Server, camera: FakeCamera) -> Iterator[LivePage]:
    live = open_page(server, camera).start()
    live.wait_for_results()
    yield live


def test_a_camera_appears_with_its_figures_and_goes_when_it_stops(
    open_page: OpenPage, open_dashboard: OpenDashboard, server: Server, one_person: FakeCamera
) -> None:
    board = open_dashboard(server, camera=one_person.flag)
    page = board.page
    page.get_by_text("No camera is connected yet").wait_for()
    assert page.locator("#connection").inner_text() == "Connected"
    with camera_on(open_page, server, one_person) as live:
        row = page.locator("tr.session")
        row.wait_for()
        assert page.get_by_text("No camera is connected yet").is_hidden()
        board.wait_until("Number.parseFloat(document.querySelector('.cell-fps .cell-value').textContent) > 4")
        assert row.locator(".cell-faces .cell-value").inner_text() == "1"
        assert float(row.locator(".cell-p50 .cell-value").inner_text()) > 0
        assert page.locator("#cameras-count").inner_text() == "1"
        assert page.locator("#people-total").inner_text() == "1 face"
        for task in ("expression", "age", "gender"):
            assert page.locator(f"#people-{task} [data-none=false] .bar-number").all_inner_texts() == ["1"]
        live.page.get_by_role("button", name="Settings").click()
        live.page.get_by_label("Name on the dashboard").fill("  Front <b>door</b>  ")
        live.page.get_by_label("Name on the dashboard").press("Enter")
        live.page.locator("#settings").get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Front <b>door</b>").wait_for()  # as text, whatever it is
        assert row.get_by_text("this browser").is_hidden(), "the camera is another browser's"
        page.evaluate("(keys) => localStorage.setItem('raut.own_cameras', keys)", live.own_cameras())
        row.get_by_text("this browser").wait_for()
        assert page.locator("#machine-processes .bar-row").count() >= 2
        detail = page.locator("tr.session-detail")
        assert detail.is_visible(), "the only camera shows its stages at once"
        assert float(detail.locator("[data-stage=detect] .stage-p95").inner_text()) > 0
        row.get_by_role("button").click()
        assert detail.is_hidden()
        live.page.wait_for_timeout(6000)  # the dashboard's rate is over five seconds
        shown = float(row.locator(".cell-fps .cell-value").inner_text())
        assert shown == pytest.approx(live.stats(6)["results_per_second"], rel=0.4), "what the page itself counts"
        live.page.get_by_role("button", name="Stop camera").click()
        page.get_by_text("No camera is connected yet").wait_for(timeout=15_000)
        assert page.locator("tr.session").count() == 0


def test_shows_the_servers_load_and_says_when_numbers_are_old(
    open_dashboard: OpenDashboard, serving_pages: ServingPages
) -> None:
    with serving_pages("--workers", "2") as server:
        board = open_dashboard(server, camera=None)
        page = board.page
        board.wait_until("document.querySelector('#memory-figures dd').textContent !== '–'")
        assert int(page.locator("#memory-figures dd").inner_text().removesuffix(" MB")) > 50
        assert page.locator("[data-meter=workers] dd").inner_text().startswith("2")
        assert page.locator(".charts canvas").count() == 4
        board.server_away = True
        server.stop()
        page.get_by_text("what you see is old").wait_for()
        assert page.locator("#connection").get_attribute("data-state") == "offline"
        server.start()
        page.get_by_text("what you see is old").wait_for(state="hidden")
        assert page.locator("#connection").get_attribute("data-state") == "online"


def test_links_lead_there_and_back(open_page: OpenPage, server: Server) -> None:
    page = open_page(server).page
    page.get_by_role("navigation").get_by_role("link", name="Dashboard").click()
    page.wait_for_url("**/dashboard")
    assert page.get_by_role("heading", level=1).inner_text() == "Dashboard"
    page.get_by_role("navigation").get_by_role("link", name="Live").click()
    page.wait_for_selector("#stage")


@pytest.mark.parametrize(("scheme", "viewport"), [("light", (1440, 900)), ("dark", (820, 1180)), ("light", (390, 844))])
def test_axe_finds_nothing(
    open_page: OpenPage,
    open_dashboard: OpenDashboard,
    server: Server,
    one_person: FakeCamera,
    axe: str,
    scheme: str,
    viewport: tuple[int, int],
) -> None:
    board = open_dashboard(server, viewport, scheme, one_person.flag)
    board.page.get_by_text("No camera is connected yet").wait_for()
    assert violations(board, axe) == []
    with camera_on(open_page, server, one_person):
        board.page.locator("tr.session").wait_for()
        assert violations(board, axe) == []
        assert board.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
        board.page.locator(".stage-bar").wait_for()  # at every width
        fields = board.page.locator("#overview .meter").evaluate_all("(all) => all.map((one) => one.offsetTop)")
        assert len({fields.count(top) for top in fields}) == 1, "no row of numbers ends in an empty field"


def test_sorts_by_a_column(
    open_page: OpenPage, open_dashboard: OpenDashboard, serving_pages: ServingPages, one_person: FakeCamera
) -> None:
    with serving_pages("--workers", "1") as server:
        board = open_dashboard(server, camera=one_person.flag)
        for _ in range(2):
            open_page(server, one_person).start().wait_for_results()
        names = board.page.locator(".row-toggle")
        board.wait_until("document.querySelectorAll('tr.session').length === 2")
        assert names.all_inner_texts() == ["Camera 1", "Camera 2"] or len(names.all_inner_texts()) == 2
        head = board.page.get_by_role("columnheader", name="Camera")
        assert head.get_attribute("aria-sort") == "ascending"
        first = names.first.inner_text()
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        assert names.last.inner_text() == first


def test_the_live_page_says_that_the_server_is_full_and_gets_the_next_place(
    open_page: OpenPage, serving_pages: ServingPages, one_person: FakeCamera
) -> None:
    with serving_pages("--workers", "1", "--max-cameras", "1") as server:
        first = open_page(server, one_person)
        first.wait_until("raut.connection() === 'online'")
        second = open_page(server, one_person)
        second.page.get_by_text("takes 1 live page at a time").wait_for()
        assert second.page.locator("#connection").get_attribute("data-state") == "refused"
        first.page.goto("about:blank")
        second.wait_until("raut.connection() === 'online'")
        assert second.page.get_by_text("takes 1 live page at a time").is_hidden()
        second.start().wait_for_results()


def test_the_live_page_says_that_it_was_idle_and_goes_on(
    open_page: OpenPage, serving_pages: ServingPages, one_person: FakeCamera
) -> None:
    with serving_pages("--workers", "1", "--idle-timeout", "2") as server:
        live = open_page(server, one_person)
        live.page.locator("[data-notice=asleep]").wait_for()
        assert "2 seconds" in live.page.locator("#notice").inner_text()
        live.page.wait_for_timeout(1500)
        assert live.page.evaluate("() => raut.connection()") == "asleep", "it does not come back by itself"
        live.page.get_by_role("button", name="Continue").click()
        live.page.wait_for_selector("#stage[data-state=live]")
        live.wait_for_results()
        live.page.wait_for_timeout(3000)
        assert live.page.evaluate("() => raut.connection()") == "online", "a page that sends is not idle"


@pytest.mark.parametrize("width", [320, 390, 700])
def test_the_header_has_room_for_trouble(open_dashboard: OpenDashboard, server: Server, width: int) -> None:
    page = open_dashboard(server, (width, 700)).page
    page.locator("#connection[data-state=online]").wait_for(state="attached")
    page.evaluate("""() => {
      document.getElementById("connection").dataset.state = "offline";
      document.querySelector(".status-text").textContent = "No connection, trying again…";
    }""")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    boxes = [page.locator(part).bounding_box() for part in (".brand", ".pages", ".status")]
    assert all(box is not None and box["x"] + box["width"] <= width for box in boxes)
    (brand, pages) = boxes[:2]
    assert brand is not None and pages is not None
    if width == 320:  # the menu stands below the name there
        assert brand["y"] + brand["height"] <= pages["y"]
    else:
        assert brand["x"] + brand["width"] <= pages["x"]
