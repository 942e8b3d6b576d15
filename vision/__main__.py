"""`python run.py analyze FILE...`: one JSON line a file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from vision.detection import DETECTORS
from vision.frame import FrameError, FrameLimits
from vision.litert import ModelError
from vision.pipeline import FaceAnalyzer


def main(arguments: list[str] | None = None) -> int:
    """Analyze the files named on the command line.

    Returns:
        The exit status: 0, or 1 when a file could not be analyzed, or 2 when no model could be loaded.
    """
    options = _parser().parse_args(arguments)
    try:
        analyzer = FaceAnalyzer.load(options.models, options.detector)
    except ModelError as error:
        print(f"raut: {error}", file=sys.stderr)
        return 2
    failed = False
    for path in options.files:
        line = _analyze_file(analyzer, path)
        failed |= "error" in line
        print(json.dumps({"file": str(path)} | line), flush=True)
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("run.py analyze", description="Faces in image files, as one JSON line a file.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a JPEG, PNG or WebP image")
    parser.add_argument("--detector", choices=DETECTORS, default="blazeface", help="default: %(default)s")
    parser.add_argument("--models", type=Path, help="folder of the trained models (default: models/)")
    return parser


def _analyze_file(analyzer: FaceAnalyzer, path: str) -> dict:
    try:
        size = Path(path).stat().st_size
        if size > FrameLimits().max_bytes:
            raise FrameError(
                "too_many_bytes", f"the file has {size:,} bytes; at most {FrameLimits().max_bytes:,} are taken"
            )
        return analyzer.analyze_bytes(Path(path).read_bytes()).to_dict()
    except OSError as error:
        return {"error": f"cannot read {path}: {error.strerror}"}
    except FrameError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `… | head`: who reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
