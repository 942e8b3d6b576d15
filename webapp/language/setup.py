"""Gives an application its languages."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import Babel

from translations.catalogue import LANGUAGES, SOURCE, translations
from webapp.language import numbers
from webapp.language.choice import choose_language, language, languages, tell_language
from webapp.language.script_messages import script_messages
from webapp.language.texts import PoDomain, has, label_text, t


def add_languages(app: Flask) -> None:
    """Let templates say texts, numbers and dates in the language that a browser asks for."""
    babel = Babel(app, default_locale=SOURCE, locale_selector=choose_language)
    babel.domain_instance = PoDomain()
    app.after_request(tell_language)
    app.jinja_env.globals.update(
        t=t,
        has=has,
        label_text=label_text,
        language=language,
        languages=languages,
        messages_address=_messages_address,
        **{name: getattr(numbers, name) for name in ("integer", "decimal", "percent", "date")},
    )
    for one in LANGUAGES:  # read before the first visitor comes
        translations(one)
        script_messages(one)


def _messages_address() -> str:
    messages = script_messages(language())
    return url_for("messages.texts", language=language(), digest=messages.digest)
