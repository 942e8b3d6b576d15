"""The bundle: made of the sources as they are, compressed, and given up when they change."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bundling.build import build, esbuild
from bundling.bundle import ROOT, SCRIPTS, UPLOT_STYLE, entries, read


def run(command: Sequence[str | Path]) -> tuple[int, str]:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_every_source_has_a_file_that_loads_and_its_compressed_copy(tmp_path: Path) -> None:
    if esbuild() is None:
        pytest.skip("esbuild is not installed: npm ci brings it")
    folder = tmp_path / "pages"
    assert build(run, folder=folder) == ""
    bundle = read(folder)
    assert bundle is not None
    assert bundle.keys() == entries().keys()
    assert {*SCRIPTS, UPLOT_STYLE, "css/base.css"} <= bundle.keys()
    for name, one in bundle.items():
        for path in (one.path, *one.imports):
            assert gzip.decompress((folder / f"{path}.gz").read_bytes()) == (folder / path).read_bytes()
        assert Path(one.path).suffix == Path(name).suffix
    live, dashboard = bundle["js/live/live.js"], bundle["js/dashboard/dashboard.js"]
    assert set(live.imports) & set(dashboard.imports), "libraries lie in files that both pages use"
    assert "socket.io" in "".join((folder / path).read_text() for path in live.imports)


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """A repository with one script, and an esbuild that is only a name."""
    root = tmp_path / "little"
    for name in ("static/js/live/live.js", "static/css/base.css", "bundling/bundle.py", "package-lock.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("// one")
    return root


@pytest.mark.parametrize(
    ("installed", "outcome", "said"),
    [
        (False, (0, ""), "esbuild is not installed for this kind of machine"),
        (True, (1, "x.js:1: no such file\nmore"), "esbuild failed: x.js:1: no such file"),
        (True, OSError("Exec format error"), "esbuild did not start: Exec format error"),  # of another kind of machine
    ],
)
def test_without_esbuild_the_pages_do_without(
    little: Path, installed: bool, outcome: tuple[int, str] | OSError, said: str
) -> None:
    if installed:
        (little / "node_modules/@esbuild/linux-x64/bin").mkdir(parents=True)
        (little / "node_modules/@esbuild/linux-x64/bin/esbuild").touch()

    def fails(_command: Sequence[str | Path]) -> tuple[int, str]:
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    assert build(fails, little, little / "build") == said
    assert read(little / "build", little) == {}, "it is not tried again at each start"


@pytest.mark.parametrize("changed", ["static/js/live/live.js", "static/css/base.css", "package-lock.json"])
def test_a_change_makes_a_bundle_old(little: Path, changed: str) -> None:
    build(lambda _: (1, ""), little, little / "build")
    assert read(little / "build", little) is not None
    (little / changed).write_text("// two")
    assert read(little / "build", little) is None


def test_no_bundle_and_half_a_bundle(little: Path) -> None:
    assert read(little / "build", little) is None
    build(lambda _: (1, ""), little, little / "build")
    manifest = little / "build" / "manifest.json"
    manifest.write_text(
        manifest.read_text().replace('"files": {}', '"files": {"a": {"path": "gone.js", "imports": []}}')
    )
    assert read(little / "build", little) is None
    shutil.rmtree(little / "build")
    assert read(little / "build", little) is None
