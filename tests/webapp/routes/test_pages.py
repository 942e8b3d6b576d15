"""What every page has, and what a reader gets in place of a page: an error, in a browser designed, in a program JSON."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from vision.tasks import TASKS
from webapp.application import create_app
from webapp.config import Settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app(Settings())

    @app.get("/fails")
    def fails() -> str:
        raise RuntimeError("what a programmer must read, and no visitor")

    return app


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nowhere", 404, "This page does not exist"),
        ("/models/height", 404, "This page does not exist"),  # no such model
        ("/fails", 500, "The server failed"),
        ("/api/statistics/loop-lag/reset", 405, None),  # below /api/ are programs, whatever they accept
        ("/api/nothing", 404, None),
    ],
)
def test_an_error_is_a_page_in_a_browser_and_json_elsewhere(
    client: FlaskClient, path: str, status: int, says: str | None
) -> None:
    program = client.get(path)
    assert program.status_code == status
    assert program.json is not None and program.json["code"] and program.json["error"]
    browser = client.get(path, headers=BROWSER)
    assert browser.status_code == status
    assert "programmer" not in browser.text
    if says is None:
        assert browser.json == program.json
    else:
        assert f"<h1>{says}</h1>" in browser.text and f"{status}, {program.json['code']}" in browser.text
        assert 'href="/"' in browser.text, "and leads on"


def test_an_error_speaks_indonesian(client: FlaskClient) -> None:
    assert "Halaman ini tidak ada" in client.get("/nowhere?lang=id", headers=BROWSER).text


def test_a_picture_under_a_wrong_method_says_which_is_right(client: FlaskClient) -> None:
    answer = client.post("/models", headers=BROWSER)
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("task", TASKS)
def test_each_model_has_a_page(client: FlaskClient, task: str) -> None:
    page = client.get(f"/models/{task}").text
    assert page.count('<article class="model"') == 1 and f'id="{task}"' in page
    assert "<details>" not in page, "everything is open"
    assert re.search(rf'href="/models/{task}" aria-current="page"', page)
    assert f'href="/models/{task}"' in client.get("/models").text


@pytest.mark.parametrize("path", ["/", "/dashboard", "/models", "/models/age", "/share", "/api"])
def test_every_page_has_a_home_a_preview_and_what_installing_needs(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert re.search(r'<a class="brand-link" href="/">', page)
    assert re.search(r'<meta property="og:title" content="[^"]+">', page)
    assert re.search(r'<meta property="og:image" content="http://localhost/static/icons/preview\.png\?v=\w+">', page)
    assert 'rel="manifest"' in page
    assert page.count("<footer class=") >= 1 and 'href="/models/expression"' in page


@pytest.mark.parametrize(("language", "name"), [("en", "expression, age and gender"), ("id", "ekspresi, usia")])
def test_the_manifest_speaks_the_page_s_language_and_its_icons_are_there(
    client: FlaskClient, language: str, name: str
) -> None:
    answer = client.get(f"/manifest.webmanifest?lang={language}")
    manifest = answer.json
    assert answer.mimetype == "application/manifest+json" and manifest is not None
    assert manifest["lang"] == language and name in manifest["name"]
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as picture:
            data = picture.get_data()
        side = int(icon["sizes"].split("x")[0])
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (side, side)
