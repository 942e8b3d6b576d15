"""Where the bundle lies, what is in it, and whether it is of the sources as they are now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "static" / "js"
FOLDER: Final = ROOT / "build" / "pages"
MANIFEST: Final = "manifest.json"

SCRIPTS: Final = (
    "js/live/live.js",
    "js/live/encoder_worker.js",
    "js/dashboard/dashboard.js",
    "js/sharing/share.js",
)
"""What pages start, in static/."""

UPLOT_STYLE: Final = "uplot/dist/uPlot.min.css"


@dataclass(frozen=True)
class Bundled:
    """One bundled file.

    Attributes:
        path: in the bundle's folder, with a hash of its contents in its name.
        imports: the paths of the files that it loads as well.
    """

    path: str
    imports: tuple[str, ...] = ()


Bundle = Mapping[str, Bundled]
"""Source (in static/, or in node_modules/) -> file."""


def entries(root: Path = ROOT) -> dict[str, Path]:
    """What is bundled: the name of each entry -> its file."""
    styles = sorted((root / "static" / "css").glob("*.css"))
    names = [*SCRIPTS, *(f"css/{style.name}" for style in styles)]
    return {name: root / "static" / name for name in names} | {UPLOT_STYLE: root / "node_modules" / UPLOT_STYLE}


def hash_of_sources(root: Path = ROOT) -> str:
    """One hash of all that goes into the bundle: scripts, style sheets, versions of libraries, and how it is made."""
    digest = hashlib.sha256()
    for path in _sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for folder, pattern in (("static/js", "*.js"), ("static/css", "*.css"), ("bundling", "*.py")):
        yield from sorted((root / folder).rglob(pattern))
    yield root / "package-lock.json"


def read(folder: Path = FOLDER, root: Path = ROOT) -> Bundle | None:
    """The bundle of the sources as they are now; None where there is none. It has no files where none could be made."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["sources"] != hash_of_sources(root):
            return None
        bundle = {name: Bundled(one["path"], tuple(one["imports"])) for name, one in manifest["files"].items()}
        return bundle if all((folder / one.path).is_file() for one in bundle.values()) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
