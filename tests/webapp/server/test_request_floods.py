"""Requests without a pause, from strangers and from guests: the others are served as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from benchmarks.harness.serving import Server
from tests.webapp.attackers import MOST_SECONDS, Attack, answers_no_slower, pipelining
from tests.webapp.bystander import unharmed
from tests.webapp.lan import HOST, LanServer, lan_serving
from tests.webapp.live_client import LiveClient


@pytest.fixture(scope="module")
def shared(async_mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanServer]:
    """A server of that mode on the LAN, to be attacked."""
    with lan_serving(tmp_path_factory.mktemp("flooded"), "--async-mode", async_mode) as started:
        yield started


def request(path: str, host: str = HOST, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


ELSEWHERE = "127.0.0.66"
"""The attacker's address; what its own neighbours feel is another matter."""

TIMES_SLOWER = 10.0
"""Of the median: the attacker takes one of this machine's few cores. Without a budget it was 250 times."""

MOST_ANSWERS = 100 + 50 * MOST_SECONDS
"""What a stranger may get: 100 at once, and a quarter of the guests' 200 a second."""

SHARE = 0.3
"""Of its results a second that a camera keeps meanwhile, on a machine that attacker and server share. Without: 0."""


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(request("/static/css/base.css"), id="a file that anybody may have"),
        pytest.param(request("/", host="evil.example"), id="another site's name"),
        pytest.param(request("/socket.io/?EIO=4&transport=polling"), id="sockets without a token"),
        pytest.param(
            b"POST /api/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", id="bodies that nobody reads"
        ),
    ],
)
def test_a_stranger_who_asks_without_a_pause(shared: LanServer, portrait_jpeg: bytes, flood: bytes) -> None:
    flooder = Attack(pipelining(shared, flood, ELSEWHERE), threads=3)
    with (
        closing(shared.connect("camera")) as camera,
        unharmed(shared, camera, portrait_jpeg, share=SHARE) as other,
        answers_no_slower(shared, flooder, TIMES_SLOWER, other.health_before_s),
    ):
        pass
    refusals = flooder.rounds  # each ends its connection
    assert flooder.answers - refusals <= MOST_ANSWERS


def test_a_guest_who_asks_without_a_pause(shared: LanServer, portrait_jpeg: bytes) -> None:
    flood = request("/models", more=f"Cookie: __Host-raut={shared.token('watch')}\r\n")
    flooder = Attack(pipelining(shared, flood, ELSEWHERE), threads=3)
    with (
        closing(shared.connect("camera")) as camera,
        unharmed(shared, camera, portrait_jpeg, share=SHARE) as other,
        answers_no_slower(shared, flooder, TIMES_SLOWER, other.health_before_s),
    ):
        pass


def test_neighbours_of_a_flooder_get_in_by_their_link(shared: LanServer) -> None:
    """Also where all come from one address, as behind a router."""
    with Attack(pipelining(shared, request("/static/css/base.css")), threads=3):
        for _ in range(10):
            assert shared.get(f"/join/{shared.token('camera')}").status == 303
            assert shared.get("/", role="camera").status == 200


class PlainServer(Server):
    """`serve --insecure` on the address that stands for the LAN."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def test_without_tls_the_same_holds(async_mode: str, tmp_path: Path, portrait_jpeg: bytes) -> None:
    flags = ("--host", HOST, "--insecure", "--data-dir", str(tmp_path), "--workers", "1", "--async-mode", async_mode)
    server = PlainServer(None, *flags)
    server.start()
    try:
        session = requests.Session()
        session.cookies.set("raut", json.loads((tmp_path / "tokens.json").read_text())["camera"])
        flooder = Attack(pipelining(server, request("/static/css/base.css"), ELSEWHERE), threads=3)
        with (
            closing(LiveClient(server.url, http=session)) as camera,
            unharmed(server, camera, portrait_jpeg, share=SHARE) as other,
            answers_no_slower(server, flooder, TIMES_SLOWER, other.health_before_s),
        ):
            pass
    finally:
        server.stop()
