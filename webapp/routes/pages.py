"""The pages."""

from __future__ import annotations

from flask import Blueprint, render_template, send_from_directory
from flask.typing import ResponseReturnValue

from webapp import VERSION

pages = Blueprint("pages", __name__)


@pages.get("/")
def live() -> ResponseReturnValue:
    """The live page: camera, overlay, charts."""
    return render_template("live.html", version=VERSION)


@pages.get("/api")
def api() -> ResponseReturnValue:
    """The HTTP API, described and to be tried out."""
    return render_template("api.html")


@pages.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """Browsers ask for this address even where the page names another icon."""
    return send_from_directory("static", "favicon.svg", mimetype="image/svg+xml")
