"""Reads and writes the `.po` files."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import Translations

FOLDER: Final = Path(__file__).resolve().parent

SOURCE: Final = "en"
"""The language that has every text, and stands in for what another lacks."""

LANGUAGES: Final = (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po") if path.stem != SOURCE))

PAGES_ONLY: Final = "page."
"""Keys that begin so are for templates alone; all others go to the scripts as well."""

Text = str | dict[str, str]
"""One text, or one for each of a language's plural forms: `{"one": …, "other": …}`."""

_FORMS: Final = ("zero", "one", "two", "few", "many", "other")


def read_catalogue(language: str) -> Catalog:
    """The texts of a language, by their keys."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def write_catalogue(catalogue: Catalog) -> None:
    """Write a language's file, by key, so that two changes seldom meet in one line."""
    with (FOLDER / f"{catalogue.locale}.po").open("wb") as file:
        write_po(file, catalogue, sort_output=True, width=120, no_location=True)


@cache
def translations(language: str) -> Translations:
    """A language as gettext has it, made from its `.po` file; what it lacks is English.

    There is no compiled `.mo` file that could be missing, or older than the texts.
    """
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    made = Translations(compiled, domain=Translations.DEFAULT_DOMAIN)
    if language != SOURCE:
        made.add_fallback(translations(SOURCE))
    return made


def texts(language: str) -> dict[str, Text]:
    """Every text of a language; what it has not translated is left out."""
    catalogue = read_catalogue(language)
    tags = Locale.parse(language).plural_form.tags | {"other"}
    forms = [form for form in _FORMS if form in tags]
    found: dict[str, Text] = {}
    for message in catalogue:
        if isinstance(message.id, tuple) and isinstance(message.string, tuple):  # the key twice, and its forms
            if all(message.string):
                found[message.id[0]] = dict(zip(forms, message.string, strict=True))
        elif message.id and message.string:
            found[str(message.id)] = str(message.string)
    return found


def script_texts(language: str) -> dict[str, Text]:
    """What the scripts get: every text that is not for templates alone, in English where it is not translated."""
    every = texts(SOURCE) | texts(language)
    return {key: text for key, text in sorted(every.items()) if not key.startswith(PAGES_ONLY)}
