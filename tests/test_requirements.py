"""The lock files hold what the requirement files ask for, and every file's hash."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
SYSTEMS = ("linux", "darwin", "win32")


def asked(name: str) -> list[Requirement]:
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def locked(name: str) -> list[Requirement]:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).with_suffix(".lock").read_text(encoding="utf-8").strip())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    return [Requirement(block.split("\\")[0]) for block in blocks]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_lock_holds_what_is_asked_for_everywhere(name: str) -> None:
    for wanted in asked(name):
        for python in PYTHONS:
            for system in SYSTEMS:
                here = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": system}
                if wanted.marker is not None and not wanted.marker.evaluate(here):
                    continue
                fitting = [
                    one
                    for one in locked(name)
                    if canonicalize_name(one.name) == canonicalize_name(wanted.name)
                    and (one.marker is None or one.marker.evaluate(here))
                ]
                assert len(fitting) == 1, f"{wanted} for Python {python} on {system}: {fitting}"
                (version,) = (clause.version for clause in fitting[0].specifier)
                assert wanted.specifier.contains(version), f"{fitting[0]} is not {wanted}: lock again (README.md)"


def test_what_runs_is_what_is_tested() -> None:
    # run.py counts requirements.lock as installed after installing requirements-dev.lock
    assert {str(one) for one in locked("requirements.txt")} <= {str(one) for one in locked("requirements-dev.txt")}


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_lock_names_no_address(name: str) -> None:
    text = (ROOT / name).with_suffix(".lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_npm_installs_what_is_asked_for_from_no_fixed_address() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for group in ("dependencies", "devDependencies"):
        assert lock[""][group] == wanted[group], "lock again (README.md)"
        for name, version in wanted[group].items():
            assert lock[f"node_modules/{name}"]["version"] == version
    packages = [one for path, one in lock.items() if path]
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in packages)
