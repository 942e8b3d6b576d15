"""Every text of the pages is there, is used, and is translated."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages import Catalog

from translations import update as updating
from translations.catalogue import LANGUAGES, PAGES_ONLY, SOURCE, read_catalogue, script_texts, texts
from translations.update import problems, update
from translations.usage import find_usage


def test_nothing_is_missing_unused_or_untranslated() -> None:
    assert problems(find_usage()) == []  # `python run.py translate` says the same, and adds what it can


def test_english_and_indonesian() -> None:
    assert LANGUAGES == ("en", "id")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_share_is_never_broken_from_its_sign(language: str) -> None:
    assert [text for text in texts(language).values() if " %" in str(text)] == []


@pytest.mark.parametrize(
    ("place", "code", "missing", "unused"),
    [
        ("static/js/a.js", 't("a.one");', "a.one", ["b.two", "b.three"]),  # written out
        ("static/js/a.js", 't(x ? "b.two" : "a.one")', "a.one", ["b.three"]),  # one of two
        ("static/js/a.js", "t(`a.${name}`)", r"a\.[\w-]+", ["b.two", "b.three"]),  # put together; nothing fits
        ("static/js/a.js", "t(`b.${name}`)", None, []),  # put together; two fit
        ("static/js/a.js", 'const key = "b.two"; t(key); `x ${t("b.three")}`', None, []),  # by a variable; in a string
        ("templates/a.html", """<p title="{{ t("a.one") }}">t("b.two")</p>""", "a.one", ["b.two", "b.three"]),  # HTML's
        ("templates/a.html", '{% set x = t("b." ~ name) %}', None, []),  # joined
        ("webapp/a.py", 'has(f"b.{name}")', None, []),  # a Python string with a hole
        ("webapp/a.py", 'set("a.one"), "b.two", "b.three"', None, []),  # no question for a text
    ],
)
def test_what_the_code_uses(tmp_path: Path, place: str, code: str, missing: str | None, unused: list[str]) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(code)
    usage = find_usage(tmp_path)
    keys = ["b.two", "b.three"]
    assert usage.missing(keys) == ([f"{missing} ({place})"] if missing else [])
    assert usage.unused(keys) == sorted(unused)


@pytest.fixture
def catalogues(monkeypatch: pytest.MonkeyPatch) -> dict[str, Catalog]:
    """Two small catalogues in place of the files: both have a fault of each kind."""
    english, indonesian = Catalog(locale="en"), Catalog(locale="id")
    english.add("a.same", "Same")
    english.add(("a.many", "a.many"), ("{count} face", "{count} faces"))
    english.add("a.hole", "Face {number}")
    english.add("a.old", "Nothing asks for it")
    indonesian.add("a.same", "")
    indonesian.add("a.hole", "Wajah {nomor}")
    indonesian.add("a.gone", "Tidak ada dalam bahasa Inggris")
    both = {"en": english, "id": indonesian}
    monkeypatch.setattr(updating, "read_catalogue", both.__getitem__)
    return both


def test_problems_and_what_the_command_mends(tmp_path: Path, catalogues: dict[str, Catalog]) -> None:
    (tmp_path / "webapp").mkdir()
    (tmp_path / "webapp" / "a.py").write_text('t("a.same"), t("a.many"), t("a.hole"), t("a.new")')
    usage = find_usage(tmp_path)
    left = [
        "en.po: the code asks for a.new (webapp/a.py), which has no text",
        "en.po: nothing uses a.old",
        "id.po: a.same is not translated",
        "id.po: a.many is not translated",
        "id.po: a.hole has other placeholders than in en.po",
        "id.po: a.old is not translated",
    ]
    assert problems(usage) == [*left[:2], "id.po: a.gone is not in en.po", *left[2:]]
    update(usage, write=lambda catalogue: None)
    assert catalogues["en"].get("a.new") is not None
    assert "a.gone" not in [message.id for message in catalogues["id"]]
    assert problems(usage) == [*left, "id.po: a.new is not translated"]  # what only a person can write


def test_scripts_get_all_texts_but_the_templates_own() -> None:
    for language in LANGUAGES:
        found = script_texts(language)
        assert found.keys() == {key for key in texts(SOURCE) if not key.startswith(PAGES_ONLY)}
    assert script_texts("en")["announce.faces"] == {"one": "{count} face in view.", "other": "{count} faces in view."}
    assert script_texts("id")["announce.faces"] == {"other": "{count} wajah terlihat."}


def test_the_files_are_as_the_command_writes_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Sorted by key and wrapped in one way: two people's new texts seldom meet in one line.
    from translations import catalogue

    before = {language: (catalogue.FOLDER / f"{language}.po").read_bytes() for language in LANGUAGES}
    read = {language: read_catalogue(language) for language in LANGUAGES}
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    for one in read.values():
        catalogue.write_catalogue(one)
    assert {language: (tmp_path / f"{language}.po").read_bytes() for language in LANGUAGES} == before
