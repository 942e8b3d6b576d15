"""The whole way from an image to its faces' expression, age and gender, in one readable page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from vision.alignment import crop_face, sharp_size
from vision.analysis import Analysis, FaceAnalysis, Scores, Verdict, aged
from vision.boxes import Face
from vision.classifiers import Classifier
from vision.detection import Detector, ScanMemory, make_detector
from vision.devices import CPU, loading_on
from vision.frame import DEFAULT_LIMITS, REDUCTIONS, EncodedFrame, FrameLimits, Image
from vision.quality import OK, quality_of
from vision.tasks import AGE, EXPRESSION, MODELS_DIR, STAGES, TASKS, CropGeometry
from vision.tracking import FaceTracker, Track
from vision.tracking.appearance import looks_of
from vision.tracking.attention import DueLook, looks_due
from vision.tracking.steadiness import without
from vision.views import views_of

BADLY_SEEN: Final = 0.15
"""What a look at a face that is small, turned, dark or blurred counts against one at a face that is well seen."""


@dataclass
class _Stopwatch:
    """Milliseconds spent in each stage of one frame."""

    ms: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.ms[name] += (time.perf_counter() - start) * 1000


class FaceAnalyzer:
    """A detector and the three CNNs, ready to run. Not for several threads at once."""

    def __init__(self, detector: Detector, classifiers: Mapping[str, Classifier]):
        """Take what is loaded already; `classifiers` has one for each of `TASKS`."""
        self._detector, self._classifiers = detector, classifiers
        self._unsure_below = classifiers[EXPRESSION.name].unsure_below
        self._sharp_sizes = {name: sharp_size(classifier.geometry) for name, classifier in classifiers.items()}

    @classmethod
    def load(cls, models_dir: Path | None = None, detector: str = "blazeface", device: str = CPU) -> FaceAnalyzer:
        """Load everything from disk.

        Args:
            models_dir: the folder with one subfolder a task; None for the shipped one.
            detector: `blazeface` or `haar`.
            device: where the models run, one of `vision.devices.DEVICES`.

        Raises:
            ModelError: a model is missing or damaged, or there is no such device.
        """
        folder, load = models_dir or MODELS_DIR, loading_on(device)
        classifiers = {task.name: Classifier.shipped(task, folder, load, shown=True) for task in TASKS.values()}
        return cls(make_detector(detector, load), classifiers)

    def analyze_bytes(
        self, data: bytes, limits: FrameLimits = DEFAULT_LIMITS, tracker: FaceTracker | None = None
    ) -> Analysis:
        """Decode an encoded image and analyze it.

        Args:
            data: a JPEG, PNG or WebP.
            limits: what is refused.
            tracker: of the camera that it is from; None for a picture by itself.

        Raises:
            FrameError: it is not such an image or beyond the limits.
        """
        watch = _Stopwatch()
        with watch.stage("decode"):
            encoded = EncodedFrame(data, limits)
            frame = _Frame.decoded(encoded, self._reduction(encoded, tracker) if tracker else 1)
        return self._analyze(frame, tracker, watch)

    def analyze(self, image: Image, tracker: FaceTracker | None = None) -> Analysis:
        """Find every face in a frame and say of each its expression, age and gender.

        Args:
            image: (H, W, 3) uint8 BGR.
            tracker: of the camera that it is from; None for a picture by itself, which is searched
                thoroughly and on which every CNN runs.
        """
        return self._analyze(_Frame.whole(image), tracker, _Stopwatch())

    def search_later(self, tracker: FaceTracker) -> None:
        """Search for newcomers where a camera's last frame was not searched, once its result has been sent."""
        self._detector.search_later(tracker.memory)

    def _reduction(self, encoded: EncodedFrame, tracker: FaceTracker) -> int:
        """By how much a camera's frame is made smaller while it is decoded, which is a fifth of the work on it."""
        if not (encoded.is_reducible and self._detector.takes_reduced):
            return 1
        allowed = tracker.reduction(encoded.width, encoded.height, self._sharp_sizes)
        return max((reduction for reduction in REDUCTIONS if reduction <= allowed), default=1)

    def _analyze(self, frame: _Frame, tracker: FaceTracker | None, watch: _Stopwatch) -> Analysis:
        if tracker:
            tracker.begin(frame.width, frame.height)
        with watch.stage("detect"):
            faces = self._find(frame, tracker.memory) if tracker else self._detector.detect(frame.image)
        seen = [_SeenFace(frame, face, watch) for face in faces]
        if tracker:
            crops = [face.crop(self._classifiers[EXPRESSION.name].geometry) for face in seen]
            with watch.stage("detect"):
                tracks = tracker.follow(faces, looks_of(crops))
            followed = [(face, track) for face, track in zip(seen, tracks, strict=True) if track]
            due = looks_due([track for _, track in followed], tracker.pace)
            results = [self._follow(face, track, watch, due) for face, track in followed]
            if tracker.resting:
                results += [track.told.moved(*track.moved()) for track in tracker.resting]
                results.sort(key=lambda result: -result.face.score)
        else:
            results = [self._classify(face, watch) for face in seen]
        return Analysis(frame.width, frame.height, tuple(results), watch.ms | {"total": sum(watch.ms.values())})

    def _find(self, frame: _Frame, memory: ScanMemory) -> list[Face]:
        """A camera's faces, in the pixels of the frame as it was sent."""
        if frame.reduction == 1:
            return self._detector.detect(frame.image, memory)
        memory.rescale(1 / frame.reduction, 1 / frame.reduction)
        faces = self._detector.detect(frame.image, memory)
        memory.rescale(frame.reduction, frame.reduction)
        return [face.scaled(frame.reduction) for face in faces]

    def _classify(self, seen: _SeenFace, watch: _Stopwatch) -> FaceAnalysis:
        """A face of a picture by itself: every CNN looks at it, and those for age and gender at several views of it."""
        scores = {name: self._look_around(classifier, seen, watch) for name, classifier in self._classifiers.items()}
        labels = {name: int(TASKS[name].classes(scores[name]).argmax()) for name in scores}
        expression, label = scores[EXPRESSION.name], labels[EXPRESSION.name]
        unsure = bool(expression[label] < self._unsure_below)
        second = int(without(expression, label).argmax())
        verdict = Verdict(scores, labels, second, unsure, self._quality(seen), aged(scores[AGE.name]))
        return FaceAnalysis(seen.face, None, verdict)

    def _follow(self, seen: _SeenFace, track: Track, watch: _Stopwatch, due: AbstractSet[DueLook]) -> FaceAnalysis:
        """A camera's face: the CNNs look at it whose looks are due; without any, what was said of it holds."""
        looking = [one for one in self._classifiers.values() if (track.number, one.task.name) in due]
        before = track.told
        if not looking and isinstance(before, FaceAnalysis):
            track.told = told = replace(before, face=seen.face)
            return told
        quality = self._quality(seen)
        trust = 1.0 if quality == OK else BADLY_SEEN
        for classifier in looking:
            scores = self._look(classifier, classifier.geometry, seen, watch)
            track.learn(classifier.task, scores, trust)
        labels = {name: track.label(TASKS[name]) for name in self._classifiers}
        second, unsure = track.doubt_about(EXPRESSION, labels[EXPRESSION.name], self._unsure_below)
        is_age_known = isinstance(before, FaceAnalysis) and before.verdict.scores[AGE.name] is track.scores[AGE.name]
        age = before.verdict.age if is_age_known else aged(track.scores[AGE.name])
        verdict = Verdict(dict(track.scores), labels, second, unsure, quality, age)
        track.told = told = FaceAnalysis(seen.face, track.number, verdict)
        return told

    def _quality(self, seen: _SeenFace) -> str:
        return quality_of(seen.face, seen.crop(self._classifiers[EXPRESSION.name].geometry))

    def _look_around(self, classifier: Classifier, seen: _SeenFace, watch: _Stopwatch) -> Scores:
        views = views_of(classifier.task, classifier.geometry)
        return np.mean([self._look(classifier, view, seen, watch) for view in views], axis=0, dtype=np.float32)

    @staticmethod
    def _look(classifier: Classifier, view: CropGeometry, seen: _SeenFace, watch: _Stopwatch) -> Scores:
        crop = seen.crop(view)
        with watch.stage(classifier.task.name):
            return classifier.scores(crop)


@dataclass(frozen=True)
class _Frame:
    """A decoded frame: `width` and `height` as it was sent, `image` smaller by `reduction`."""

    image: Image
    width: int
    height: int
    reduction: int = 1

    @classmethod
    def whole(cls, image: Image) -> _Frame:
        return cls(image, image.shape[1], image.shape[0])

    @classmethod
    def decoded(cls, encoded: EncodedFrame, reduction: int) -> _Frame:
        image = encoded.decode(reduction)
        if reduction == 1:
            return cls.whole(image)
        width, height = encoded.width, encoded.height
        if (width > height) != (image.shape[1] > image.shape[0]):  # EXIF has turned it
            width, height = height, width
        return cls(image, width, height, reduction)


class _SeenFace:
    """A face in its frame, with the crops that were made of it so far."""

    def __init__(self, frame: _Frame, face: Face, watch: _Stopwatch):
        self.face = face
        self._image, self._watch = frame.image, watch
        self._in_image = face if frame.reduction == 1 else face.scaled(1 / frame.reduction)
        self._crops: dict[CropGeometry, Image] = {}  # age and gender share one

    def crop(self, geometry: CropGeometry) -> Image:
        """The face as a CNN of that geometry wants it."""
        if geometry not in self._crops:
            with self._watch.stage("align"):
                self._crops[geometry] = crop_face(self._image, self._in_image, geometry)
        return self._crops[geometry]
