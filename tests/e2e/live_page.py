"""The live page as a test sees it: what a person does on it, and what the page says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

# What a browser itself logs while a server is away: the page cannot silence it.
EXPECTED_WHILE_AWAY = (
    "ERR_CONNECTION_REFUSED",
    "WebSocket connection to",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "503 (Service Unavailable)",
)

WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""


class LivePage:
    """The page `/` in a browser.

    Attributes:
        page: Playwright's page.
        complaints: errors and warnings in the console, uncaught errors, violations of the CSP.
        server_away: a test takes the server away: what the browser logs about that is no complaint.
    """

    def __init__(self, page: Page, url: str, *, before: str = "") -> None:
        self.page = page
        self.complaints: list[str] = []
        self.server_away = False
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.add_init_script(WATCH_POLICY + before)
        page.goto(url)
        page.wait_for_selector("html[data-ready]", state="attached")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if self.server_away and any(known in message.text for known in EXPECTED_WHILE_AWAY):
            return
        self.complaints.append(f"{message.type}: {message.text}")

    def start(self) -> LivePage:
        self.page.get_by_role("button", name="Start camera").click()
        self.page.wait_for_selector("#stage[data-state=live]")
        return self

    def wait_for_results(self, more: int = 5, timeout_s: float = 20) -> None:
        """Waits until that many more results have come."""
        before = self.stats()["counts"]["results"]
        self.wait_until(f"raut.stats().counts.results >= {before + more}", timeout_s)

    def wait_until(self, condition: str, timeout_s: float = 20) -> None:
        self.page.wait_for_function(f"() => {condition}", timeout=1000 * timeout_s, polling=100)

    def stats(self, seconds: float = 10) -> dict[str, Any]:
        stats: dict[str, Any] = self.page.evaluate("(seconds) => raut.stats(seconds)", seconds)
        return stats

    def boxes(self) -> list[dict[str, Any]]:
        boxes: list[dict[str, Any]] = self.page.evaluate("() => raut.overlay().boxes")
        return boxes

    def notice(self) -> str:
        """Which notice stands on the stage, by its key; empty for none."""
        kind: str = self.page.evaluate("() => document.getElementById('notice').dataset.notice ?? ''")
        return kind

    def own_cameras(self) -> str:
        """What this browser remembers of its cameras."""
        keys: str = self.page.evaluate("() => localStorage.getItem('raut.own_cameras')")
        return keys

    def meter(self, name: str) -> str:
        return self.page.locator(f"[data-meter={name}] .meter-value").inner_text()
