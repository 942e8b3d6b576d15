"""What several files here need."""

import pytest

from vision.detection import BlazeFaceDetector


@pytest.fixture(scope="module")
def blazeface():
    return BlazeFaceDetector()


@pytest.fixture
def counted(blazeface, monkeypatch):
    """The detector, and one entry for each look of full-range."""
    runs = []
    look = blazeface._far.detect
    monkeypatch.setattr(blazeface._far, "detect", lambda image: runs.append(1) or look(image))
    return blazeface, runs
