"""/api in a real browser: the description is shown and tried out, from this server alone and within its policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.harness.serving import Server
from tests.e2e.live_page import WATCH_POLICY
from tests.e2e.test_accessibility import RULES, axe
from tests.webapp.routes.test_openapi import OPERATIONS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["axe"]  # a fixture, used by its name

OF_THE_VIEWER = {"nested-interactive", "heading-order", "region"}
"""What axe finds in Swagger UI's own elements, whatever page they are on."""


def violations(page: Page, axe: str) -> list[str]:
    found = page.evaluate(f"{axe}; axe.run(document, {{ runOnly: {RULES} }})")["violations"]
    return [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found
        if v["id"] not in OF_THE_VIEWER
        for node in v["nodes"]
    ]


def test_every_operation_can_be_tried(browsers: Callable[..., Browser], server: Server, axe: str) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    context = browsers(camera=None).new_context(reduced_motion="reduce")  # axe sees no colour on its way to another
    try:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(WATCH_POLICY)
        page.goto(server.url + "/dashboard")
        page.get_by_role("link", name="HTTP API").click()
        operations = page.locator(".opblock")
        operations.first.wait_for()
        assert operations.count() == len(OPERATIONS)
        assert violations(page, axe) == []
        health = page.locator(".opblock", has_text="/healthz")
        health.locator(".opblock-summary-control").click()
        health.get_by_role("button", name="Execute").click()
        assert '"status": "ok"' in health.locator(".live-responses-table .highlight-code").first.inner_text()
        page.emulate_media(color_scheme="dark")
        assert violations(page, axe) == [], "an answer, in the dark"
    finally:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
