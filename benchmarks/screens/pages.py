"""The pages beside the live one: dashboard, models, the API, sharing, errors."""

from __future__ import annotations

import json
import ssl
import urllib.request
from pathlib import Path
from typing import Final

from benchmarks.harness.camera import moving_portrait
from benchmarks.harness.serving import Server, serving
from benchmarks.harness.steady_cameras import steady_cameras
from benchmarks.screens.scene import PATIENCE_MS, Scene, Visit

LAN_HOST: Final = "127.0.0.2"
"""A second loopback address, which stands for the local network."""


class LanServer(Server):
    """`serve --lan` without a network, trusted by its own authority."""

    def __init__(self, data: Path) -> None:
        """Prepare it; its certificates and tokens lie in the folder."""
        super().__init__(None, "--lan", "--host", LAN_HOST, "--data-dir", str(data), "--workers", "1")
        self._data = data

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"https://{LAN_HOST}:{self.port}"

    def health(self) -> dict:
        """The answer of `/healthz`."""
        trusting = ssl.create_default_context(cafile=str(self._data / "ca.crt"))
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=2, context=trusting) as response:
            health: dict = json.load(response)
            return health

    def invitation(self) -> str:
        """The path of the link for those who take part."""
        return f"/join/{json.loads((self._data / 'tokens.json').read_text())['camera']}"


def _page(name: str, path: str) -> Scene:
    return Scene(name, lambda visit: visit.open(path))


def _dashboard(visit: Visit, cameras: int = 0) -> None:
    server = visit.until_shot.enter_context(serving("--max-cameras", "64"))
    if cameras:
        visit.until_shot.enter_context(steady_cameras(server.port, cameras, moving_portrait(), fps=4))
    visit.open("/dashboard", server)
    visit.page.locator("#connection[data-state=online]").wait_for(state="attached")
    visit.page.wait_for_function(
        "(cameras) => document.querySelectorAll('tr.session').length >= cameras", arg=cameras, timeout=PATIENCE_MS
    )
    visit.page.wait_for_timeout(6000)  # the charts have begun


def _dashboard_disconnected(visit: Visit) -> None:
    server = visit.until_shot.enter_context(serving("--workers", "1"))
    visit.open("/dashboard", server)
    visit.page.locator("#connection[data-state=online]").wait_for(state="attached")
    server.stop()
    visit.page.locator("#notice-line").wait_for()


def _api(visit: Visit) -> None:
    visit.open("/api")
    visit.page.locator(".swagger-ui .opblock").first.wait_for()


def _api_open(visit: Visit) -> None:
    _api(visit)
    visit.page.locator(".opblock-summary-control").first.click()
    visit.page.locator(".opblock-body").first.wait_for()


def _lan(name: str, path: str, *, invited: bool = True) -> Scene:
    def play(visit: Visit) -> None:
        server = LanServer(visit.folder / "lan")
        server.start()
        visit.until_shot.callback(server.stop)
        if invited:
            visit.open(server.invitation(), server)
        visit.open(path, server)

    return Scene(name, play)


SCENES: Final = (
    Scene("dashboard-empty", _dashboard),
    Scene("dashboard-one", lambda visit: _dashboard(visit, 1)),
    Scene("dashboard-several", lambda visit: _dashboard(visit, 6)),
    Scene("dashboard-disconnected", _dashboard_disconnected),
    _page("models", "/models"),
    *(_page(f"models-{task}", f"/models/{task}") for task in ("expression", "age", "gender")),
    Scene("api", _api),
    Scene("api-open", _api_open),
    _page("share-alone", "/share"),
    _lan("share", "/share"),
    _lan("trust", "/trust"),
    _lan("not-invited", "/dashboard", invited=False),
    _page("error-404", "/nowhere"),
)
