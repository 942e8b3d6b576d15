"""Texts in the page's language: `t` in templates does what `t` does in scripts."""

from __future__ import annotations

import re
from typing import Final

from flask_babel import Domain, get_translations

from translations.catalogue import translations
from webapp.language.choice import language
from webapp.language.numbers import integer

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class PoDomain(Domain):
    """Flask-Babel's texts, from the `.po` files themselves."""

    def get_translations(self):  # type: ignore[no-untyped-def]  # as Flask-Babel declares it
        """What `gettext` asks during a request."""
        return translations(language())


def t(key: str, count: int | None = None, **values: object) -> str:
    """The text of a key in the page's language.

    Args:
        key: of the catalogue.
        count: chooses the plural form, and fills `{count}`.
        values: what fills the other `{placeholders}`.

    Returns:
        The text; the key itself if no catalogue has it, so that a gap is seen and nothing breaks.
    """
    found = get_translations()
    if count is None:
        text = found.gettext(key)
    else:
        text, values = found.ngettext(key, key, count), {**values, "count": integer(count)}
    return _PLACEHOLDER.sub(lambda hole: str(values.get(hole[1], hole[0])), text)


def has(key: str) -> bool:
    """Whether there is a text of that key: what a newer model adds is shown as it is."""
    return get_translations().gettext(key) != key


def label_text(label: str) -> str:
    """A label of a model or of a group of people, in the page's words."""
    for key in (f"expression.{label}", f"gender.{label}", f"race.{label}"):
        if has(key):
            return t(key)
    return label
