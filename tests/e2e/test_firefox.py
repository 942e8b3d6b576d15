"""The main path in Firefox: camera, labels, a picture, the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.harness.serving import Server
from tests.e2e.firefox import find_firefox, firefox

CARDS = "document.querySelectorAll('.card').length"


@pytest.mark.skipif(find_firefox() is None, reason="No Firefox was found: install one, or name it in RAUT_FIREFOX.")
def test_camera_and_picture(server: Server, tmp_path: Path, portrait_jpeg: bytes) -> None:
    picture = tmp_path / "portrait.jpg"
    picture.write_bytes(portrait_jpeg)
    profile = tmp_path / "profile"
    profile.mkdir()
    with firefox(profile) as page:
        page.open(server.url)
        page.wait_until("document.documentElement.matches('[data-ready]') && raut.connection() === 'online'")
        page.click("#start")
        page.wait_until("stage.dataset.state === 'live'")
        page.wait_until("raut.stats().counts.results >= 10")
        assert page.evaluate("raut.stats().round_trip_ms.p50") > 0
        page.click("#stop")
        page.wait_until("stage.dataset.state === 'idle' && raut.track() === null")

        page.choose_file("#files", picture)
        page.wait_until(f"stage.dataset.state === 'still' && {CARDS} === 1")
        assert "Happy" in page.evaluate("document.querySelector('.card').innerText")
        assert len(page.evaluate("raut.overlay().boxes")) == 1
        page.click("#stop")
        page.wait_until(f"stage.dataset.state === 'idle' && {CARDS} === 0")
        assert page.complaints == []
