"""Real servers on loopback ports, and real Socket.IO clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from numpy.typing import NDArray

from benchmarks.harness.serving import Server, serving
from tests.webapp.lan import LanServer, lan_serving
from tests.webapp.live_client import LiveClient
from webapp.application import create_app
from webapp.config import ASYNC_MODES, Settings

StartServer = Callable[..., Server]
Connect = Callable[..., LiveClient]


@pytest.fixture(scope="module")
def app() -> Flask:
    """The application by itself, without a server around it."""
    return create_app(Settings())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser's requests to it, cookies included."""
    return app.test_client()


@pytest.fixture(scope="session", params=ASYNC_MODES)
def async_mode(request: pytest.FixtureRequest) -> str:
    """Each way in which the web process can wait on many clients."""
    return str(request.param)


@pytest.fixture(scope="session")
def server(async_mode: str) -> Iterator[Server]:
    """A server of that mode, shared by tests that leave it as they found it."""
    with serving("--async-mode", async_mode, "--workers", "1") as started:
        yield started


@pytest.fixture(scope="session")
def lan(async_mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanServer]:
    """A server of that mode that is shared on the LAN."""
    with lan_serving(tmp_path_factory.mktemp("lan"), "--async-mode", async_mode) as started:
        yield started


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts servers of the test's own, which it may hurt."""
    with ExitStack() as stack:
        yield lambda *flags: stack.enter_context(serving(*flags))


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects clients; all are gone at the end."""
    clients: list[LiveClient] = []

    def connect(server: Server, **options: object) -> LiveClient:
        clients.append(LiveClient(server.url, **options))  # type: ignore[arg-type]
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def no_face_jpeg() -> bytes:
    """A 640×480 JPEG with nobody in it."""
    wall = np.full((480, 640, 3), (150, 140, 130), np.uint8)
    return _jpeg(wall)


@pytest.fixture(scope="session")
def huge_png() -> bytes:
    """144 million pixels in 140 kB: what a decompression bomb looks like."""
    encoded: NDArray[np.uint8] = cv2.imencode(".png", np.zeros((12_000, 12_000), np.uint8))[1]
    return encoded.tobytes()


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", image)[1].tobytes()
