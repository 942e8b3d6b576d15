"""The addresses of what pages load. Each changes with what is behind it, so that a browser may keep that for good.

Bundled files have a hash in their name (`/built/js/live-X7K2.js`), others in their query (`/static/icons.svg?v=51ab`). Modules
that are not bundled import each other by plain names: those are asked for again with each visit.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, request, url_for

from bundling.bundle import UPLOT_STYLE, Bundle, read

FOR_GOOD: Final = "private, max-age=31536000, immutable"
"""`Cache-Control` of an address whose content never changes. Private: it may be behind a token."""


class Assets:
    """What templates ask for the addresses of scripts and style sheets."""

    def __init__(self, bundle: Bundle):
        """Give addresses of bundled files, and of sources where there is none."""
        self._bundle = bundle

    def address(self, name: str) -> str:
        """Where a source, such as `css/base.css`, comes from."""
        if name in self._bundle:
            return url_for("built.file", path=self._bundle[name].path)
        if name == UPLOT_STYLE:
            return url_for("vendor.library", name="uPlot.min.css")
        return url_for("static", filename=name)

    def is_bundled(self, name: str) -> bool:
        """Whether a script is bundled: else it needs an import map."""
        return name in self._bundle

    def imports(self, name: str) -> list[str]:
        """The addresses of the further files that a bundled script loads at once."""
        return [url_for("built.file", path=path) for path in self._bundle[name].imports]


def add_assets(app: Flask, bundled: bool) -> None:
    """Let templates find scripts and style sheets, and browsers keep static files.

    Args:
        app: the application.
        bundled: use the bundle if there is one of the sources as they are now.
    """
    app.jinja_env.globals["assets"] = Assets((read() if bundled else None) or {})
    app.url_defaults(lambda endpoint, values: _add_version(Path(str(app.static_folder)), endpoint, values))
    app.after_request(lambda response: _keep(Path(str(app.static_folder)), response))


def _add_version(folder: Path, endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and (version := _version(folder, values.get("filename", ""))):
        values["v"] = version


def _keep(folder: Path, response: Response) -> Response:
    asked, served = request.args.get("v"), request.endpoint == "static" and response.status_code in (200, 304)
    if served and asked and asked == _version(folder, (request.view_args or {})["filename"]):
        response.headers["Cache-Control"] = FOR_GOOD
    return response


def takes_gzip() -> bool:
    """Whether the browser takes compressed answers."""
    return request.accept_encodings.quality("gzip") > 0


def _version(folder: Path, name: str) -> str:
    """A hash of a static file as it is now; empty where there is none."""
    try:
        path = folder / name
        return _hash(path, path.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _hash(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
