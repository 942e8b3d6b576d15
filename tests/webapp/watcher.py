"""A dashboard without the browser."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

import requests

from tests.webapp.live_client import WAIT_S, socket_client

if TYPE_CHECKING:
    from typing_extensions import Self


class Watcher:
    """Connected to `/dashboard` for the length of a `with` block; keeps the snapshots that came."""

    def __init__(self, url: str, http: requests.Session | None = None) -> None:
        self._url = url
        self.snapshots: queue.Queue[dict[str, Any]] = queue.Queue()
        self.io = socket_client(http)
        self.io.on("snapshot", self.snapshots.put, namespace="/dashboard")

    def __enter__(self) -> Self:
        self.io.connect(self._url, transports=["websocket"], namespaces=["/dashboard"])
        return self

    def __exit__(self, *_: object) -> None:
        self.io.disconnect()
        if self.io.eio.ws is not None:
            self.io.eio.ws.close()

    def newest(self) -> dict[str, Any]:
        """The next snapshot, or the last of those that wait."""
        snapshot = self.snapshots.get(timeout=WAIT_S)
        while not self.snapshots.empty():
            snapshot = self.snapshots.get()
        return snapshot
