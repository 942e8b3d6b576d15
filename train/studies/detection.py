"""`python run.py study detection --data DIR`: what a face must score, by the false faces and the missed ones that it gives.

Pictures without a face are parts of those that come with scikit-image and scikit-learn: textures, things, landscapes, pages, a cat and a
horse. Faces are validation images of UTKFace and FairFace, since the score is chosen by them, set into the same pictures. Each picture is
searched by itself, as `analyze` does, and as a camera that shows it for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import skimage
import sklearn
from numpy.typing import NDArray

from cli.figures import table
from cli.progress import progress
from train.data.fairface import find_fairface, load_fairface
from train.data.live_path import FRAME_HEIGHT, FRAME_WIDTH
from train.data.loaders import SOURCES
from train.evaluation.intervals import wilson
from train.studies.common import StudyOptions, deliver_study
from vision.boxes import Face
from vision.detection import BlazeFaceDetector, least_score
from vision.frame import Image, decode_frame
from vision.regions import ScanMemory

SCORES: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
SHIPPED: Final = "shipped"

WIDTHS: Final = (0.4, 0.15, 0.08, 0.05)
"""Of the images with faces, as shares of the picture that they are set into; the face is about three fifths of that."""

FRAME: Final = (FRAME_WIDTH, FRAME_HEIGHT)
"""Width and height of all pictures, in pixels."""

JPEG_QUALITY: Final = 80

CAMERA_FRAMES: Final = 16
CAMERA_FPS: Final = 10
CAMERA_NOISE: Final = 4
"""How long a camera shows a picture, and by how much its pixels differ at most from frame to frame, of 255."""

SEED: Final = 2026

FACELESS: Final = {
    skimage: (
        "brick.png", "cell.png", "chelsea.png", "chessboard_RGB.png", "clock_motion.png", "coffee.png", "color.png", "grass.png",
        "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png", "logo.png", "microaneurysms.png", "moon.png",
        "motorcycle_left.png", "page.png", "phantom.png", "retina.jpg", "rocket.jpg", "text.png",
    ),
    sklearn: ("china.jpg", "flower.jpg"),
}  # fmt: skip
"""Files of each package in which nobody's face is seen."""

_FOLDERS: Final = {skimage: "data", sklearn: "datasets/images"}


@dataclass(frozen=True, kw_only=True)
class Options(StudyOptions):
    """What is searched.

    Attributes:
        faces: of each width, at most.
        crops: of each picture without a face, the whole one included.
    """

    faces: int = 240
    crops: int = 24


def run(options: Options) -> None:
    """Run the study; raises as the loaders do."""
    detector, generator = BlazeFaceDetector(), np.random.default_rng(SEED)
    faces = faces_of_widths(options.data, options.faces, generator)
    pictures = faceless_pictures()
    empty: list[Image] = []
    false: list[_Best] = []
    for name in progress(list(pictures), "pictures without a face"):
        parts = list(parts_of(pictures[name], options.crops, generator))
        false += [_best(detector.candidates(part)) for part in parts]
        empty += parts
    there = {width: [_set_in(face, width, empty, generator) for face in faces[width]] for width in WIDTHS}
    missed = {
        width: [
            _best([face for face in detector.candidates(picture) if _is_at(face, place)])
            for picture, place in there[width]
        ]
        for width in progress(WIDTHS, "faces", lambda width: f"{100 * width:.0f} % of the picture's width")
    }
    figures = {
        "least_scores": [_at_score(score, false, missed) for score in (*SCORES, SHIPPED)],
        "camera": _by_camera(detector, empty, there),
        "pictures_without_a_face": len(empty),
        "faces": {str(width): len(found) for width, found in missed.items()},
        "frame": list(FRAME),
    }
    deliver_study("detection", figures, _table(figures), options.json)


def faceless_pictures() -> dict[str, Image]:
    """The pictures in which nobody is, (H, W, 3) uint8 BGR, by their files' names."""
    return {
        name: decode_frame((Path(package.__file__).parent / _FOLDERS[package] / name).read_bytes())
        for package, names in FACELESS.items()
        for name in names
    }


def parts_of(picture: Image, count: int, generator: np.random.Generator) -> Iterator[Image]:
    """A picture and parts of it, a quarter to all of its height, every second one mirrored, each in `FRAME`."""
    height, width = picture.shape[:2]
    yield _resized(picture, FRAME)
    for number in range(1, count):
        tall = int(height * generator.uniform(0.25, 1))
        wide = min(width, tall * FRAME[0] // FRAME[1])
        top, left = generator.integers(0, height - tall + 1), generator.integers(0, width - wide + 1)
        part = _resized(picture[top : top + tall, left : left + wide], FRAME)
        yield part[:, ::-1].copy() if number % 2 else part


def _resized(picture: Image, size: tuple[int, int]) -> Image:
    smaller = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=smaller), np.uint8)


def faces_of_widths(data: Path, most: int, generator: np.random.Generator) -> dict[float, list[Image]]:
    """Validation images, each of them at one of `WIDTHS`.

    Args:
        data: the datasets' folder.
        most: of each width.
        generator: draws them.

    Returns:
        Width -> images (H, W, 3) uint8 RGB.

    Raises:
        DatasetError: UTKFace is not there.
    """
    sets = _validation_images(data)
    drawn = {width: [face for images in sets for face in images[at :: len(WIDTHS)]] for at, width in enumerate(WIDTHS)}
    return {
        width: [faces[index] for index in generator.permutation(len(faces))[:most]] for width, faces in drawn.items()
    }


def _validation_images(data: Path) -> list[NDArray[np.uint8]]:
    """Of UTKFace, and of FairFace where it is there: FER2013's are cut so close that a face has no head."""
    source, fairface = SOURCES["UTKFace"], find_fairface(data)
    found = [source.load(data, source.own_geometry, (source.fitting,)).images]
    if fairface is not None:
        found.append(load_fairface(fairface, source.own_geometry, ("validation",)).images)
    return found


def _set_in(
    face: Image, width: float, pictures: Sequence[Image], generator: np.random.Generator
) -> tuple[Image, tuple[int, int, int]]:
    """A picture with a face in it, JPEG-coded as a camera's, and where: left, top, side."""
    picture = pictures[int(generator.integers(len(pictures)))].copy()
    side = round(width * FRAME[0])
    left, top = generator.integers(0, FRAME[0] - side + 1), generator.integers(0, FRAME[1] - side + 1)
    shown = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2BGR), np.uint8)
    picture[top : top + side, left : left + side] = _resized(shown, (side, side))
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return decode_frame(coded.tobytes()), (int(left), int(top), side)


def _is_at(face: Face, place: tuple[int, int, int]) -> bool:
    """Whether a face's middle lies in the image that was set there."""
    (x, y, width, height), (left, top, side) = face.box, place
    return left <= x + width / 2 <= left + side and top <= y + height / 2 <= top + side


def _by_camera(
    detector: BlazeFaceDetector, empty: Sequence[Image], there: dict[float, list[tuple[Image, tuple[int, int, int]]]]
) -> dict[str, Any]:
    """Pictures that have a face where there is none on any of a camera's frames, and those whose face is on none of the later half."""
    false = sum(any(_on_frames(detector, picture)) for picture in progress(empty, "cameras without a face"))
    missed = {
        width: [
            any(_is_at(face, place) for faces in _on_frames(detector, picture)[CAMERA_FRAMES // 2 :] for face in faces)
            for picture, place in there[width]
        ]
        for width in progress(WIDTHS, "cameras", lambda width: f"{100 * width:.0f} % of the picture's width")
    }
    return {
        "seconds": CAMERA_FRAMES / CAMERA_FPS,
        "false": wilson(false, len(empty)).to_dict(),
        "missed": {str(width): wilson(seen.count(False), len(seen)).to_dict() for width, seen in missed.items()},
    }


def _on_frames(detector: BlazeFaceDetector, picture: Image) -> list[list[Face]]:
    """The faces on each frame of a camera that shows a picture."""
    memory, noise = ScanMemory(searches_later=True), np.random.default_rng(SEED)
    frames: list[list[Face]] = []
    for number in range(CAMERA_FRAMES):
        memory.now = number / CAMERA_FPS
        change = noise.integers(-CAMERA_NOISE, CAMERA_NOISE, picture.shape, np.int16, endpoint=True)
        frames.append(detector.detect(np.clip(picture + change, 0, 255).astype(np.uint8), memory))
        detector.search_later(memory)
    return frames


@dataclass(frozen=True)
class _Best:
    """The surest face of a picture; `counts` says whether one is shown to people. 0 where there is none."""

    score: float = 0.0
    counts: bool = False


def _best(faces: Sequence[Face]) -> _Best:
    counts = any(face.score >= least_score(face, FRAME[0]) for face in faces)
    return _Best(max((face.score for face in faces), default=0.0), counts)


def _at_score(least: float | str, false: Sequence[_Best], missed: dict[float, list[_Best]]) -> dict[str, Any]:
    """Both shares at a score."""

    def count(found: Sequence[_Best]) -> int:
        return sum(one.counts if isinstance(least, str) else one.score >= least for one in found)

    return {
        "least_score": least,
        "false": wilson(count(false), len(false)).to_dict(),
        "missed": {
            str(width): wilson(len(found) - count(found), len(found)).to_dict() for width, found in missed.items()
        },
    }


def _table(figures: dict[str, Any]) -> str:
    named = [(one["least_score"], one) for one in figures["least_scores"]]
    named.append((f"a camera, in {figures['camera']['seconds']:.1f} s", figures["camera"]))
    rows = [
        [
            name,
            f"{100 * one['false']['value']:.1f} %",
            *(f"{100 * missed['value']:.1f} %" for missed in one["missed"].values()),
        ]
        for name, one in named
    ]
    return table(rows, ["least score", "false faces", *(f"missed, {100 * width:.0f} %" for width in WIDTHS)])
