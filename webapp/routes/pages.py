"""The pages."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from webapp import VERSION
from webapp.language.choice import language
from webapp.language.texts import t

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


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a device needs to install the live page as an app, in the page's language."""
    icons = [
        {
            "src": url_for("static", filename=f"icons/icon-{side}.png"),
            "sizes": f"{side}x{side}",
            "type": "image/png",
            "purpose": purpose,
        }
        for side in (192, 512)
        for purpose in ("any", "maskable")
    ]
    response = jsonify(
        id="/",
        name=t("page.live.title"),
        short_name=t("page.brand"),
        description=t("page.description"),
        lang=language(),
        start_url="/",
        scope="/",
        display="standalone",
        background_color="#0d1211",
        theme_color="#0b6e69",
        icons=icons,
    )
    response.mimetype = "application/manifest+json"
    return response
