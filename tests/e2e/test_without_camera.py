"""Without a camera: pictures and videos from this device, and the built-in sample."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.harness.camera import ASTRONAUT, FakeCamera
from benchmarks.harness.serving import Server
from tests.e2e.conftest import OpenPage
from tests.e2e.live_page import LivePage
from tests.e2e.media import HEIC, drop, encoded, paste, write_video
from tests.e2e.silent_path import SilentPath
from tests.e2e.test_accessibility import axe, violations

__all__ = ["axe"]  # a fixture, used by its name

Image = NDArray[np.uint8]


@pytest.fixture
def live(open_page: OpenPage, server: Server) -> LivePage:
    """The page on a computer that has no camera."""
    return open_page(server, browser_options={"cameras": 0})


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "moving.webm", portrait)


def choose(live: LivePage, *files: tuple[str, str, bytes] | Path) -> None:
    """Opens files by the dialog of the button in the notice."""
    with live.page.expect_file_chooser() as chooser:
        live.page.locator("#notice").get_by_role("button", name="Open a picture or video").click()
    payloads = [
        {"name": one.name, "mimeType": "video/webm", "buffer": one.read_bytes()}
        if isinstance(one, Path)
        else {"name": one[0], "mimeType": one[1], "buffer": one[2]}
        for one in files
    ]
    chooser.value.set_files(payloads)  # type: ignore[arg-type]


def wait_for_faces(live: LivePage, count: int) -> None:
    live.wait_until(f"raut.overlay().boxes.length === {count}")
    live.wait_until(f"document.querySelectorAll('.card').length === {count}")


def test_a_picture_gets_the_thorough_search(live: LivePage, server: Server, portrait: Image) -> None:
    png = encoded(portrait, ".png")
    choose(live, ("portrait.png", "image/png", png))
    live.page.wait_for_selector("#stage[data-state=still]")
    wait_for_faces(live, 1)
    (box,) = live.boxes()
    width, height = live.page.evaluate("() => [overlay.clientWidth, overlay.clientHeight]")
    scale = min(width / 512, height / 512)
    x = (box["x"] + box["w"] / 2 - (width - 512 * scale) / 2) / scale
    assert x == pytest.approx(ASTRONAUT.x, abs=0.2 * ASTRONAUT.width), "not mirrored, and where the face is"
    answer = urllib.request.urlopen(urllib.request.Request(server.url + "/api/analyze", data=png))
    (face,) = json.load(answer)["faces"]
    card = live.page.locator(".card").inner_text()
    assert face["expression"]["label"].capitalize() in card
    assert f"about {round(face['age']['years'])}" in card
    live.page.wait_for_timeout(1500)  # a live face would be gone
    assert len(live.boxes()) == 1
    assert live.page.locator(".card[data-leaving]").count() == 0
    assert float(live.meter("round_trip")) > 0
    assert (live.meter("results"), live.meter("camera")) == ("–", "–"), "a picture has no rates"
    stage = live.page.locator("#latency-stages [data-stage=detect] dd").inner_text()
    assert float(stage) > 0


def test_a_picture_can_be_dropped(live: LivePage, portrait: Image) -> None:
    jpeg = encoded(portrait, ".jpg")
    assert drop(live.page, "#stage .notice", "portrait.jpg", "image/jpeg", jpeg) == (True, True)
    wait_for_faces(live, 1)
    assert live.page.locator("#stage[data-drop]").count() == 0
    before = live.page.url
    assert drop(live.page, "footer", "portrait.jpg", "image/jpeg", jpeg)[1], "beside the stage it replaces no page"
    assert live.page.url == before


def test_a_picture_can_be_pasted(live: LivePage, portrait: Image) -> None:
    paste(live.page, "image.png", "image/png", encoded(portrait, ".png"))
    wait_for_faces(live, 1)
    live.wait_until("/image.png. 1 face in view/.test(document.getElementById('announcer').textContent)")


def test_what_only_the_browser_knows_is_sent_as_jpeg(live: LivePage, portrait: Image) -> None:
    choose(live, ("portrait.bmp", "image/bmp", encoded(portrait, ".bmp")))
    wait_for_faces(live, 1)
    encode = live.page.locator("#latency-stages [data-stage=encode] dd").inner_text()
    assert float(encode) > 0


def test_a_picture_that_the_server_refuses_is_sent_anew(live: LivePage, portrait: Image) -> None:
    # Named a PNG, and a BMP inside: browsers look at the bytes, the server takes no BMP.
    choose(live, ("photo.png", "image/png", encoded(portrait, ".bmp")))
    wait_for_faces(live, 1)
    (logged,) = live.complaints
    assert "400" in logged
    live.complaints.clear()  # the browser logs each refusal: the page cannot silence it


def test_several_pictures_are_a_strip(live: LivePage, portrait: Image) -> None:
    two = np.hstack([portrait[:300, 100:400], portrait[:300, 100:400]])
    wall = np.full((300, 400, 3), 160, np.uint8)
    choose(
        live,
        ("one.jpg", "image/jpeg", encoded(portrait, ".jpg")),
        ("two.jpg", "image/jpeg", encoded(two, ".jpg")),
        ("wall.jpg", "image/jpeg", encoded(wall, ".jpg")),
    )
    wait_for_faces(live, 1)
    strip = live.page.get_by_role("list", name="Open pictures and videos").get_by_role("button")
    live.wait_until("[...document.querySelectorAll('.strip-badge')].every((badge) => badge.textContent)")
    assert live.page.locator(".strip-badge").all_inner_texts() == ["1 face", "2 faces", "0 faces"]
    assert [one.get_attribute("aria-current") for one in strip.all()] == ["true", None, None]
    strip.nth(1).press("Enter")  # by keyboard
    wait_for_faces(live, 2)
    assert [one.get_attribute("aria-current") for one in strip.all()] == [None, "true", None]
    strip.nth(2).click()
    live.page.locator("#hint").get_by_text("No face found in this picture").wait_for()
    wait_for_faces(live, 0)
    live.page.get_by_role("button", name="Close").click()
    assert live.notice() == "idle"
    assert live.page.locator("#strip").is_hidden()


def test_a_video_goes_the_cameras_way(live: LivePage, video: Path) -> None:
    choose(live, video)
    live.page.wait_for_selector("#stage[data-state=live]")
    live.wait_for_results()
    wait_for_faces(live, 1)
    assert live.page.evaluate("() => raut.overlay().mirrored") is False
    assert live.page.get_by_label("Mirror").is_disabled()
    live.wait_until("document.getElementById('preview').ended")
    live.page.wait_for_timeout(2500)  # the results that were under way have come; a live face would be gone
    wait_for_faces(live, 1)
    assert live.page.locator("#hint").is_hidden()
    results = live.stats()["counts"]["results"]
    live.page.evaluate("() => document.getElementById('preview').play()")
    live.wait_until(f"raut.stats().counts.results > {results}")


def test_the_last_picture_of_a_video_is_sent_again_where_its_answer_is_lost(
    open_page: OpenPage, own_server: Server, video: Path
) -> None:
    with SilentPath(own_server) as path:
        live = open_page(path, browser_options={"cameras": 0})
        choose(live, video)
        live.page.wait_for_selector("#stage[data-state=live]")
        live.wait_for_results(1)
        live.wait_until("document.getElementById('preview').currentTime > 1.5")
        path.fall_silent()
        live.wait_until("document.getElementById('preview').ended")
        wait_for_faces(live, 1)
        live.server_away = True


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("photo.heic", "image/heic", HEIC),
        ("photo.HEIC", "", HEIC),  # some systems know no type for it
        ("text.jpg", "image/jpeg", b"not a picture"),
        ("film.avi", "video/x-msvideo", b"RIFF    AVI LIST" + bytes(100)),
    ],
)
def test_what_the_browser_cannot_show_gets_a_sentence(live: LivePage, name: str, kind: str, data: bytes) -> None:
    choose(live, (name, kind, data))
    live.page.wait_for_selector("[data-notice=unreadable]")
    text = live.page.locator(".notice-text").inner_text()
    assert name in text
    assert "save HEIC photos as JPEG" in text
    assert live.page.evaluate("() => document.activeElement.id") == "start"


def test_a_strip_has_room_for_fifty(live: LivePage) -> None:
    wall = encoded(np.full((40, 60, 3), 160, np.uint8), ".png")
    choose(live, *[(f"{number}.png", "image/png", wall) for number in range(52)])
    live.page.get_by_text("2 more files were left out").wait_for(state="attached")
    assert live.page.locator(".strip-item").count() == 50


def test_the_last_wish_counts(open_page: OpenPage, server: Server, one_person: FakeCamera) -> None:
    slow_sample = """{
      const get = window.fetch;
      window.fetch = async (...request) => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        window.sampleCame = true;
        return get(...request);
      };
    }"""
    live = open_page(server, one_person, before=slow_sample)
    live.page.get_by_role("button", name="Try a sample").click()
    live.start()
    live.wait_until("window.sampleCame")
    live.page.wait_for_timeout(500)
    live.wait_for_results()
    assert live.page.evaluate("() => raut.track()") == "live"
    assert live.page.locator("#strip").is_hidden()


def test_one_of_several_that_cannot_be_shown_leaves_the_others(live: LivePage, portrait: Image) -> None:
    choose(live, ("photo.heic", "image/heic", HEIC), ("one.jpg", "image/jpeg", encoded(portrait, ".jpg")))
    live.page.locator("#hint").get_by_text("save HEIC photos as JPEG").wait_for()
    live.wait_until("[...document.querySelectorAll('.strip-badge')].every((badge) => badge.textContent)")
    assert live.page.locator(".strip-badge").all_inner_texts() == ["failed", "1 face"]
    live.page.get_by_role("button", name="one.jpg").click()
    wait_for_faces(live, 1)
    assert live.page.locator("#hint").is_hidden()


def test_the_sample_is_one_tap_away(live: LivePage) -> None:
    live.page.get_by_role("button", name="Start camera").click()
    live.page.wait_for_selector("[data-notice=no_camera]")
    live.page.get_by_role("button", name="Try a sample").press("Enter")
    live.page.wait_for_selector("#stage[data-state=live]")
    assert live.page.evaluate("() => document.activeElement.id") == "pause"  # the button that had the focus is gone
    live.wait_for_results(10)
    wait_for_faces(live, 1)
    live.page.get_by_role("button", name="Sample picture").click()
    live.page.wait_for_selector("#stage[data-state=still]")
    wait_for_faces(live, 1)
    live.page.get_by_role("button", name="Sample clip").click()
    live.page.wait_for_selector("#stage[data-state=live]")
    live.wait_for_results(5)


def test_a_picture_waits_for_a_server_that_is_away(open_page: OpenPage, own_server: Server, portrait: Image) -> None:
    live = open_page(own_server, browser_options={"cameras": 0})
    live.wait_until("raut.connection() === 'online'")
    live.server_away = True
    own_server.stop()
    choose(live, ("portrait.jpg", "image/jpeg", encoded(portrait, ".jpg")))
    live.page.locator("#hint").get_by_text("The server was not reached").wait_for()
    own_server.start()
    wait_for_faces(live, 1)
    assert live.page.locator("#hint").is_hidden()


def test_from_the_camera_to_a_picture_and_back(
    open_page: OpenPage, server: Server, one_person: FakeCamera, portrait: Image
) -> None:
    live = open_page(server, one_person).start()
    live.wait_for_results()
    live.page.evaluate("() => { window.lastTrack = document.getElementById('preview').srcObject.getVideoTracks()[0]; }")
    paste(live.page, "portrait.jpg", "image/jpeg", encoded(cv2.resize(portrait, (256, 256)), ".jpg"))
    live.page.wait_for_selector("#stage[data-state=still]")
    assert live.page.evaluate("() => lastTrack.readyState") == "ended", "the camera's light goes out"
    wait_for_faces(live, 1)
    live.page.get_by_role("button", name="Close").click()
    live.start()
    live.wait_for_results()
    assert live.page.evaluate("() => raut.overlay().mirrored") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1440, 900), (390, 844)])
def test_axe_finds_nothing(
    open_page: OpenPage, server: Server, portrait: Image, axe: str, scheme: str, viewport: tuple[int, int]
) -> None:
    live = open_page(server, viewport=viewport, color_scheme=scheme, browser_options={"cameras": 0})
    jpeg = encoded(portrait, ".jpg")
    choose(live, ("one.jpg", "image/jpeg", jpeg), ("two.jpg", "image/jpeg", jpeg))
    live.wait_until("[...document.querySelectorAll('.strip-badge')].every((badge) => badge.textContent)")
    wait_for_faces(live, 1)
    assert violations(live, axe) == []
    assert live.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
