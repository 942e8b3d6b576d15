"""What the runners in Python share; it imports NumPy alone, since their environments have little in common."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def answer(folder: Path, analyze: Callable[[NDArray[np.uint8]], Sequence[dict[str, Any]]]) -> None:
    """Answer lines until there are no more.

    Args:
        folder: has `clip.json` and `frames.rgb`.
        analyze: what is known of each face of a frame, (H, W, 3) uint8 RGB.
    """
    clip = json.loads((folder / "clip.json").read_text(encoding="utf-8"))
    shape = (clip["frames"], clip["height"], clip["width"], 3)
    frames = np.memmap(folder / "frames.rgb", np.uint8, "r", shape=shape)
    number = 0
    for line in sys.stdin:
        answers: dict[str, Any] = {"ms": [], "faces": [], "found": []}
        for _ in range(int(line)):
            frame = np.array(frames[number % clip["frames"]])
            number += 1
            start = time.process_time()
            found = analyze(frame)
            answers["ms"].append((time.process_time() - start) * 1000)
            answers["faces"].append(len(found))
            answers["found"] = list(found)
        print(json.dumps(answers), flush=True)
