"""The virtual environment and its Python packages."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import sys
import sysconfig
from pathlib import Path

from launcher import imports, stamp
from launcher.errors import NETWORK_HINT, ROOT, SetupError, disk_full
from launcher.pip_settings import pip_environment
from launcher.process import run_to_end
from launcher.progress import Step, say, step
from launcher.stamp import VENV

VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

# What pip says -> what it means.  The first that fits is told.
_NETWORK = r"NewConnectionError|Failed to establish|name resolution|getaddrinfo|ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError"
_READ_ONLY = r"Errno 13\]|Errno 30\]|Permission denied|Read-only file system"
_LARGE_DOWNLOAD = re.compile(r"Downloading (\S+?)-([^-\s]+)-\S+ \((\d+(?:\.\d+)? [MG]B)\)")


def check_platform() -> None:
    """Refuse, before anything is made, a machine that TensorFlow has no wheels for.

    Raises:
        SetupError: says which machine it is, and which would do.
    """
    machine = f"{platform.system()} on {platform.machine()}"
    if platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise SetupError("the ordinary Python (CPython, with its GIL) is needed: TensorFlow has no wheels for this one")
    if sys.maxsize < 2**32:
        raise SetupError("a 64-bit Python is needed: TensorFlow has no 32-bit wheels")
    if machine == "Darwin on x86_64":
        raise SetupError(
            "on a Mac, Apple silicon and a Python built for it are needed: TensorFlow has ended its wheels for Intel Macs"
        )
    if machine == "Windows on ARM64":
        raise SetupError("on Windows on ARM, an x86-64 Python is needed: TensorFlow has no wheels for ARM64")


def environment_runs(version: str) -> bool:
    """Whether .venv's Python is there, and still the one that .venv was made with.

    Args:
        version: of that one, as "3.11".
    """
    # The link to it breaks when it is removed, leads to another one when the system's Python is upgraded, and to
    # one that this user may not start when the folder was set up by another.
    try:
        return _runs(version)
    except OSError:
        return False


def _runs(version: str) -> bool:
    if not (VENV_PYTHON.exists() and os.access(VENV_PYTHON, os.X_OK)):
        return False
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return True  # most starts: it need not be started just to be asked
    status, output = run_to_end([VENV_PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    return status == 0 and output.strip() == version


def make_environment() -> None:
    """Make .venv anew.

    Raises:
        SetupError: this Python cannot, or the disk or the folder does not let it.
    """
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise _no_venv_module()
    if VENV.exists():
        say(f"{VENV} is unfinished, broken, or not made by run.py: removing it")
    with step("making the virtual environment .venv"):
        if VENV.is_symlink() or VENV.is_file():
            VENV.unlink()
        elif VENV.exists():
            shutil.rmtree(VENV)
        status, output = run_to_end([sys.executable, "-m", "venv", VENV])
        if status != 0:
            raise _no_venv_module() if "ensurepip" in output else _explain(output, "the virtual environment")


def _no_venv_module() -> SetupError:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return SetupError(
        f"this Python ({sys.executable}) cannot make virtual environments: on Debian or Ubuntu run "
        f"`sudo apt install {package}`, elsewhere install Python from python.org, and run it again"
    )


def install(lock: Path) -> None:
    """Install a lock file's packages, each checked by its hash.

    Args:
        lock: as requirements.lock.

    Raises:
        SetupError: pip failed; says why, and what to do.
    """
    installed = {name: value for name, value in stamp.read().items() if name != lock.name}
    before = _last_change()
    is_whole = False
    stamp.take_away()
    try:
        with step(f"installing the Python packages of {lock.name}") as shown:
            status, output = run_to_end(
                _pip_install(lock), base=pip_environment(VENV_PYTHON), on_line=lambda line: _show(line, shown)
            )
            if status != 0:
                raise _explain(output, f"the packages of {lock.name}")
        is_whole = True
    finally:
        if is_whole or _last_change() == before:  # a failure that changed nothing is most often one of downloading
            stamp.write(installed)
    imports.check(VENV_PYTHON, lock)  # only now this lock counts
    stamp.write(installed | {lock.name: stamp.hash_of(lock)})


def _pip_install(lock: Path) -> list[str | Path]:
    return [
        VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "-r", lock,
        "--only-binary", ":all:",  # building a package would need compilers
        "--no-input", "--disable-pip-version-check", "--progress-bar", "off",
    ]  # fmt: skip


def _last_change() -> list[int]:
    """When something was last put into .venv's packages or taken out of them."""
    return [folder.stat().st_mtime_ns for folder in VENV.glob("[Ll]ib*/**/site-packages")]


def _show(line: str, shown: Step) -> None:
    if large := _LARGE_DOWNLOAD.search(line):
        shown.detail("downloading {} {} ({})".format(*large.groups()), worth_a_line=True)
    elif line.lstrip().startswith("Collecting "):
        shown.detail(line.strip().split(" (from")[0].split(" ;")[0].replace("Collecting", "getting"))
    elif line.startswith("Installing collected packages"):
        shown.detail("unpacking", worth_a_line=True)


def _explain(output: str, what: str) -> SetupError:
    errors = re.findall(r"^\s*(?:ERROR|Error): (.+)$", output, re.MULTILINE)
    last = errors[-1] if errors else (output.strip().splitlines() or ["no reason given"])[-1]
    if re.search(r"No space left|Errno 28\]|Disk quota", output):
        return disk_full()
    if "DO NOT MATCH THE HASHES" in output:
        return SetupError(
            f"a downloaded file of {what} is not the one that was locked, so it was not installed: "
            "run it again, and if that does not help, look at what your proxy or package mirror serves"
        )
    if re.search(_NETWORK, output):
        return SetupError(f"could not download {what}, as the package index was not reached: {NETWORK_HINT}")
    if re.search(_READ_ONLY, output):
        return SetupError(f"cannot write into {ROOT}: put Raut into a folder of your own ({last})")
    if missing := re.search(r"No matching distribution found for (\S+)", output):
        return SetupError(
            f"there is no ready-made {missing[1]} for {platform.system()} on {platform.machine()} with Python "
            f"{platform.python_version()}: use 64-bit Linux with glibc, Windows, or macOS on Apple silicon"
        )
    say("the installer's last words:")
    for line in output.strip().splitlines()[-8:]:
        say(f"  {line}")
    return SetupError(f"could not install {what}: {last}")
