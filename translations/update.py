"""Brings the `.po` files up to date with the code, and says what is left for a person to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from babel.messages import Catalog, Message

from translations.catalogue import LANGUAGES, SOURCE, read_catalogue, write_catalogue
from translations.usage import Usage

_PLACEHOLDER: Final = re.compile(r"\{\w+\}")


def update(usage: Usage, write: Callable[[Catalog], None] = write_catalogue) -> None:
    """Give every language a place for every key: those that the code asks for, and English has.

    Args:
        usage: what the code asks for.
        write: keeps a changed catalogue.
    """
    source = read_catalogue(SOURCE)
    for key in usage.asked.keys() - _keys(source):
        source.add(key, "")
    write(source)
    for language in LANGUAGES[1:]:
        catalogue = read_catalogue(language)
        for key in _keys(catalogue) - _keys(source):
            catalogue.delete(key)
        for message in _messages(source):
            if catalogue.get(message.id) is None:
                catalogue.add(message.id, ("",) * catalogue.num_plurals if message.pluralizable else "")
        write(catalogue)


def problems(usage: Usage) -> list[str]:
    """What is left to do, a line each: missing, unused, not translated, other placeholders."""
    source = read_catalogue(SOURCE)
    written = [_key(message) for message in _messages(source) if _is_written(message)]
    found = [f"{SOURCE}.po: the code asks for {one}, which has no text" for one in usage.missing(written)]
    found += [f"{SOURCE}.po: nothing uses {key}" for key in usage.unused(_keys(source))]
    for language in LANGUAGES[1:]:
        found += _differences(language, source, read_catalogue(language))
    return found


def _differences(language: str, source: Catalog, catalogue: Catalog) -> Iterator[str]:
    for key in sorted(_keys(catalogue) - _keys(source)):
        yield f"{language}.po: {key} is not in {SOURCE}.po"
    for message in _messages(source):
        key, other = _key(message), catalogue.get(message.id)
        if other is None or other.pluralizable != message.pluralizable or not _is_written(other) or other.fuzzy:
            yield f"{language}.po: {key} is not translated"
        elif _placeholders(other) != _placeholders(message):
            yield f"{language}.po: {key} has other placeholders than in {SOURCE}.po"


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _keys(catalogue: Catalog) -> set[str]:
    return {_key(message) for message in _messages(catalogue)}


def _key(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, (tuple, list)) else message.id)


def _forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [str(message.string)]


def _is_written(message: Message) -> bool:
    return all(_forms(message))


def _placeholders(message: Message) -> set[str]:
    return {hole for form in _forms(message) for hole in _PLACEHOLDER.findall(form)}
