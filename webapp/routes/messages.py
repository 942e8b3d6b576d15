"""`/messages/…`: the scripts' texts."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from translations.catalogue import LANGUAGES
from webapp.language.script_messages import script_messages

messages = Blueprint("messages", __name__)


@messages.get("/messages/<language>.<digest>.json")
def texts(language: str, digest: str) -> ResponseReturnValue:
    """The texts of one language, as JSON. A page from before an update gets the new ones, and does not keep them."""
    if language not in LANGUAGES:
        raise NotFound("no such language")
    found = script_messages(language)
    response = Response(found.json, mimetype="application/json")
    is_current = digest == found.digest
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable" if is_current else "no-store"
    return response
