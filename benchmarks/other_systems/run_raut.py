"""Raut, without its server: `live` follows the clip as a camera, `pictures` searches each frame thoroughly and runs every CNN."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.other_systems.line_protocol import answer
from vision.pipeline import FaceAnalyzer
from vision.tracking import FaceTracker


def main(folder: Path, way: str) -> None:
    """Load it and answer."""
    cv2.setNumThreads(1)
    fps = json.loads((folder / "clip.json").read_text(encoding="utf-8"))["fps"]
    clock = itertools.count()  # one tick a frame
    analyzer = FaceAnalyzer.load()
    tracker = FaceTracker(lambda: next(clock) / fps) if way == "live" else None

    def analyze(frame: NDArray[np.uint8]) -> Sequence[dict[str, Any]]:
        image = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), np.uint8)
        faces = analyzer.analyze(image, tracker).to_dict()["faces"]
        return [
            {"expression": face["expression"]["label"], "age": face["age"]["years"], "gender": face["gender"]["label"]}
            for face in faces
        ]

    answer(folder, analyze)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
