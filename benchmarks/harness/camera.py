"""Fake cameras: `.y4m` files that Chromium plays in a loop in place of a webcam.

Made from `skimage.data.astronaut()`, NASA's public-domain portrait of Eileen Collins, moved smoothly so that
the face's true place is known in every frame, or from a video file.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

WIDTH: Final = 640
HEIGHT: Final = 480
FPS: Final = 30
LOOP_SECONDS: Final = 8
LOOP_FRAMES: Final = LOOP_SECONDS * FPS
SWAYS: Final = 2
"""How often the portrait moves to and fro in one loop; the face moves at up to 110 pixels a second."""

MARK_SIZE: Final = 16
"""Side of one square of the frame-number mark, in pixels."""
MARK_BITS: Final = 10

PICTURES: Final = 48
"""Frames of `moving_portrait`."""
JPEG_QUALITY: Final = 80


@dataclass(frozen=True)
class Place:
    """Where a face is in a frame: the middle between brows and chin, and the width from cheek to cheek, in pixels."""

    x: float
    y: float
    width: float


ASTRONAUT: Final = Place(x=225.5, y=127.5, width=99.0)
"""The face in `skimage.data.astronaut()` (512 x 512)."""


@dataclass(frozen=True)
class FakeCamera:
    """A camera file, and where its faces are.

    Attributes:
        path: the `.y4m` file.
        frames: how many frames it has before it starts again.
        places: each face's place by frame number; empty for a video file, where they are not known.
    """

    path: Path
    frames: int
    places: tuple[Callable[[int], Place], ...] = ()

    @property
    def flag(self) -> str:
        """The value of Chromium's `--use-file-for-fake-video-capture`."""
        return str(self.path.resolve())


def portrait_camera(path: Path, *, marked: bool = False) -> FakeCamera:
    """One person: the portrait fills the picture and moves like somebody who sits and sways.

    Args:
        path: file to write (about 110 MB; `.y4m` is uncompressed).
        marked: draw the frame number into the picture's lower edge, for `frame_number` to read back.
    """
    zoom = 1.42
    picture = cv2.resize(_astronaut(), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    spare_x, spare_y = picture.shape[1] - WIDTH, 60

    def corner(number: int) -> tuple[float, float]:
        angle = 2 * math.pi * SWAYS * number / LOOP_FRAMES
        return spare_x * (0.5 + 0.46 * math.sin(angle)), spare_y * (0.5 + 0.46 * math.sin(2 * angle))

    def place(number: int) -> Place:
        x, y = corner(number)
        return Place(ASTRONAUT.x * zoom - x, ASTRONAUT.y * zoom - y, ASTRONAUT.width * zoom)

    def frames() -> Iterator[Image]:
        for number in range(LOOP_FRAMES):
            x, y = corner(number)
            yield _shifted(picture, -x, -y)

    return FakeCamera(write_y4m(path, frames(), marked=marked), LOOP_FRAMES, (place,))


def group_camera(path: Path, faces: int = 4, *, marked: bool = False) -> FakeCamera:
    """Several people: the portrait's head, each in its own cell of a grid and on its own small orbit, every second one mirrored."""
    places, frames = _group(faces)
    return FakeCamera(write_y4m(path, frames, marked=marked), LOOP_FRAMES, places)


def _group(faces: int) -> tuple[tuple[Callable[[int], Place], ...], Iterator[Image]]:
    """The places of some faces, and the frames that show them."""
    columns = math.ceil(math.sqrt(faces))
    cell_w, cell_h = WIDTH / columns, HEIGHT / math.ceil(faces / columns)
    left, top, side = 104, 0, 240
    zoom = min(cell_w, cell_h) * 0.8 / side
    head = cv2.resize(
        _astronaut()[top : top + side, left : left + side], None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA
    )

    def corner(who: int, number: int) -> tuple[float, float]:
        angle = 2 * math.pi * number / LOOP_FRAMES * (1 if who % 2 else -1) + who
        row, column = divmod(who, columns)
        reach_x, reach_y = (cell_w - head.shape[1]) / 2, (cell_h - head.shape[0]) / 2
        return cell_w * column + reach_x * (1 + math.cos(angle)), cell_h * row + reach_y * (1 + math.sin(angle))

    def place_of(who: int) -> Callable[[int], Place]:
        inside = ASTRONAUT.x - left
        inside = (side - inside if who % 2 else inside) * zoom

        def place(number: int) -> Place:
            x, y = corner(who, number)
            return Place(x + inside, y + (ASTRONAUT.y - top) * zoom, ASTRONAUT.width * zoom)

        return place

    def frames() -> Iterator[Image]:
        for number in range(LOOP_FRAMES):
            frame = np.full((HEIGHT, WIDTH, 3), (92, 84, 78), np.uint8)
            for who in range(faces):
                x, y = corner(who, number)
                moved = np.array([[1, 0, x], [0, 1, y]], np.float64)
                shown = np.ascontiguousarray(head[:, ::-1]) if who % 2 else head
                cv2.warpAffine(shown, moved, (WIDTH, HEIGHT), dst=frame, borderMode=cv2.BORDER_TRANSPARENT)
            yield frame

    return tuple(place_of(who) for who in range(faces)), frames()


def empty_camera(path: Path) -> FakeCamera:
    """A camera without a person: a softly lit wall."""
    wall = (
        np.linspace(120, 190, WIDTH, dtype=np.float32)[None, :, None]
        + np.linspace(0, 30, HEIGHT, dtype=np.float32)[:, None, None]
    )
    frame = np.repeat(wall, 3, axis=2).astype(np.uint8)
    return FakeCamera(write_y4m(path, (frame for _ in range(FPS))), FPS)


def video_camera(path: Path, video: Path, seconds: float = LOOP_SECONDS) -> FakeCamera:
    """A video file as a camera: its first seconds, resampled to 30 FPS, letterboxed to 640 x 480, and played there and back.

    So the loop has no cut, at which people would jump.

    Raises:
        FileNotFoundError: if OpenCV cannot open the file.
    """
    capture = cv2.VideoCapture(str(video))
    if not capture.isOpened():
        raise FileNotFoundError(f"{video} is no video that OpenCV can read. Give an .mp4, .webm or .avi file.")
    rate = capture.get(cv2.CAP_PROP_FPS) or FPS
    there: list[Image] = []
    try:
        read = 0
        ok, frame = capture.read()
        while ok and len(there) < seconds * FPS:
            there.append(letterboxed(frame.astype(np.uint8)))
            while ok and read < int(len(there) * rate / FPS):
                ok, frame = capture.read()
                read += 1
    finally:
        capture.release()
    frames = [*there, *there[-2:0:-1]]
    return FakeCamera(write_y4m(path, iter(frames)), len(frames))


def write_y4m(path: Path, frames: Iterator[Image], *, marked: bool = False) -> Path:
    """Writes frames as an uncompressed 4:2:0 video at 30 FPS.

    Args:
        path: the `.y4m` file; its folder is made if it is not there.
        frames: each (480, 640, 3) uint8, BGR.
        marked: draw each frame's number into its lower edge, for `frame_number`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420mpeg2\n".encode())
        for number, frame in enumerate(frames):
            if marked:
                _mark(frame, number)
            file.write(b"FRAME\n")
            file.write(cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def moving_portrait() -> list[bytes]:
    """`PICTURES` JPEG files of 640 x 480, as the page encodes its frames: the portrait sways to one side and back.

    Raises:
        RuntimeError: scikit-image, which ships the portrait, is not installed.
    """
    portrait = cv2.resize(_astronaut(), None, fx=1.42, fy=1.42, interpolation=cv2.INTER_CUBIC)
    spare = portrait.shape[1] - WIDTH
    half = PICTURES // 2
    places = [round(spare * (step if step < half else PICTURES - step) / half) for step in range(PICTURES)]
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    return [
        cv2.imencode(".jpg", portrait[x // 3 : x // 3 + HEIGHT, x : x + WIDTH], quality)[1].tobytes() for x in places
    ]


def moving_group(faces: int) -> list[bytes]:
    """`PICTURES` JPEG files of 640 x 480 with several portraits, as of `group_camera`, there and back again."""
    _, frames = _group(faces)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    there = [cv2.imencode(".jpg", frame, quality)[1].tobytes() for frame in itertools.islice(frames, PICTURES // 2)]
    return there + there[::-1]


def frame_number(bottom_row: list[float]) -> int:
    """Reads a frame's number from the brightness of its marks.

    Args:
        bottom_row: brightness, 0 to 255, in the middle of each of the `MARK_BITS` squares, left to right.
    """
    return sum(1 << bit for bit, light in enumerate(bottom_row) if light > 128)


def _mark(frame: Image, number: int) -> None:
    for bit in range(MARK_BITS):
        shade = 235 if number >> bit & 1 else 16
        frame[HEIGHT - MARK_SIZE :, bit * MARK_SIZE : (bit + 1) * MARK_SIZE] = shade


def _astronaut() -> Image:
    try:
        from skimage.data import astronaut
    except ImportError as error:
        raise RuntimeError("The portrait comes with scikit-image: install requirements-dev.txt first.") from error
    return cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR).astype(np.uint8)


def _shifted(picture: Image, x: float, y: float) -> Image:
    moved = np.array([[1, 0, x], [0, 1, y]], np.float64)
    return cv2.warpAffine(
        picture, moved, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8)


def letterboxed(frame: Image) -> Image:
    """A frame of any shape, (H, W, 3), in a camera's: as large as it fits into 640 x 480, with black bars."""
    height, width = frame.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    # A camera's own pictures are not blurred: what is enlarged stays as sharp as it can.
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    small = cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=way)
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    y, x = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas
