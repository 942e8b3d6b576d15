"""What is written of the results: a table of all faces, and labelled copies of pictures and videos."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import cv2

from vision.files.drawing import annotated
from vision.files.inputs import PICTURES, Input
from vision.frame import Image
from vision.tasks import AGE, EXPRESSION, GENDER

COLUMNS: Final = (
    *("file", "frame", "seconds", "face", "track", "x", "y", "width", "height", "score", "quality"),
    *("expression", "unsure", "years", "low", "high", "decade", "gender"),
    *(f"expression_{label}" for label in EXPRESSION.labels),
    *(f"gender_{label}" for label in GENDER.labels),
    *(f"age_{label}" for label in AGE.labels),
)


class Table:
    """A CSV file with a row for each face."""

    def __init__(self, path: Path):
        """Open it.

        Raises:
            OSError: it cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.DictWriter(self._file, COLUMNS, restval="")
        self._rows.writeheader()

    def add(self, line: Mapping[str, Any]) -> None:
        """Add the faces of one line of the results."""
        for number, face in enumerate(line.get("faces", ())):
            self._rows.writerow(_row(line, number, face))

    def close(self) -> None:
        """Write the rest."""
        self._file.close()


def _row(line: Mapping[str, Any], number: int, face: Mapping[str, Any]) -> dict[str, Any]:
    expression, age, gender = face[EXPRESSION.name], face[AGE.name], face[GENDER.name]
    row = {name: line[name] for name in ("file", "frame", "seconds") if name in line}
    row |= {"face": number, "track": face["track"], "score": face["score"], "quality": face["quality"]}
    row |= dict(zip(("x", "y", "width", "height"), face["box"], strict=True))
    row |= {"expression": expression["label"], "unsure": expression["unsure"], "gender": gender["label"]}
    row |= {name: age[name] for name in ("years", "low", "high", "decade")}
    for task, scores in ((EXPRESSION, expression["scores"]), (GENDER, gender["scores"])):
        row |= {f"{task.name}_{label}": scores[label] for label in task.labels}
    return row | {f"age_{label}": score for label, score in zip(AGE.labels, age["scores"], strict=True)}


class Copies:
    """Labelled copies in a folder, named and arranged as the originals are."""

    def __init__(self, folder: Path, originals: Iterable[Input]):
        """Write into that folder, which is made when there is something to write; never over one of the originals."""
        self._folder = folder
        self._taken = {Path(one.name).resolve() for one in originals}

    def picture(self, source: Input, image: Image, faces: list[dict[str, Any]]) -> None:
        """Write a labelled picture.

        Raises:
            OSError: it cannot be written.
        """
        suffix = source.inside.suffix.lower()
        path = self._place(source, suffix if suffix in PICTURES else ".jpg")
        is_written, encoded = cv2.imencode(path.suffix, annotated(image, faces))
        if not is_written:
            raise OSError(f"OpenCV could not write {path}")
        path.write_bytes(encoded.tobytes())

    def video(self, source: Input, fps: float) -> VideoCopy:
        """A labelled video (MP4) of so many frames a second, to which frames are added."""
        return VideoCopy(self._place(source, ".mp4"), fps)

    def _place(self, source: Input, suffix: str) -> Path:
        """A path that is no original's, and no other copy's: two folders may have files of the same name."""
        wanted = (self._folder / source.inside).with_suffix(suffix)
        path, number = wanted, 2
        while path.resolve() in self._taken:
            path, number = wanted.with_stem(f"{wanted.stem}-{number}"), number + 1
        self._taken.add(path.resolve())
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class VideoCopy:
    """One labelled video, written while its original is read."""

    def __init__(self, path: Path, fps: float):
        """Begin it; the first frame says how large it is."""
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.release()

    def add(self, image: Image, faces: list[dict[str, Any]]) -> None:
        """Add a labelled frame.

        Raises:
            OSError: it cannot be written.
        """
        if self._writer is None:
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._path), codec, self._fps, (image.shape[1], image.shape[0]))
            if not self._writer.isOpened():
                raise OSError(f"OpenCV could not write {self._path}")
        self._writer.write(annotated(image, faces))
