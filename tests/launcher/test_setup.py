"""The set-up: done once, repaired when interrupted, one at a time."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

import run
from launcher.stamp import SUPPORTED
from tests.launcher.conftest import Copy

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def test_the_first_start_sets_up_and_keeps_standard_output_clean(fresh: Copy) -> None:
    done = fresh.run("analyze", "one.jpg", "--detector", "haar")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "arguments": ["one.jpg", "--detector", "haar"],
        "folder": str(fresh.folder),
        "probe": "1.0",
    }
    assert "first start" in done.stderr
    assert not (fresh.folder / "node_modules").exists()  # analyze needs no page


def test_the_second_start_changes_and_says_nothing(ready: Copy) -> None:
    before = ready.stamp.stat().st_mtime_ns
    # with no index at all: a second start needs none
    started = time.monotonic()
    done = ready.run("analyze", settings={"PIP_FIND_LINKS": ""})
    assert time.monotonic() - started < 3
    assert (done.returncode, done.stderr) == (0, "")
    assert ready.stamp.stat().st_mtime_ns == before


def test_a_command_runs_in_the_folder_one_is_in(ready: Copy, tmp_path: Path) -> None:
    # a file named like a standard module must not be imported from there
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    done = ready.run("analyze", "one.jpg", cwd=tmp_path)
    if sys.version_info >= (3, 11):
        assert json.loads(done.stdout)["folder"] == str(tmp_path)


def test_the_exit_status_is_the_command_s(ready: Copy) -> None:
    assert ready.run("analyze", "7").returncode == 7


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_command(ready: Copy, number: signal.Signals) -> None:
    with ready.start("analyze", "--wait") as running:
        assert running.stdout
        running.stdout.readline()
        running.send_signal(number)
        running.communicate(timeout=20)
        # it died of the signal itself: it had taken run.py's place
        assert running.returncode == -number


def test_a_changed_lock_is_installed(ready: Copy) -> None:
    ready.lock("requirements.lock", "probe", "2.0", "VERSION = '2.0'\n")
    done = ready.run("analyze")
    assert json.loads(done.stdout)["probe"] == "2.0"
    assert "first start" not in done.stderr


def another_version() -> str:
    return next(version for version in SUPPORTED if version != f"3.{sys.version_info[1]}")


def test_an_environment_that_another_python_made_is_kept(ready: Copy) -> None:
    # and may be added to
    offline = {"PIP_FIND_LINKS": ""}
    other = ready.as_if_started_with(another_version())
    done = ready.run("analyze", settings=other | offline)
    assert (done.returncode, done.stderr) == (0, "")
    ready.lock("requirements.lock", "probe", "2.0", "VERSION = '2.0'\n")
    done = ready.run("analyze", settings=other)
    assert json.loads(done.stdout)["probe"] == "2.0"
    assert "first start" not in done.stderr
    done = ready.run("analyze", settings=offline)  # with the first Python again
    assert (done.returncode, done.stderr) == (0, "")


@posix
def test_an_environment_whose_python_was_upgraded_under_it_is_made_anew(ready: Copy) -> None:
    # as if it had been made with the other one: the link leads to this one now
    ready.stamp.write_text(json.dumps(json.loads(ready.stamp.read_text()) | {"python": another_version()}))
    done = ready.run("analyze")
    assert json.loads(done.stdout)["probe"] == "1.0"
    assert ".venv is unfinished, broken, or not made by run.py: removing it" in done.stderr
    assert json.loads(ready.stamp.read_text())["python"] == f"3.{sys.version_info[1]}"


def test_the_supported_versions_are_run_py_s() -> None:
    minors = range(run.OLDEST[1], run.NEWEST[1] + 1)
    assert tuple(f"3.{minor}" for minor in minors) == SUPPORTED


# What an interruption can leave behind, and other ways to break .venv.
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda copy: copy.stamp.unlink(), id="packages half installed"),
        pytest.param(lambda copy: shutil.rmtree(copy.folder / ".venv" / "bin"), id="python gone"),
        pytest.param(lambda copy: copy.stamp.write_text("{"), id="stamp half written"),
        pytest.param(
            lambda copy: copy.stamp.write_text('{"python": "3.9", "installed": {}}'), id="of a Python too old"
        ),
    ],
)
@posix
def test_a_broken_environment_is_made_anew(ready: Copy, damage) -> None:
    damage(ready)
    done = ready.run("analyze")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["probe"] == "1.0"


@posix
def test_ctrl_c_ends_the_installer_and_the_next_start_goes_on(fresh: Copy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stalled:  # accepts, never answers
        index = f"http://127.0.0.1:{stalled.getsockname()[1]}/simple"
        settings = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index}
        with fresh.start("analyze", settings=settings) as running:
            stalled.settimeout(60)
            connection, _ = stalled.accept()  # pip has begun to download
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=20)
            assert running.returncode == 130
            assert errors.splitlines()[-1] == "raut: stopped; the next start repairs what is half done"
            assert "Traceback" not in errors
            connection.settimeout(20)
            while connection.recv(4096):  # until pip's end hangs up: it did not outlive run.py
                pass
            connection.close()
    assert fresh.run("analyze").returncode == 0


def test_two_set_ups_at_once_wait_for_each_other(fresh: Copy) -> None:
    with fresh.start("analyze") as one, fresh.start("analyze") as other:
        outputs = [running.communicate(timeout=100) for running in (one, other)]
        assert [one.returncode, other.returncode] == [0, 0]
    assert sorted("another set-up is running" in errors for _, errors in outputs) == [False, True]
    assert sum("installing the Python packages" in errors for _, errors in outputs) == 1
