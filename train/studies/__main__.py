"""`python run.py study NAME --data DIR`: one question about the models, answered with figures."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's notes on CPU instructions help nobody here

STUDIES = {
    "conventional": "HOG, LBP and eigenfaces with an SVM, against the CNNs",
    "compression": "float32, float16, dynamic-range, int8 and pruned: accuracy, size, milliseconds",
    "robustness": "light, contrast, blur, noise, JPEG, resolution, angle, occlusion, and a crop that is off",
    "fairness": "figures by gender, race and age band, with confidence intervals and the largest gap",
    "calibration": "whether a score of 80 % is right in 80 % of cases",
    "seeds": "how far apart two trainings of one recipe end",
}


_ROOMS = {"conventional", "compression", "robustness", "fairness"}
"""Studies that are more than one module."""


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"train.studies.{name}.study" if name in _ROOMS else f"train.studies.{name}")


def main(arguments: list[str] | None = None) -> int:
    """Run one study.

    Returns:
        The exit status: 0, 1 with one sentence on stderr, 2 for a wrong command line.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in STUDIES:
        from train.data.datasets import DatasetError
        from vision.litert import ModelError

        try:
            _module(arguments[0]).main(arguments[1:])
        except (DatasetError, ModelError, ValueError, OSError) as error:
            print(f"raut: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        return 0
    lines = [f"  {name:<14}{summary}" for name, summary in STUDIES.items()]
    asked_for_help = bool(arguments) and arguments[0] in ("-h", "--help")
    print(
        "\n".join(["usage: python run.py study NAME --data DIR [options]", "", *lines]),
        file=sys.stdout if asked_for_help else sys.stderr,
    )
    return 0 if asked_for_help else 2


if __name__ == "__main__":
    sys.exit(main())
