"""`bench screenshots`: a picture of every page and state, to be looked at.

A scene is played once a language, and photographed at each width and in each theme.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from benchmarks.harness.browser import chromium
from benchmarks.harness.camera import FakeCamera, empty_camera, group_camera, portrait_camera
from benchmarks.harness.serving import Server, serving
from benchmarks.screens import live, pages
from benchmarks.screens.scene import Scene, Visit
from cli.command import Choice, say
from cli.paths import OutputFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEIGHTS: Final = {390: 844, 820: 1180, 1440: 900}
"""A phone, a tablet held upright, a desktop: width to height of what is in view, in CSS pixels."""
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
LANGUAGES: Final = ("en", "id")
SETTLE_MS: Final = 600
"""Charts are drawn anew after a change of size or colours."""

SCENES: Final = {scene.name: scene for scene in (*live.SCENES, *pages.SCENES)}
CAMERAS: Final[dict[str, Callable[[Path], FakeCamera]]] = {
    "portrait": portrait_camera,
    "group": group_camera,
    "nobody": empty_camera,
}


@click.command()
@click.option("--out", type=OutputFolder(), metavar="DIR", required=True, help="Folder for the pictures.")
@click.option("--only", type=Choice(list(SCENES)), multiple=True, help="This page or state alone; may be repeated.")
@click.option("--width", type=Choice([str(width) for width in HEIGHTS]), multiple=True, help="This width alone.")
@click.option("--theme", type=Choice(THEMES), multiple=True, help="These colours alone.")
@click.option("--lang", type=Choice(LANGUAGES), multiple=True, help="This language alone.")
def command(*, out: Path, only: Sequence[str], width: Sequence[str], theme: Sequence[str], lang: Sequence[str]) -> int:
    """Photograph every page and state, at three widths, in both themes and both languages."""
    scenes = [SCENES[name] for name in only or SCENES]
    widths = [int(one) for one in width] or list(HEIGHTS)
    themes = [one for one in THEMES if not theme or one in theme]
    out.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="raut-screens-") as folder, serving() as server:
        for scene, browser in _with_browsers(scenes, Path(folder)):
            for language in lang or LANGUAGES:
                found = _photograph(scene, browser, server, language, widths, themes, out)
                problems += [f"{scene.name}, {language}: {problem}" for problem in found]
            say(f"{scene.name}: done")
    for problem in problems:
        say(problem)
    print(f"{out}: {len(list(out.glob('*.png')))} pictures")
    return 1 if problems else 0


def _with_browsers(scenes: Sequence[Scene], folder: Path) -> Iterator[tuple[Scene, Browser]]:
    """Each scene with a browser that has its camera; one browser at a time."""
    for camera in dict.fromkeys(scene.camera for scene in scenes):
        with _browser(camera, folder) as browser:
            for scene in scenes:
                if scene.camera == camera:
                    yield scene, browser


@contextmanager
def _browser(camera: str, folder: Path) -> Iterator[Browser]:
    # The file's name is the fake camera's.
    flag = CAMERAS[camera](folder / "Webcam.y4m").flag if camera in CAMERAS else None
    cameras = 0 if camera == "none" else None
    with chromium(camera=flag, cameras=cameras, allow_camera=camera != "denied") as browser:
        yield browser


def _photograph(
    scene: Scene,
    browser: Browser,
    server: Server,
    language: str,
    widths: Sequence[int],
    themes: Sequence[Literal["light", "dark"]],
    out: Path,
) -> list[str]:
    """Play a scene in one language and photograph it; what went wrong."""
    from playwright.sync_api import Error

    problems: list[str] = []
    context = browser.new_context(
        locale=language, viewport={"width": widths[-1], "height": HEIGHTS[widths[-1]]}, ignore_https_errors=True
    )
    with tempfile.TemporaryDirectory(prefix="raut-scene-") as folder, ExitStack() as until_shot:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        try:
            scene.play(Visit(page, server, Path(folder), until_shot))
            for width in widths:
                for theme in themes:
                    _shoot(page, scene, width, theme, out / f"{scene.name}-{width}-{theme}-{language}.png")
        except (Error, RuntimeError) as error:
            problems.append(str(error).splitlines()[0])
        finally:
            context.close()
    return problems


def _shoot(page: Page, scene: Scene, width: int, theme: Literal["light", "dark"], path: Path) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    page.emulate_media(color_scheme=theme)
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path, full_page=scene.whole)
