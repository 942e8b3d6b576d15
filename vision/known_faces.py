"""Known faces that the look at the whole frame has missed: short-range looks closely where they should be.

Up to four share a look. Where there are many faces they have their turns, so that a frame's work is bounded: a face that was seen a
moment ago may rest, and is taken to be where its motion leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.blazeface import MIN_SCORE, BlazeFace, face_at
from vision.boxes import EYES_AND_MOUTH, Box, Face, overlap
from vision.frame import Image
from vision.regions import CLOSE_LOOK, SHARED_LEAST, SHARED_LOOK, surroundings

KNOWN_SCORE: Final = 0.35
"""Least score of a face that was there on the last frame: less than a newcomer's, so that a turned head does not blink."""

SURE: Final = 0.6
SAME_PLACE: Final = 0.4
"""A look that is less sure must show the face about as large as it was, and where it was: so much of both boxes' union is of both. Else
a small, blurred face seems to fill the whole look, the next look is as much wider, and what that shows is taken for somebody else."""

WIDER_LOOK: Final = 3.2
"""Room around a face, by its size, of a second look where the first has missed it: a small or turned face is then seen more often."""

SHARING: Final = 4
"""Faces that share a look."""

SHARED_LOOKS: Final = 1
LONE_LOOKS: Final = 4
"""Looks a frame that faces share, and that are at one face: a small one, or one that a shared look has missed."""

ALIGNING_ROOMS: Final = (1.3, 1.6, 2.0, 2.5)
"""Room around a face, by its size, of the looks whose keypoints are averaged in a picture by itself. One look's keypoints are off by a
few hundredths of the face, and its crop with them."""

SAME_POINT: Final = 0.15
"""Keypoints that lie farther apart, by the face's width, are not of the same face or were not seen well: they are left out."""

MAY_REST_S: Final = 0.15
"""A face that was not looked for in so long is looked for, however many there are."""


class KnownFaces:
    """The close looks of one BlazeFace."""

    def __init__(self, near: BlazeFace):
        """Take the short-range model."""
        self._near = near

    def look_again(
        self, image: Image, boxes: Sequence[Box], waited: Sequence[float], share: int = 1, searching: bool = False
    ) -> tuple[list[Face], set[int]]:
        """Look for known faces, those first that have waited longest.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: where they should be, in its pixels.
            waited: seconds since each was looked for.
            share: how many times as many looks as on a usual frame may be taken; more are where a face may not rest any longer.
            searching: whether the frame is searched for newcomers, which costs as much as three looks: more faces than share a
                look have no turn on it.

        Returns:
            The faces that are seen, and the indices of those that rest.
        """
        shared, lone = SHARED_LOOKS * share, LONE_LOOKS * share
        if searching and len(boxes) > SHARING:
            shared = 0
        faces: list[Face] = []
        resting: set[int] = set()
        for group in self._groups(boxes, waited):
            if len(group) > 1:
                if shared <= 0 and max(waited[index] for index in group) < MAY_REST_S:
                    resting.update(group)
                    continue
                shared -= 1
                seen = self._look_together(image, [boxes[index] for index in group])
                faces += [face for face in seen if face]
                group = [index for index, face in zip(group, seen, strict=True) if face is None]
            for index in group:
                if lone <= 0 and waited[index] < MAY_REST_S:
                    resting.add(index)
                    continue
                lone -= 1
                face = self.look_closely(image, boxes[index], KNOWN_SCORE)
                if face is None and lone > 0:
                    lone -= 1
                    face = self.look_closely(image, boxes[index], KNOWN_SCORE, WIDER_LOOK)
                if face is not None:
                    faces.append(face)
        return faces, resting

    @staticmethod
    def _groups(boxes: Sequence[Box], waited: Sequence[float]) -> list[list[int]]:
        """The indices of boxes that share a look, those first that have waited longest; each is in one group."""
        order = sorted(range(len(boxes)), key=lambda index: -waited[index])
        large = [index for index in order if min(boxes[index][2:]) >= SHARED_LEAST]
        groups = [large[first : first + SHARING] for first in range(0, len(large), SHARING)]
        groups += [[index] for index in order if min(boxes[index][2:]) < SHARED_LEAST]
        return sorted(groups, key=lambda group: -waited[group[0]])

    def _look_together(self, image: Image, boxes: Sequence[Box]) -> list[Face | None]:
        """What one look sees at the places of up to four known faces."""
        parts = [surroundings(box, image, SHARED_LOOK) for box in boxes]
        shown = [place for place, part in enumerate(parts) if min(part[2:]) >= 2]
        cut = [image[y : y + height, x : x + width] for x, y, width, height in (parts[place] for place in shown)]
        seen: list[Face | None] = [None] * len(boxes)
        for place, faces in zip(shown, self._near.detect_in_parts(cut, KNOWN_SCORE), strict=True):
            seen[place] = _still_there(boxes[place], (face.shifted(*parts[place][:2]) for face in faces))
        return seen

    def look_closely(
        self, image: Image, box: Box, min_score: float = MIN_SCORE, room: float = CLOSE_LOOK
    ) -> Face | None:
        """What short-range sees at a place, with some room around it, if it sees a face there."""
        x, y, width, height = surroundings(box, image, room)
        if width < 2 or height < 2:
            return None
        seen = (face.shifted(x, y) for face in self._near.detect(image[y : y + height, x : x + width], min_score))
        return _still_there(box, seen)

    def aligned(self, image: Image, face: Face) -> Face:
        """An upright face of a picture by itself, its keypoints the mean of several close looks'; box and score stay."""
        if face.keypoints is None:
            return face
        looks = (self.look_closely(image, face.box, KNOWN_SCORE, room) for room in ALIGNING_ROOMS)
        seen = [look.keypoints for look in looks if look is not None and look.keypoints is not None]
        near = [points for points in seen if _agree(points, face.keypoints, face.box[2])]
        return replace(face, keypoints=np.mean([face.keypoints, *near], axis=0, dtype=np.float32))


def _agree(one: NDArray[np.float32], other: NDArray[np.float32], width: float) -> bool:
    """Whether the keypoints that a crop is made by, eyes and mouth, lie at about the same places."""
    apart = np.hypot(*(one - other)[EYES_AND_MOUTH].T)
    return bool(apart.max() <= SAME_POINT * width)


def _still_there(box: Box, seen: Iterable[Face]) -> Face | None:
    """The first of the faces in a look that is the one in a box; None if it is too doubtful there."""
    face = face_at(box, seen)
    if face is None or face.score >= SURE or overlap(box, face.box) >= SAME_PLACE:
        return face
    return None
