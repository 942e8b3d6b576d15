"""A dataset's images as a camera would send them, or as pictures by themselves: enlarged, set into a frame, JPEG, found, aligned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.alignment import Image, crop_face
from vision.boxes import Face
from vision.classifiers import Scorer
from vision.detection import Detector, ScanMemory, make_detector
from vision.frame import decode_frame
from vision.tasks import CropGeometry
from vision.views import views_of

FRAME_WIDTH, FRAME_HEIGHT = 640, 480
JPEG_QUALITY = 70


def live_path_scores(
    scorer: Scorer, images: NDArray[np.uint8], enlarge: float, detector: Detector | None = None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Classify images the way that live frames go, each as the first frame of a camera.

    Args:
        scorer: whose scores to take.
        images: (N, H, W, 1 or 3) uint8, grey or RGB, as the dataset frames them.
        enlarge: factor by which each is enlarged before it is set into the frame.
        detector: finds the face; BlazeFace by default.

    Returns:
        Scores (found, outputs) of the images with a face, and which those are, (N,) bool.

    Raises:
        ValueError: no image has a face that is found, so that there is nothing to score.
    """
    crops = list(live_crops(images, scorer.geometry, enlarge, detector))
    found = _found(crops, scorer, "live path")
    return scorer.scores_of(np.stack([crop for crop in crops if crop is not None])), found


def still_scores(
    scorer: Scorer, images: NDArray[np.uint8], enlarge: float, detector: Detector | None = None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Classify images the way that pictures by themselves go: searched thoroughly, and told by the mean of several views.

    Args, returns and errors as of `live_path_scores`.
    """
    views = views_of(scorer.task, scorer.geometry)
    told: list[NDArray[np.float32] | None] = []
    for frame, face in _frames(images, enlarge, detector, live=False):
        crops = [] if face is None else [crop_face(frame, face, view) for view in views]
        told.append(scorer.scores_of(np.stack(crops)).mean(axis=0) if crops else None)
    found = _found(told, scorer, "way of pictures")
    return np.stack([scores for scores in told if scores is not None]), found


def _found(seen: Sequence[NDArray | None], scorer: Scorer, way: str) -> NDArray[np.bool_]:
    found = np.array([one is not None for one in seen], np.bool_)
    if not found.any():
        raise ValueError(
            f"{scorer.task.name}: no face was found in any of the {len(seen):,} test images, so the {way} cannot be "
            "measured; check that the images in --data show faces"
        )
    return found


def live_crops(
    images: NDArray[np.uint8], geometry: CropGeometry, enlarge: float, detector: Detector | None = None
) -> Iterator[Image | None]:
    """What a classifier gets to see of each image on the live path; None where no face is found.

    Args:
        images: (N, H, W, 1 or 3) uint8, grey or RGB, as the dataset frames them.
        geometry: the classifier's crop.
        enlarge: as of `live_path_scores`.
        detector: as of `live_path_scores`.

    Yields:
        (size, size, channels) uint8 as `geometry` says.
    """
    for frame, face in _frames(images, enlarge, detector, live=True):
        yield None if face is None else crop_face(frame, face, geometry)


def _frames(
    images: NDArray[np.uint8], enlarge: float, detector: Detector | None, live: bool
) -> Iterator[tuple[Image, Face | None]]:
    """Each image in its frame, and the face that is found there: as a camera's first frame, or as a picture by itself."""
    detector = detector or make_detector("blazeface")
    for image in images:
        frame = decode_frame(encode_frame(image, enlarge))
        yield frame, _middle_face(detector.detect(frame, ScanMemory() if live else None))


def encode_frame(image: Image, enlarge: float) -> bytes:
    """One image (H, W, 1 or 3) uint8, grey or RGB, enlarged and set into the middle of a grey 640 x 480 frame, as JPEG."""
    colours = cv2.COLOR_GRAY2BGR if image.shape[-1] == 1 else cv2.COLOR_RGB2BGR
    enlarged = cv2.resize(cv2.cvtColor(image, colours), None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC)
    height, width = enlarged.shape[:2]
    frame = np.full((FRAME_HEIGHT, FRAME_WIDTH, 3), 128, np.uint8)
    top, left = (FRAME_HEIGHT - height) // 2, (FRAME_WIDTH - width) // 2
    frame[top : top + height, left : left + width] = enlarged
    return cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


def _middle_face(faces: list[Face]) -> Face | None:
    """The face nearest the middle of the frame, where the image was set."""

    def distance(face: Face) -> float:
        x, y, width, height = face.box
        return float(np.hypot(x + width / 2 - FRAME_WIDTH / 2, y + height / 2 - FRAME_HEIGHT / 2))

    return min(faces, key=distance, default=None)
