"""What was installed counts as set up only when it can be imported."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from launcher import imports
from tests.launcher.conftest import Copy


# What a package can be like that pip has installed. The last line of the module is what is said of it.
@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(
            "import no_such_library\n", "probe was installed, but cannot be imported (Module", id="a part gone"
        ),
        pytest.param("raise OSError('libGL.so.1: not there')\n", "(OSError: libGL.so.1: not there)", id="the system's"),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n", "importing probe crashed (signal 4)", id="crash"
        ),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_what_cannot_be_imported_does_not_count_as_set_up(ready: Copy, only_sentence, code: str, words: str) -> None:
    ready.lock("requirements.lock", "probe", "2.0", code)
    for _ in range(2):  # nor does it at the next start
        assert words in only_sentence(ready.run("analyze"))
    ready.lock("requirements.lock", "probe", "3.0", "VERSION = '3.0'\n")
    assert json.loads(ready.run("analyze").stdout)["probe"] == "3.0"


def test_what_the_lock_forgot_does_not_count_either(ready: Copy, only_sentence) -> None:
    ready.lock("requirements.lock", "probe", "2.0", "VERSION = '2.0'\n")
    (ready.folder / "requirements.txt").write_text("probe\nanother>=1,<2  # a comment; not a marker\n")
    assert "another was installed, but cannot be imported (" in only_sentence(ready.run("analyze"))
    # what is for other machines may be absent
    (ready.folder / "requirements.txt").write_text('probe\nanother>=1 ; sys_platform == "beos"\n')
    assert ready.run("analyze").returncode == 0


def test_a_wheel_s_folder_of_libraries_is_no_module(tmp_path: Path) -> None:
    # beside cv2 there lies opencv_python_headless.libs
    (tmp_path / "requirements.txt").write_text("opencv-python-headless>=4  # and its libraries\n")
    imports.check(Path(sys.executable), tmp_path / "requirements.lock")
