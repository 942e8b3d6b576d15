"""`/built/…`: the bundled scripts and style sheets, compressed for browsers that take it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, send_from_directory
from flask.typing import ResponseReturnValue

from bundling.bundle import FOLDER
from webapp.assets import FOR_GOOD, takes_gzip

built = Blueprint("built", __name__)

TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".map": "application/json"}


@built.get("/built/<path:path>")
def file(path: str) -> ResponseReturnValue:
    """One file. Its name has a hash of its contents, so it is never asked for twice."""
    suffix = f".{path.rpartition('.')[2]}"
    zipped = suffix != ".map" and takes_gzip() and (FOLDER / f"{path}.gz").is_file()
    response = send_from_directory(FOLDER, f"{path}.gz" if zipped else path, mimetype=TYPES.get(suffix))
    response.headers["Cache-Control"] = FOR_GOOD
    response.vary.add("Accept-Encoding")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response
