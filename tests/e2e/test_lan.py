"""The LAN as three people meet it: one invited, one who only watches, one who is not invited at all."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.harness.browser import FLAGS, find_chromium
from benchmarks.harness.camera import FakeCamera
from benchmarks.harness.serving import ROOT
from tests.e2e.live_page import LivePage
from tests.e2e.test_accessibility import RULES
from tests.webapp.lan import LanServer, lan_serving

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Playwright


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanServer]:
    with lan_serving(tmp_path_factory.mktemp("lan")) as started:
        yield started


NewContext = Callable[[], "BrowserContext"]


@pytest.fixture(scope="module")
def new_person(
    playwright: Playwright, lan: LanServer, one_person: FakeCamera, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewContext]:
    """Browsers of their own, in a Chromium that trusts the server's authority, with a fake camera."""
    home = tmp_path_factory.mktemp("home")
    flags = [
        *FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={one_person.flag}",
        *trust(lan, home),
    ]
    # Chromium on Linux looks for the authorities that its user trusts below HOME.
    environment: dict[str, str | float | bool] = {"HOME": str(home)}
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags, env=environment)
    yield lambda: browser.new_context(viewport={"width": 1280, "height": 800})
    browser.close()


def trust(lan: LanServer, home: Path) -> list[str]:
    """Let a Chromium with that home trust the authority; its flags for that, if NSS's tool is not installed."""
    if shutil.which("certutil") is None:
        leaf = x509.load_pem_x509_certificate((lan.data_dir / "server.crt").read_bytes())
        key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return [f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(key).digest()).decode()}"]
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "raut", "-i", lan.ca]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *arguments], check=True)
    return []


def text_of_qr(page: Page) -> str:
    """What a phone reads from the share page's code.

    OpenCV's older `QRCodeDetector` cannot read one in some seventy flawless codes of links like these.
    """
    picture = page.locator(".qr").screenshot()
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return cv2.QRCodeDetectorAruco().detectAndDecode(image)[0]


def test_one_scan_and_the_labels_are_there(lan: LanServer, new_person: NewContext) -> None:
    host = new_person().new_page()
    host.goto(f"{lan.url}/join/{lan.token('camera')}")
    host.goto(f"{lan.url}/share")
    scanned = text_of_qr(host)
    assert scanned == f"{lan.url}/join/{lan.token('camera')}"
    host.set_viewport_size({"width": 390, "height": 844})  # a phone's: four words have a row of their own
    tops = "(nav) => [...new Set([...nav.querySelectorAll('a')].map((link) => link.getBoundingClientRect().top))]"
    (pages,), (languages,) = (host.locator(nav).evaluate(tops) for nav in (".pages", ".languages"))
    assert languages < pages

    guest = LivePage(new_person().new_page(), scanned)
    assert guest.page.url == f"{lan.url}/", "the token has left the address bar"
    guest.start()
    guest.wait_for_results()
    guest.wait_until("raut.overlay().boxes.length === 1")
    assert guest.page.evaluate("document.cookie") == "", "no script reads the token"
    assert guest.page.evaluate("window.isSecureContext")
    host.wait_for_function("() => Number(document.getElementById('connected').textContent) >= 1")
    assert guest.complaints == []
    for page in (host, guest.page):
        page.context.close()


def test_who_is_not_invited_reads_what_to_do(lan: LanServer, new_person: NewContext) -> None:
    page = new_person().new_page()
    answer = page.goto(lan.url)
    assert answer is not None and answer.status == 401
    assert page.get_by_role("heading", name="You need an invitation").is_visible()
    assert page.get_by_text("Scan the QR code").is_visible()
    page.get_by_role("main").get_by_role("link", name=re.compile("How to trust")).click()
    assert page.get_by_role("heading", name="Trust this server").is_visible()
    page.context.close()


def test_a_watcher_sends_no_frames(lan: LanServer, new_person: NewContext, portrait_jpeg: bytes) -> None:
    page = new_person().new_page()
    page.goto(f"{lan.url}/join/{lan.token('watch')}")
    assert page.url == f"{lan.url}/dashboard"
    page.goto(f"{lan.url}/api/statistics")
    before = lan.refused("watcher")
    status = page.evaluate(
        "async (bytes) => (await fetch('/api/analyze', {method: 'POST', body: new Uint8Array(bytes)})).status",
        list(portrait_jpeg),
    )
    assert status == 403 and lan.refused("watcher") == before + 1
    # The live page's own connection, made by hand from inside the watcher's browser.
    told = page.evaluate(
        """() => new Promise((resolve) => {
          const socket = new WebSocket(`wss://${location.host}/socket.io/?EIO=4&transport=websocket`);
          socket.onmessage = ({ data }) => data.startsWith("0") ? socket.send("40") : resolve(data);
          socket.onclose = () => resolve("closed");
        })"""
    )
    assert told.startswith("44") and lan.refused("watcher") == before + 2
    page.context.close()


def test_a_page_whose_link_has_ended_says_so(lan: LanServer, new_person: NewContext) -> None:
    guest = LivePage(new_person().new_page(), f"{lan.url}/join/{lan.token('camera')}")
    guest.server_away = True
    guest.wait_until("document.getElementById('connection').dataset.state === 'online'")
    lan.stop()
    usual, lan.arguments = lan.arguments, (*lan.arguments, "--new-tokens")
    lan.start()
    lan.arguments = usual
    guest.page.get_by_role("heading", name="This link is not valid").wait_for(timeout=20_000)
    guest.page.context.close()


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe + "; undefined")
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", RULES)
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/trust", "/share"])
def test_axe_finds_nothing(lan: LanServer, new_person: NewContext, path: str, scheme: str) -> None:
    source = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        pytest.skip("axe-core is not installed: npm ci brings it.")
    axe = source.read_text(encoding="utf-8")
    page = new_person().new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    if path == "/share":
        page.goto(f"{lan.url}/join/{lan.token('camera')}")
    page.goto(lan.url + path)
    assert violations(page, axe) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()
