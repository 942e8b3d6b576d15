"""The HTTP API does what its description says, as schemathesis sees it: with and without a token."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.lan import LanServer
from webapp import VERSION
from webapp.routes.api import DESCRIPTION

StartServer = Callable[..., Server]

OPERATIONS = {
    (method, path)
    for path, methods in json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"].items()
    for method in methods
}


scanner = pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="no schemathesis for Python 3.10")


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanServer]:
    server = LanServer(tmp_path_factory.mktemp("data"))
    server.start()
    yield server
    server.stop()


def scan(url: str, folder: Path, *options: str) -> str:
    """Send valid and invalid requests to every operation; each answer must be one that the description names."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(DESCRIPTION), "--url", url),
        *("--mode", "all", "--checks", "all", "--max-examples", "40", "--seed", "1", "--no-color"),
        # That every body is an image is not for a schema to say.
        *("--exclude-checks", "positive_data_acceptance"),
        *options,
    ]
    done = subprocess.run(
        command,
        cwd=folder,  # where it leaves what it remembers
        env=os.environ | {"PYTHONPATH": "", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


@scanner
def test_keeps_its_word_on_this_machine(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("--workers", "1")
    said = scan(server.url, tmp_path)
    assert f"{len(OPERATIONS)} selected" in said
    assert server.health()["status"] == "ok"


@scanner
def test_keeps_its_word_to_guests(lan: LanServer, tmp_path: Path) -> None:
    scan(lan.url, tmp_path, "--tls-verify", lan.ca, "--header", f"Authorization: Bearer {lan.token('camera')}")
    assert lan.health()["status"] == "ok"


@scanner
def test_keeps_its_word_to_strangers(lan: LanServer, tmp_path: Path) -> None:
    said = scan(lan.url, tmp_path, "--tls-verify", lan.ca)
    assert f"{len(OPERATIONS) - 1} operations returned only 401" in said  # all but /healthz


def test_the_description_is_served_with_the_version(start_server: StartServer) -> None:
    server = start_server("--workers", "1")
    with urllib.request.urlopen(f"{server.url}/api/openapi.json") as answer:
        described = json.load(answer)
    assert described["info"]["version"] == VERSION
    assert {path for _, path in OPERATIONS} == set(described["paths"])


def test_every_route_of_the_api_is_described() -> None:
    from webapp.application import create_app
    from webapp.config import read_settings

    rules = create_app(read_settings([])).url_map.iter_rules()
    routes = {
        (method.lower(), rule.rule)
        for rule in rules
        if rule.rule.startswith("/api/") or rule.rule == "/healthz"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == OPERATIONS
