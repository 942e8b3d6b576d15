"""What all tests share: a portrait, the data's whereabouts, and no silent skips in CI."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("RAUT_DATA") or ROOT.parent / "shared" / "data")

_BY_THE_CLOCK = tuple(
    f"tests/{room}"
    for room in (
        *("benchmarks/", "deploy/", "e2e/"),
        *("webapp/inference/", "webapp/server/", "webapp/sockets/", "webapp/test_"),
    )
)
_BY_NO_CLOCK = tuple(
    f"tests/{file}"
    for file in (
        *("webapp/inference/test_wire", "webapp/server/test_chunked_body"),
        *("webapp/test_bad_input", "webapp/test_config", "webapp/test_privacy", "webapp/test_security"),
    )
)
"""Among them, but they tell what is said and shown, not how soon. All that drives a browser stays: Playwright waits for ever in a process
in which other tests have started eventlet."""

if "PYTEST_XDIST_WORKER" in os.environ:  # several processes share the cores
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

# A shell that starts something in the background lets it ignore Ctrl-C, and what the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def portrait() -> NDArray[np.uint8]:
    """scikit-image's public-domain portrait of an astronaut: BGR, uint8 (512, 512, 3), one near face."""
    from skimage.data import astronaut

    return np.ascontiguousarray(astronaut()[:, :, ::-1])


@pytest.fixture(scope="session")
def portrait_jpeg(portrait: NDArray[np.uint8]) -> bytes:
    """The same as a camera would send it: a 640×480 JPEG of quality 90, the face in view."""
    import cv2

    frame = cv2.resize(portrait[:384], (640, 480), interpolation=cv2.INTER_LINEAR)
    _, encoded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return encoded.tobytes()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with fer2013.zip and utkface.zip: RAUT_DATA, else ../shared/data."""
    return _present(DATA, "fer2013.zip", "utkface.zip")


@pytest.fixture(scope="session")
def video_dir() -> Path:
    """The folder with the sample videos two_people.mp4 and classroom.mp4, beside the data sets."""
    return _present(DATA / "video", "two_people.mp4", "classroom.mp4")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run one browser or server at a time: they are judged by the clock. All else is shared out by file."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class Lanes(LoadFileScheduling):
        """Files, but one lane for all that is judged by the clock."""

        def _split_scope(self, nodeid: str) -> str:
            return "by the clock" if _is_by_the_clock(nodeid) else nodeid.split("::")[0]

    return Lanes(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The processes of a run: one for a part of the tests; else one for what is judged by the clock, and two for all else."""
    whole = config.args_source != pytest.Config.ArgsSource.ARGS and not config.option.keyword
    return 3 if whole and not config.option.usepdb else 0


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let all else give way to what is judged by the clock, where several processes share the cores."""
    if "PYTEST_XDIST_WORKER" in os.environ and not _is_by_the_clock(item.nodeid):
        _be_nice()


@cache
def _be_nice() -> None:
    if hasattr(os, "nice"):
        os.nice(5)


def _is_by_the_clock(nodeid: str) -> bool:
    return nodeid.startswith(_BY_THE_CLOCK) and not nodeid.startswith(_BY_NO_CLOCK)


def _present(folder: Path, *names: str) -> Path:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        pytest.skip(f"no {' and '.join(missing)} in {folder}: set RAUT_DATA to the folder that holds them")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let no test that CI should run be skipped unnoticed: browsers' and services' always, data tests where there is data."""
    report = yield
    # An item's keywords hold its folders' names as well, and tests/train/data is one.
    marks = {mark.name for mark in item.iter_markers()}
    must_run = {"browser", "services"} & marks or ("data" in marks and DATA.is_dir())
    if os.environ.get("CI") == "true" and report.skipped and must_run and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI must run this test, but it was skipped: {reason}"
    return report
