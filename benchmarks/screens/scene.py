"""A scene: one state of one page, and how to get there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.harness.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_MS: Final = 60_000
"""A scene may take so long to come about; two busy cores are slow."""


@dataclass(frozen=True)
class Visit:
    """One visit to Raut, in which a scene comes about.

    Attributes:
        page: a fresh one, in the language that is wanted.
        server: for all scenes; a scene that stops its server starts one of its own.
        folder: for files that the scene needs.
        until_shot: closed after the pictures were taken.
    """

    page: Page
    server: Server
    folder: Path
    until_shot: ExitStack

    def open(self, path: str = "/", server: Server | None = None) -> None:
        """Open a page of the server, and wait until its scripts have begun."""
        self.page.goto((server or self.server).url + path)
        if path == "/":
            self.page.wait_for_selector("html[data-ready]", state="attached")

    def wait_until(self, condition: str) -> None:
        """Wait for a condition in the page.

        Raises:
            RuntimeError: it does not come about; with what the page says of itself.
        """
        from playwright.sync_api import TimeoutError as TooLate

        try:
            self.page.wait_for_function(f"() => {condition}", timeout=PATIENCE_MS, polling=200)
        except TooLate as error:
            hint = self.page.evaluate("() => document.getElementById('hint')?.textContent")
            raise RuntimeError(
                f"not so after {PATIENCE_MS // 1000} s: {condition}. The page's hint: {hint!r}"
            ) from error


@dataclass(frozen=True)
class Scene:
    """One state of one page.

    Attributes:
        name: the picture's file has it.
        play: gets there.
        camera: what is in front of the camera: `portrait`, `group` (four people) or `nobody`; or `none` (there is no
            camera) or `denied` (and nobody allows it).
        whole: the page in its whole length, not only what is in view.
    """

    name: str
    play: Callable[[Visit], None]
    camera: str = "none"
    whole: bool = True
