"""A real server, a real Chromium and fake cameras for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.harness.browser import launch, why_no_browser
from benchmarks.harness.camera import FakeCamera, empty_camera, group_camera, portrait_camera, video_camera
from benchmarks.harness.serving import Server, serving
from tests.e2e.live_page import LivePage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ServingPages = Callable[..., AbstractContextManager[Server]]
OpenPage = Callable[..., LivePage]
Run = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = why_no_browser()
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def cameras_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cameras")


@pytest.fixture(scope="session")
def one_person(cameras_dir: Path) -> FakeCamera:
    """One person who sways; each frame carries its number."""
    return portrait_camera(cameras_dir / "portrait.y4m", marked=True)


@pytest.fixture(scope="session")
def four_people(cameras_dir: Path) -> FakeCamera:
    """Four people, each on a small orbit."""
    return group_camera(cameras_dir / "group.y4m", faces=4)


@pytest.fixture(scope="session")
def empty_room(cameras_dir: Path) -> FakeCamera:
    return empty_camera(cameras_dir / "empty.y4m")


@pytest.fixture(scope="session")
def two_people(cameras_dir: Path, video_dir: Path) -> FakeCamera:
    """A real clip of two people turning and tilting their heads; skips where the clip is absent."""
    return video_camera(cameras_dir / "two_people.y4m", video_dir / "two_people.mp4")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Per module: Playwright's event loop in this thread would disturb other tests' own loops.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server that tests share. Who stops servers or kills workers takes `own_server`."""
    with serving() as started:
        yield started


@pytest.fixture(scope="session")
def unbundled_server() -> Iterator[Server]:
    """Serves the pages' modules one by one, as they lie in static/."""
    with serving("--unbundled", "--workers", "1") as started:
        yield started


@pytest.fixture
def pages() -> list[LivePage]:
    """The pages that a test has opened."""
    return []


@pytest.fixture
def serving_pages(pages: list[LivePage]) -> ServingPages:
    """`serving`, of a server that ends before a test's pages are closed: what they complain of then is no complaint."""

    @contextmanager
    def serving_pages(*arguments: str) -> Iterator[Server]:
        with serving(*arguments) as started:
            try:
                yield started
            finally:
                for page in pages:
                    page.server_away = True

    return serving_pages


@pytest.fixture
def own_server(serving_pages: ServingPages) -> Iterator[Server]:
    """A server that the test may stop."""
    with serving_pages() as started:
        yield started


@pytest.fixture(scope="module")
def browsers(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Chromium by its camera: one process for all tests of a module that use the same."""
    running: dict[tuple, Browser] = {}

    def browser_with(**options: object) -> Browser:
        key = tuple(sorted(options.items()))
        if key not in running:
            running[key] = launch(playwright, **options)  # type: ignore[arg-type]
        return running[key]

    yield browser_with
    for browser in running.values():
        browser.close()


@pytest.fixture
def open_page(browsers: Callable[..., Browser], pages: list[LivePage]) -> Iterator[OpenPage]:
    """Opens the live page in a fresh context; at the end checks that nothing was complained about in the console."""
    opened: list[LivePage] = []

    def open_page(
        server: Server,
        camera: FakeCamera | None = None,
        *,
        viewport: tuple[int, int] = (1440, 900),
        before: str = "",
        browser_options: dict | None = None,
        **context_options: object,
    ) -> LivePage:
        options = {"camera": camera.flag if camera else None, **(browser_options or {})}
        size = {"width": viewport[0], "height": viewport[1]}
        context = browsers(**options).new_context(viewport=size, **context_options)  # type: ignore[arg-type]
        page = LivePage(context.new_page(), server.url, before=before)
        opened.append(page)
        pages.append(page)
        return page

    yield open_page
    complaints = [complaint for page in opened for complaint in page.complaints]
    for page in opened:
        page.page.context.close()
    assert complaints == []


@pytest.fixture
def run(open_page: OpenPage, unbundled_server: Server) -> Run:
    """Calls a function with a module of the page: run("shared/stats", "(stats, x) => …", x)."""
    live = open_page(unbundled_server)

    def call(module: str, function: str, *arguments: object) -> Any:
        source = f"async (args) => ({function})(await import('/static/js/{module}.js'), ...args)"
        return live.page.evaluate(source, list(arguments))

    return call
