"""The live page: with and without a camera, a face, a file, a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from benchmarks.harness.camera import HEIGHT, WIDTH, moving_group, moving_portrait
from benchmarks.harness.serving import serving
from benchmarks.screens.scene import Scene, Visit
from vision.tasks import EXPRESSIONS

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

SECONDS: Final = 8
"""Charts and ribbons of so long have something to show."""


def _start(visit: Visit, faces: int = 1) -> None:
    visit.open()
    visit.page.locator("#start").click()
    visit.wait_until("raut.overlay().boxes.length > 0")
    visit.wait_until(f"raut.history().times.length >= {4 * SECONDS}")
    # Last of all: on a busy machine a face may be missed for a moment.
    visit.wait_until(f"raut.overlay().boxes.length >= {faces} && document.querySelectorAll('.card').length >= {faces}")
    # The fake camera has its file's path as a name; a webcam has a short one.
    visit.page.evaluate("() => { document.querySelector('#camera-picker option').textContent = 'Webcam'; }")


def _fail(visit: Visit) -> None:
    visit.open()
    visit.page.locator("#start").click()
    visit.page.wait_for_selector("[data-kind=problem]")


def _nobody(visit: Visit) -> None:
    visit.open()
    visit.page.locator("#start").click()
    visit.page.locator("#hint").wait_for()


def _paused(visit: Visit) -> None:
    _start(visit)
    visit.page.locator("#pause").click()


def _stopped(visit: Visit) -> None:
    _start(visit)
    visit.page.locator("#stop").click()
    visit.page.locator("#summary").wait_for()


def _disconnected(visit: Visit) -> None:
    server = visit.until_shot.enter_context(serving("--workers", "1"))
    visit.open(server=server)
    visit.page.locator("#start").click()
    visit.wait_until("raut.overlay().boxes.length === 1")
    server.stop()
    visit.page.locator("#connection[data-state=offline]").wait_for(state="attached")
    visit.page.locator("#banner").wait_for()


def _asleep(visit: Visit) -> None:
    server = visit.until_shot.enter_context(serving("--workers", "1", "--idle-timeout", "1"))
    visit.open(server=server)
    visit.page.wait_for_selector("[data-notice=asleep]")


def _full_screen(visit: Visit) -> None:
    _start(visit)
    visit.page.locator("#fullscreen").click()
    visit.wait_until("document.getElementById('stage-figures').textContent.includes('/')")


def _sheet(name: str, opener: str) -> Scene:
    def play(visit: Visit) -> None:
        visit.open()
        visit.page.locator(opener).click()
        visit.page.locator(f"#{name}[open]").wait_for()

    return Scene(name, play, whole=False)


def _privacy(visit: Visit) -> None:
    visit.open()
    visit.page.locator(".privacy summary").click()


def _picture(visit: Visit) -> None:
    visit.open()
    visit.page.locator("#sample").click()
    visit.wait_until("document.querySelectorAll('.card').length > 0")


def _strip(visit: Visit) -> None:
    wall = cv2.imencode(".jpg", np.full((HEIGHT, WIDTH, 3), 150, np.uint8))[1].tobytes()
    pictures = {"one.jpg": moving_portrait()[0], "four.jpg": moving_group(4)[0], "nobody.jpg": wall}
    visit.open()
    visit.page.locator("#files").set_input_files([_payload(name, jpeg) for name, jpeg in pictures.items()])
    visit.wait_until("document.querySelectorAll('.strip-badge:not(:empty)').length === 3")
    visit.page.locator(".strip-item").nth(1).click()
    visit.wait_until("document.querySelectorAll('.card').length === 4")


def _video(visit: Visit) -> None:
    clip = visit.folder / "clip.webm"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"VP80"), 24, (WIDTH, HEIGHT))
    for jpeg in moving_portrait():
        writer.write(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))  # type: ignore[arg-type]
    writer.release()
    visit.open()
    visit.page.locator("#files").set_input_files(clip)
    visit.wait_until("document.querySelectorAll('.card').length > 0")


def _unsure(visit: Visit) -> None:
    """The longest words that a face can have. The answer is made up: the portrait is surely happy."""
    visit.page.route("**/api/analyze*", lambda route: route.fulfill(json=_unsure_answer()))
    visit.open()
    visit.page.locator("#files").set_input_files(_payload("four.jpg", moving_group(4)[0]))
    visit.wait_until("document.querySelectorAll('.card').length === 4")


def _payload(name: str, jpeg: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": jpeg}


def _unsure_answer() -> dict:
    """An answer with four faces, which are where `moving_group` has them."""
    places = [(170, 72, 103, 103), (468, 100, 85, 85), (93, 344, 83, 83), (366, 316, 90, 90)]
    pairs = [("surprise", "disgust"), ("angry", "sad"), ("neutral", "sad"), ("fear", "surprise")]
    qualities = ["small", "turned", "dark", "blurred"]
    faces = []
    for number, (box, pair, quality) in enumerate(zip(places, pairs, qualities, strict=True)):
        scores = dict.fromkeys(EXPRESSIONS, 0.04) | {pair[0]: 0.42, pair[1]: 0.38}
        faces.append(
            {
                "track": number,
                "box": box,
                "score": 0.9,
                "keypoints": [],
                "expression": {"label": pair[0], "scores": scores, "unsure": True, "likeliest": list(pair)},
                "age": {"years": 47, "low": 38, "high": 58, "decade": "40-49", "scores": [1 / 11] * 11},
                "gender": {"label": "female", "scores": {"female": 0.97, "male": 0.03}},
                "quality": quality,
            }
        )
    return {"width": 640, "height": 480, "faces": faces, "timings_ms": {"decode": 1, "detect": 2, "total": 3}}


SCENES: Final = (
    Scene("idle", lambda visit: visit.open()),
    Scene("no-camera", _fail),
    Scene("denied", _fail, camera="denied"),
    Scene("asleep", _asleep),
    Scene("privacy", _privacy),
    _sheet("help", "#help-open"),
    _sheet("settings", "#settings-open"),
    Scene("picture", _picture),
    Scene("strip", _strip),
    Scene("unsure", _unsure),
    Scene("video", _video),
    Scene("live", _start, camera="portrait"),
    Scene("paused", _paused, camera="portrait"),
    Scene("stopped", _stopped, camera="portrait"),
    Scene("disconnected", _disconnected, camera="portrait"),
    Scene("full-screen", _full_screen, camera="portrait", whole=False),
    Scene("live-four", lambda visit: _start(visit, 4), camera="group"),
    Scene("live-nobody", _nobody, camera="nobody"),
)
