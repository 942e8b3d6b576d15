"""`fer`: OpenCV's Haar cascade and a quantized mini_XCEPTION, as shipped."""

import sys
from pathlib import Path

import cv2
from fer.fer import FER  # type: ignore[import-not-found]
from line_protocol import answer  # type: ignore[import-not-found]  # started from this folder


def main() -> None:
    """Load it and answer."""
    cv2.setNumThreads(1)
    detector = FER()

    def analyze(frame):  # type: ignore[no-untyped-def]
        faces = detector.detect_emotions(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        return [{"expression": max(face["emotions"], key=face["emotions"].get)} for face in faces]

    answer(Path(sys.argv[1]), analyze)


main()
