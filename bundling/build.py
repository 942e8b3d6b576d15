"""Makes the bundle, with the esbuild that npm has installed: a program of its own, so it needs no Node.js."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bundling.bundle import FOLDER, MANIFEST, ROOT, entries, hash_of_sources

Run = Callable[[Sequence[str | Path]], tuple[int, str]]
"""Runs a program in the repository's folder; gives its exit status and what it printed."""

OPTIONS: Final = (
    "--bundle", "--splitting", "--format=esm", "--minify", "--target=es2022", "--sourcemap", "--legal-comments=eof",
    "--entry-names=[dir]/[name]-[hash]", "--chunk-names=js/shared-[hash]", "--log-level=warning",
)  # fmt: skip


def esbuild(root: Path = ROOT) -> Path | None:
    """The esbuild of this machine's kind; None where it is not installed."""
    packages = root / "node_modules" / "@esbuild"
    found = [path for pattern in ("*/bin/esbuild", "*/esbuild.exe") for path in packages.glob(pattern)]
    return found[0] if found else None


def build(run: Run, root: Path = ROOT, folder: Path = FOLDER) -> str:
    """Make the bundle of the sources as they are now, in place of another one.

    Args:
        run: runs esbuild.
        root: the repository.
        folder: of the bundle.

    Returns:
        Why there is none, in one sentence; empty if all went well. Then, too, it is kept that these sources were tried.
    """
    draft = folder.with_name(f"{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    problem, files = _run_esbuild(run, root, draft)
    manifest = {"sources": hash_of_sources(root), "files": files}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    return problem


def _run_esbuild(run: Run, root: Path, draft: Path) -> tuple[str, dict[str, Any]]:
    program = esbuild(root)
    if program is None:
        return "esbuild is not installed for this kind of machine", {}
    named = [f"{_stem(name)}={path}" for name, path in entries(root).items()]
    meta = draft / "meta.json"
    try:
        status, output = run([program, *named, *OPTIONS, f"--outdir={draft}", f"--metafile={meta}"])
    except OSError as error:
        return f"esbuild did not start: {error}", {}
    if status != 0:
        return f"esbuild failed: {(output.strip().splitlines() or ['it gave no reason'])[0]}", {}
    files = _files(json.loads(meta.read_text(encoding="utf-8"))["outputs"], root, draft)
    meta.unlink()
    _compress(draft)
    return "", files


def _stem(name: str) -> str:
    """`js/live/live.js` -> `js/live`, `css/base.css` -> `css/base`: where a file comes to lie, without its hash."""
    folder = "css" if name.endswith(".css") else "js"
    return f"{folder}/{Path(name).name.split('.')[0]}"


def _files(outputs: dict[str, Any], root: Path, draft: Path) -> dict[str, Any]:
    names = {path.resolve(): name for name, path in entries(root).items()}

    def place(path: str) -> str:
        return (root / path).resolve().relative_to(draft.resolve()).as_posix()

    return {
        names[(root / made["entryPoint"]).resolve()]: {
            "path": place(path),
            "imports": sorted(place(one["path"]) for one in made["imports"] if one["kind"] == "import-statement"),
        }
        for path, made in outputs.items()
        if "entryPoint" in made
    }


def _compress(folder: Path) -> None:
    """Lay a compressed copy beside each file: it is made once, not for each visitor."""
    for path in [*folder.rglob("*.js"), *folder.rglob("*.css")]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
