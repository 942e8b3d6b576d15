"""A camera's page without the browser: it sends frames, and connects again by itself when its connection is lost."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import requests
import socketio
from socketio.exceptions import ConnectionError as NotConnected
from socketio.exceptions import SocketIOError

from tests.webapp.live_client import outcome, socket_client
from tests.webapp.processes import wait_until

if TYPE_CHECKING:
    from typing_extensions import Self

FPS = 5.0

PAUSES_S = (0.2, 0.4, 0.8, 1.5)
"""Before each try to connect again, as static/js/live/connection.js waits; three of them take less than three seconds."""

ANSWER_S = 10.0


class PageCamera:
    """For the length of a `with` block.

    Attributes:
        outcomes: of its frames.
        tries: for each loss of its connection, how many tries it took to have another one.
        refusals: codes with which it was not let in.
    """

    def __init__(self, url: str, token: str, frame: bytes) -> None:
        self._url, self._frame = url, frame
        self._http = requests.Session()
        self._http.cookies.set("raut", token)
        self.outcomes: Counter[str] = Counter()
        self.tries: list[int] = []
        self.refusals: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._http.close()

    @property
    def results(self) -> int:
        """Frames that were labelled so far."""
        return self.outcomes["result"]

    @property
    def node(self) -> str:
        """The node that it is at, as nginx calls it."""
        return str(self._http.cookies["raut_node"])

    def goes_on(self, results: int = 3) -> None:
        """Wait until so many more frames have been labelled."""
        before = self.results
        wait_until(lambda: self.results >= before + results)

    def _run(self) -> None:
        first = True
        while not self._ended.is_set():
            client, tries = self._connect()
            if not first:
                self.tries.append(tries)
            first = False
            if client is not None:
                self._send_until_lost(client)

    def _connect(self) -> tuple[socketio.Client | None, int]:
        for number in range(100):
            client = socket_client(self._http)
            client.on("connect_error", lambda told: self.refusals.append((told or {}).get("data", {}).get("code", "")))
            # nginx says in a cookie which node this is, with any of its answers.
            self._http.get(f"{self._url}/healthz", timeout=ANSWER_S)
            try:
                client.connect(self._url, transports=["websocket"], wait_timeout=ANSWER_S)
            except NotConnected:
                if self._ended.wait(PAUSES_S[min(number, len(PAUSES_S) - 1)]):
                    break
            else:
                return client, number + 1
        return None, 100

    def _send_until_lost(self, client: socketio.Client) -> None:
        web_socket = client.eio.ws
        due = time.monotonic()
        answers: queue.Queue[dict | None] = queue.Queue()
        client.on("disconnect", lambda *_: answers.put(None))  # then no answer comes any more, as the page knows
        while client.connected and not self._ended.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / FPS, time.monotonic())
            try:
                client.emit("frame", self._frame, callback=answers.put)
                answer = answers.get(timeout=ANSWER_S)
            except (SocketIOError, queue.Empty):
                break
            if answer is None:
                break
            self.outcomes[outcome(answer)] += 1
        client.disconnect()
        if web_socket is not None:
            web_socket.shutdown()  # python-engineio leaves it open where the server closed it first
        self._ended.wait(PAUSES_S[0])


def all_go_on(cameras: list[PageCamera], then: Callable[[], object] = lambda: None) -> list[list[int]]:
    """Do something; what each camera's tries were since then, once all have been labelled again.

    A camera that was cut off is waited for until it is connected anew.
    """
    before = [len(camera.tries) for camera in cameras]
    then()
    for camera in cameras:
        camera.goes_on()
    return [camera.tries[known:] for camera, known in zip(cameras, before, strict=True)]
