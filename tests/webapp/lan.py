"""A server shared on a second loopback address, which stands for the LAN, and those who come to it."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import websocket

from benchmarks.harness.serving import Server
from tests.webapp.live_client import LiveClient
from tests.webapp.watcher import Watcher

HOST = "127.0.0.2"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class LanServer(Server):
    """`serve --lan --host 127.0.0.2`, trusted by its own authority."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        super().__init__(None, "--lan", "--host", HOST, "--data-dir", str(data_dir), "--workers", "1", *arguments)
        self.data_dir = data_dir

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def ca(self) -> str:
        return str(self.data_dir / "ca.crt")

    def token(self, role: str) -> str:
        return str(json.loads((self.data_dir / "tokens.json").read_text())[role])

    def health(self) -> dict:
        health: dict = self.get("/healthz").json
        return health

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    def ask(
        self, method: str, path: str, *, role: str | None = None, body: bytes | None = None, **headers: str
    ) -> Answer:
        """One request; with the cookie of a role, if one is given. Redirects are not followed."""
        if role is not None:
            headers["Cookie"] = f"__Host-raut={self.token(role)}"
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=20, context=self.trusting())
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, *, role: str | None = None, **headers: str) -> Answer:
        return self.ask("GET", path, role=role, body=None, **headers)

    def refused(self, reason: str) -> int:
        """How often it has refused so, as its statistics say."""
        return int(self.get("/api/statistics", role="camera").json["totals"]["refused"].get(reason, 0))

    def connect(self, role: str, transport: str = "websocket") -> LiveClient:
        """A live page's connection, by the cookie of a role."""
        return LiveClient(self.url, (transport,), self._session(self.token(role)))

    def watcher(self, token: str) -> Watcher:
        """A dashboard's connection, by a token."""
        return Watcher(self.url, self._session(token))

    def _session(self, token: str) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # it may name another CA, which would come first
        session.verify = self.ca
        session.cookies.set("__Host-raut", token)
        return session

    def raw_socket(self, token: str, origin: str | None = None) -> websocket.WebSocket:
        """A WebSocket with Engine.IO's and Socket.IO's packets as they are."""
        return websocket.create_connection(
            f"wss://{HOST}:{self.port}/socket.io/?EIO=4&transport=websocket",
            cookie=f"__Host-raut={token}",
            origin=origin,
            suppress_origin=origin is None,
            sslopt={"ca_certs": self.ca},
            timeout=20,
        )

    def opens_socket(self, token: str, origin: str | None = None) -> bool:
        """Whether a WebSocket gets as far as Engine.IO's first packet."""
        try:
            raw = self.raw_socket(token, origin)
        except websocket.WebSocketException:
            return False
        try:
            return str(raw.recv()).startswith("0{")
        except (websocket.WebSocketException, OSError):
            return False
        finally:
            raw.shutdown()


def cookie_of(answer: Answer) -> tuple[str, set[str]]:
    """The value and the attributes of the cookie that an answer sets."""
    value, *attributes = re.split(r";\s*", answer.headers["Set-Cookie"])
    return value, {attribute.split("=")[0].lower() for attribute in attributes} | {
        attribute.lower() for attribute in attributes if "=" in attribute
    }


@contextmanager
def lan_serving(data_dir: Path, *arguments: str) -> Iterator[LanServer]:
    server = LanServer(data_dir, *arguments)
    server.start()
    try:
        yield server
    finally:
        server.stop()
