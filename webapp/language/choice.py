"""Which language a browser gets: the one that it asks for by `?lang=`, else the one that it chose before, else by its settings."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import get_locale
from werkzeug.urls import iri_to_uri

from translations.catalogue import LANGUAGES, SOURCE, translations

COOKIE: Final = "raut_lang"

KEPT_S: Final = 365 * 86_400
"""Seconds that a browser remembers the language that was chosen."""


def choose_language() -> str:
    """The language for the request that is being answered."""
    for wanted in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    return request.accept_languages.best_match(LANGUAGES) or SOURCE


def language() -> str:
    """The same, once it has been chosen: `en` or `id`."""
    return str(get_locale() or SOURCE)


def languages() -> list[dict[str, str]]:
    """The languages that a page offers: `code`, `name` in that language, and the `address` of the same page in it."""
    others = {name: value for name, value in request.args.items() if name != "lang"}
    return [
        {
            "code": code,
            "name": translations(code).gettext("page.language_name"),
            "address": f"{iri_to_uri(request.path)}?{urlencode({**others, 'lang': code})}",
        }
        for code in LANGUAGES
    ]


def tell_language(response: Response) -> Response:
    """Say a page's language in its headers, and let the browser remember one that was asked for."""
    if response.mimetype != "text/html":
        return response
    response.headers["Content-Language"] = language()
    response.vary.update(("Accept-Language", "Cookie"))
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie(
            COOKIE, request.args["lang"], max_age=KEPT_S, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return response
