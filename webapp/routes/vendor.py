"""The browser's libraries, served from node_modules; none is copied into the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.errors import error_response

vendor = Blueprint("vendor", __name__)

NODE_MODULES: Final = Path(__file__).resolve().parents[2] / "node_modules"

FILES: Final = {
    "socket.io.esm.min.js": ("socket.io-client/dist/socket.io.esm.min.js", "text/javascript"),
    "swagger-ui-bundle.js": ("swagger-ui-dist/swagger-ui-bundle.js", "text/javascript"),
    "swagger-ui.css": ("swagger-ui-dist/swagger-ui.css", "text/css"),
    "uPlot.esm.js": ("uplot/dist/uPlot.esm.js", "text/javascript"),
    "uPlot.min.css": ("uplot/dist/uPlot.min.css", "text/css"),
}
"""Name in the URL -> file in node_modules and its type. No other file is served from there."""


@vendor.get("/vendor/<name>")
def library(name: str) -> ResponseReturnValue:
    """One allow-listed file."""
    if name not in FILES:
        raise NotFound("no such library")
    path, mimetype = FILES[name]
    if not (NODE_MODULES / path).is_file():
        return error_response(
            503, "not_installed", "the browser libraries are not installed: run `python run.py setup`"
        )
    return send_file(NODE_MODULES / path, mimetype=mimetype, max_age=3600)
