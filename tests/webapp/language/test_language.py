"""Which language a browser gets, and what is said in it."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.language import numbers
from webapp.language.texts import has, label_text, t


@pytest.mark.parametrize(
    ("accepts", "cookie", "query", "expected"),
    [
        (None, None, "", "en"),  # says nothing
        ("id-ID,id;q=0.9,en;q=0.8", None, "", "id"),  # an Indonesian browser
        ("en-GB,en;q=0.9,id;q=0.8", None, "", "en"),  # both, English first
        ("de-DE,de;q=0.9", None, "", "en"),  # neither
        ("en", "id", "", "id"),  # chosen before
        ("id", "id", "?lang=en", "en"),  # the address wins
        ("id", "xx", "?lang=yy", "id"),  # unknown ones count for nothing
    ],
)
def test_the_language(client: FlaskClient, accepts: str | None, cookie: str | None, query: str, expected: str) -> None:
    if cookie:
        client.set_cookie("raut_lang", cookie)
    answer = client.get(f"/models{query}", headers={"Accept-Language": accepts} if accepts else {})
    assert answer.headers["Content-Language"] == expected
    assert f'<html lang="{expected}">' in answer.text
    assert {"accept-language", "cookie"} <= {one.lower() for one in answer.vary}
    assert ("Ekspresi" in answer.text) == (expected == "id")


def test_a_chosen_language_is_remembered(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/dashboard", headers={"Accept-Language": "id"}).headers  # nothing was chosen
    chosen = client.get("/dashboard?lang=id&x=a%26b")
    assert "raut_lang=id" in chosen.headers["Set-Cookie"] and "SameSite=Lax" in chosen.headers["Set-Cookie"]
    assert '<html lang="id">' in client.get("/models").text
    # Each page offers itself in the other language, with what else its address says.
    assert 'href="/dashboard?x=a%26b&amp;lang=en" hreflang="en"' in chosen.text


def test_the_scripts_texts_are_kept_by_their_hash(client: FlaskClient) -> None:
    page = client.get("/dashboard?lang=id").text
    address = page.split('id="messages" href="')[1].split('"')[0]
    answer = client.get(address)
    assert answer.json is not None and answer.json["face.age"] == "Usia"
    assert "immutable" in answer.headers["Cache-Control"]
    # A page from before an update gets the new texts, and does not keep them under the old name.
    old = client.get("/messages/id.0123456789abcdef.json")
    assert (old.json, old.headers["Cache-Control"]) == (answer.json, "no-store")
    assert client.get("/messages/..%2Fen.0.json").status_code == 404


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["4,728", "62.0", "94.1\u00a0%", "50\u00a0%", "27 Nov 2026", "no date", "1", "1,200"]),
        ("id", ["4.728", "62,0", "94,1\u00a0%", "50\u00a0%", "27 Nov 2026", "no date", "1", "1.200"]),
    ],
)
def test_numbers_dates_and_plurals(app: Flask, language: str, expected: list[str]) -> None:
    with app.test_request_context(f"/?lang={language}"):
        said = [
            numbers.integer(4728),
            numbers.decimal(61.96),
            numbers.percent(0.941),
            numbers.percent(0.5, 0),
            numbers.date(datetime.date(2026, 11, 27)),
            numbers.date("no date"),
        ]
        counted = [t("announce.faces", count=count) for count in (1, 1200)]
    assert said == expected[:6]
    assert [one.split()[0] for one in counted] == expected[6:]
    assert ("face " in counted[0], "faces " in counted[1]) == ((True, True) if language == "en" else (False, False))


def test_what_no_catalogue_has(app: Flask) -> None:
    with app.test_request_context("/?lang=id"):
        assert t("no.such.key") == "no.such.key"
        assert not has("no.such.key")
        assert (label_text("happy"), label_text("contempt")) == ("Senang", "contempt")
        assert t("face.title") == "Wajah {number}"  # a value that is not given breaks nothing
