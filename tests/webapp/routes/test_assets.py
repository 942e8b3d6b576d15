"""What pages load: compressed, kept by browsers for good, and asked for anew when it changes."""

from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from bundling.bundle import FOLDER, read
from webapp.application import create_app
from webapp.config import Settings

bundle = read() or {}
needs_bundle = pytest.mark.skipif(not bundle, reason="no bundle of these sources: python run.py test makes it")


def get(client: FlaskClient, path: str, **headers: str) -> Response:
    """An answer, read and closed: files are sent from open ones."""
    with client.get(path, headers=headers) as answer:
        answer.get_data()
        return answer


@needs_bundle
def test_a_bundled_script_comes_compressed_or_plain(client: FlaskClient) -> None:
    path = bundle["js/live/live.js"].path
    plain = get(client, f"/built/{path}")
    zipped = get(client, f"/built/{path}", **{"Accept-Encoding": "br, gzip"})
    assert plain.data == gzip.decompress(zipped.data) == (FOLDER / path).read_bytes()
    assert (plain.headers.get("Content-Encoding"), zipped.headers["Content-Encoding"]) == (None, "gzip")
    for answer in (plain, zipped):
        assert answer.mimetype == "text/javascript"
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Accept-Encoding" in answer.headers["Vary"]


@needs_bundle
def test_a_page_names_bundled_files_and_no_source(client: FlaskClient) -> None:
    page = client.get("/").text
    assert bundle["js/live/live.js"].path in page and bundle["js/live/encoder_worker.js"].path in page
    assert all(path in page for path in bundle["js/live/live.js"].imports)
    assert "importmap" not in page and "/static/js/" not in page and "/static/css/" not in page


def test_without_a_bundle_a_page_names_its_modules() -> None:
    answer = create_app(Settings(unbundled=True)).test_client().get("/")
    page = answer.text
    (nonce,) = re.findall("'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert f'<script type="importmap" nonce="{nonce}">' in page
    assert "/built/" not in page
    assert '"uplot": "/vendor/uPlot.esm.js"' in page and 'src="/static/js/live/live.js?v=' in page


@pytest.mark.parametrize("path", ["js/none.js", "manifest.json/../../x", "..%2f..%2frun.py", ""])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    answer = get(client, f"/built/{path}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_static_file_is_kept_by_its_version(client: FlaskClient) -> None:
    page = client.get("/models").text
    found = re.search(r"/static/icons\.svg\?v=(\w+)", page)
    assert found
    assert "immutable" in get(client, found[0]).headers["Cache-Control"]
    for old in ("/static/icons.svg", "/static/icons.svg?v=0123"):  # of another version, or of none
        assert "immutable" not in get(client, old).headers["Cache-Control"]
    assert get(client, "/static/none.svg?v=").status_code == 404
