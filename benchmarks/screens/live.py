"""The live page: with and without a camera, a face, a file, a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from benchmarks.harness.camera import HEIGHT, WIDTH, moving_group, moving_portrait
from benchmarks.harness.serving import serving
from benchmarks.screens.scene import Scene, Set
from vision.tasks import EXPRESSIONS

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

SECONDS: Final = 8
"""Charts and ribbons of so long have something to show."""


def _start(on: Set, faces: int = 1) -> None:
    on.open()
    on.page.locator("#start").click()
    on.wait_until(f"raut.overlay().boxes.length >= {faces} && document.querySelectorAll('.card').length >= {faces}")
    on.wait_until(f"raut.history().times.length >= {4 * SECONDS}")
    # The fake camera has its file's path as a name; a webcam has a short one.
    on.page.evaluate("() => { document.querySelector('#camera-picker option').textContent = 'Webcam'; }")


def _fail(on: Set) -> None:
    on.open()
    on.page.locator("#start").click()
    on.page.wait_for_selector("[data-kind=problem]")


def _nobody(on: Set) -> None:
    on.open()
    on.page.locator("#start").click()
    on.page.locator("#hint").wait_for()


def _paused(on: Set) -> None:
    _start(on)
    on.page.locator("#pause").click()


def _stopped(on: Set) -> None:
    _start(on)
    on.page.locator("#stop").click()
    on.page.locator("#summary").wait_for()


def _disconnected(on: Set) -> None:
    server = on.until_shot.enter_context(serving("--workers", "1"))
    on.open(server=server)
    on.page.locator("#start").click()
    on.wait_until("raut.overlay().boxes.length === 1")
    server.stop()
    on.page.locator("#connection[data-state=offline]").wait_for(state="attached")
    on.page.locator("#banner").wait_for()


def _asleep(on: Set) -> None:
    server = on.until_shot.enter_context(serving("--workers", "1", "--idle-timeout", "1"))
    on.open(server=server)
    on.page.wait_for_selector("[data-notice=asleep]")


def _full_screen(on: Set) -> None:
    _start(on)
    on.page.locator("#fullscreen").click()
    on.wait_until("document.getElementById('stage-figures').textContent.includes('/')")


def _sheet(name: str, opener: str) -> Scene:
    def play(on: Set) -> None:
        on.open()
        on.page.locator(opener).click()
        on.page.locator(f"#{name}[open]").wait_for()

    return Scene(name, play, whole=False)


def _privacy(on: Set) -> None:
    on.open()
    on.page.locator(".privacy summary").click()


def _picture(on: Set) -> None:
    on.open()
    on.page.locator("#sample").click()
    on.wait_until("document.querySelectorAll('.card').length > 0")


def _strip(on: Set) -> None:
    wall = cv2.imencode(".jpg", np.full((HEIGHT, WIDTH, 3), 150, np.uint8))[1].tobytes()
    pictures = {"one.jpg": moving_portrait()[0], "four.jpg": moving_group(4)[0], "nobody.jpg": wall}
    on.open()
    on.page.locator("#files").set_input_files([_payload(name, jpeg) for name, jpeg in pictures.items()])
    on.wait_until("document.querySelectorAll('.strip-badge:not(:empty)').length === 3")
    on.page.locator(".strip-item").nth(1).click()
    on.wait_until("document.querySelectorAll('.card').length === 4")


def _video(on: Set) -> None:
    clip = on.folder / "clip.webm"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"VP80"), 24, (WIDTH, HEIGHT))
    for jpeg in moving_portrait():
        writer.write(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))  # type: ignore[arg-type]
    writer.release()
    on.open()
    on.page.locator("#files").set_input_files(clip)
    on.wait_until("document.querySelectorAll('.card').length > 0")


def _unsure(on: Set) -> None:
    """The longest words that a face can have. The answer is made up: the portrait is surely happy."""
    on.page.route("**/api/analyze*", lambda route: route.fulfill(json=_unsure_answer()))
    on.open()
    on.page.locator("#files").set_input_files(_payload("four.jpg", moving_group(4)[0]))
    on.wait_until("document.querySelectorAll('.card').length === 4")


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
    Scene("idle", lambda on: on.open()),
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
    Scene("live-four", lambda on: _start(on, 4), camera="group"),
    Scene("live-nobody", _nobody, camera="nobody"),
)
