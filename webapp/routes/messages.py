"""`/messages/…`: the scripts' texts."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from translations.catalogue import LANGUAGES
from webapp.assets import FOR_GOOD, takes_gzip
from webapp.language.script_messages import script_messages

messages = Blueprint("messages", __name__)


@messages.get("/messages/<language>.<digest>.json")
def texts(language: str, digest: str) -> ResponseReturnValue:
    """The texts of one language, as JSON. A page from before an update gets the new ones, and does not keep them."""
    if language not in LANGUAGES:
        raise NotFound("no such language")
    found = script_messages(language)
    zipped = takes_gzip()
    response = Response(found.zipped if zipped else found.json, mimetype="application/json")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOR_GOOD if digest == found.digest else "no-store"
    return response
