"""Cameras have names of their people's: short, one line, and nothing but text; and keys by which a browser knows its own."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.harness.serving import Server
from tests.webapp.conftest import Connect
from tests.webapp.watcher import Watcher
from webapp.sockets.camera_name import LONGEST, clean_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Front door", "Front door"),
        ("  Front \t\n door ", "Front door"),  # one line, single spaces
        ("Kamera Ibu 日本 🎥", "Kamera Ibu 日本 🎥"),  # in any script
        ("<b>x</b>", "<b>x</b>"),  # pages show it as text
        ("a\u202eb\x00c", "a b c"),  # no control characters, nor those that turn the direction
        ("x" * 500, "x" * LONGEST),
        ("x" * (LONGEST - 1) + " yz", "x" * (LONGEST - 1)),  # not cut within a space
        ("   ", ""),
        (None, ""),
        (7, ""),
        ({"name": "x"}, ""),
        (b"bytes", ""),
    ],
)
def test_what_is_kept_of_a_name(given: Any, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_dashboard_gets_names_and_keys(server: Server, connect: Connect, portrait_jpeg: bytes) -> None:
    client, other = connect(server), connect(server)
    client.tell("name_camera", "  Front  door ")
    other.tell("name_camera")  # without a name
    for one in (client, other):
        one.ask(portrait_jpeg)
    with Watcher(server.url) as watcher:
        snapshot = watcher.newest()
    told = {session["key"]: session["name"] for session in snapshot["sessions"]}
    assert told[client.hello()["key"]] == "Front door"
    assert told[other.hello()["key"]] == ""
    faces = sum(session["faces"] for session in snapshot["sessions"])
    assert faces >= 2
    for task in ("expression", "age", "gender"):
        assert sum(snapshot["people"][task].values()) == faces
    assert len(snapshot["load"]["now"]["machine_cores"]) >= 1
