"""Which keys the pages' code uses, in templates, scripts and the server.

A key is written out, `t("stop.camera")`, or put together from a fixed part and a name, ``t(`expression.${label}`)`` in a
script, `t("task." ~ name)` in a template, `t(f"problem.{code}")` in Python. The second kind stands for all keys that fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

PLACES: Final = (("templates", "*.html"), ("static/js", "*.js"), ("webapp", "*.py"))
"""Folders that use texts, and their files."""

_KEY: Final = re.compile(r"[a-z]\w*(\.[\w-]+)*")
_STRING: Final = re.compile(r""""((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`""")
_HOLE: Final = re.compile(r"\$?\{[^{}]*\}")
_ASKING: Final = re.compile(r"\b(?:t|has)\(([^()]*)")
_IN_BRACES: Final = re.compile(r"\{[{%](.*?)[}%]\}", re.DOTALL)


@dataclass(frozen=True)
class Usage:
    """What the code names.

    Attributes:
        asked: keys that a text is asked for, by the file that asks.
        asked_patterns: the same for keys that are put together, as regular expressions.
        patterns: those, and others that may reach `t` by a variable.
        mentioned: every string that looks like a key: it may reach `t` by a variable.
    """

    asked: dict[str, str]
    asked_patterns: dict[str, str]
    patterns: frozenset[str]
    mentioned: frozenset[str]

    def missing(self, keys: Iterable[str]) -> list[str]:
        """What is asked for and not among the keys, with the file that asks."""
        known = set(keys)
        lost = [f"{key} ({place})" for key, place in self.asked.items() if key not in known]
        return sorted(lost + [f"{one} ({place})" for one, place in self.asked_patterns.items() if not _any(one, known)])

    def unused(self, keys: Iterable[str]) -> list[str]:
        """Keys that nothing names."""
        fitting = [re.compile(pattern) for pattern in self.patterns]
        return sorted(
            key for key in keys if key not in self.mentioned and not any(one.fullmatch(key) for one in fitting)
        )


def find_usage(root: Path = ROOT) -> Usage:
    """Read all of the pages' code."""
    asked: dict[str, str] = {}
    asked_patterns: dict[str, str] = {}
    patterns: set[str] = set()
    mentioned: set[str] = set()
    for path in _files(root):
        place = path.relative_to(root).as_posix()
        for one in _strings(_code_of(path)):
            if pattern := one.pattern():
                patterns.add(pattern)
                if one.is_asked:
                    asked_patterns.setdefault(pattern, place)
            elif _KEY.fullmatch(one.text):
                mentioned.add(one.text)
                if one.is_asked:
                    asked.setdefault(one.text, place)
    return Usage(asked, asked_patterns, frozenset(patterns), frozenset(mentioned))


def _files(root: Path) -> Iterator[Path]:
    for folder, names in PLACES:
        yield from sorted((root / folder).rglob(names))


def _code_of(path: Path) -> str:
    """A file's code; of a template what stands between its braces, since HTML has quotes of its own."""
    text = path.read_text(encoding="utf-8")
    return "\n".join(_IN_BRACES.findall(text)) if path.suffix == ".html" else text


@dataclass(frozen=True)
class _String:
    """A string as the code has it, whether a text is asked for by it, and whether a name is joined to it (Jinja's `~`)."""

    text: str
    is_asked: bool
    goes_on: bool

    def pattern(self) -> str | None:
        """A regular expression of the keys that it stands for; None if it has no hole, or is no key."""
        parts = _HOLE.split(self.text)
        if (len(parts) == 1 and not self.goes_on) or not re.fullmatch(r"[a-z]\w*\.[\w.-]*", parts[0]):
            return None
        if not all(re.fullmatch(r"[\w.-]*", part) for part in parts):
            return None
        return r"[\w-]+".join(map(re.escape, parts)) + (r"[\w.-]+" if self.goes_on else "")


def _strings(code: str) -> Iterator[_String]:
    asking = [match.span(1) for match in _ASKING.finditer(code)]
    for match in _STRING.finditer(code):
        text = next(part for part in match.groups() if part is not None)
        is_asked = "." in text and any(start <= match.start() < end for start, end in asking)
        yield _String(text, is_asked, code[match.end() : match.end() + 2].lstrip(" ").startswith("~"))
        for hole in _HOLE.findall(text):
            yield from _strings(hole)


def _any(pattern: str, keys: Iterable[str]) -> bool:
    return any(re.fullmatch(pattern, key) for key in keys)
