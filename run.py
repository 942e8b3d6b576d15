#!/usr/bin/env python3
"""Raut's one entry: `python run.py` sets up what is missing and serves the page.

This file alone must also be readable by old Pythons, so that they can say what is needed: no
annotations, no f-strings. Everything else is in launcher/, of the standard library only.
"""

import os
import sys

OLDEST, NEWEST = (3, 10), (3, 13)  # what TensorFlow has wheels for


def unsupported_python():
    """Say what is wrong with this Python's version, or return None."""
    if OLDEST <= tuple(sys.version_info[:2]) <= NEWEST:
        return None
    sentence = "raut: Python 3.10, 3.11, 3.12 or 3.13 is needed, and this is %d.%d (%s)." % (
        sys.version_info[0],
        sys.version_info[1],
        sys.executable,
    )
    found = _supported_python_on_path()
    if found:
        return "%s Try: %s run.py" % (sentence, found)
    return sentence + " Install one of them and start run.py with it."


def _supported_python_on_path():
    names = ["python3.%d" % minor for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for name in names:
        if any(os.access(os.path.join(folder, name), os.X_OK) for folder in folders):
            return name
    return None


if __name__ == "__main__":
    problem = unsupported_python()
    if problem:
        sys.exit(problem)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from launcher.main import main

    sys.exit(main(sys.argv[1:]))
