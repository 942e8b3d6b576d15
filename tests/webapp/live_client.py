"""A real Socket.IO client that remembers what happened to it."""

from __future__ import annotations

import queue
import ssl
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import requests
import socketio

from webapp.server.tls_socket import SharedSSLSocket

WAIT_S = 30


def socket_client(http: requests.Session | None) -> socketio.Client:
    """A Socket.IO client that speaks as that session does, and never connects again by itself.

    It reads and writes its connection in two threads at once. Over TLS it gets a socket that bears it: with a plain one
    8 of 431 connections were lost before they began, with this one none of 982.
    """
    options = {}
    if http is not None and isinstance(http.verify, str):
        context = ssl.create_default_context(cafile=http.verify)
        context.sslsocket_class = SharedSSLSocket
        options = {"sslopt": {"context": context}}
    return socketio.Client(reconnection=False, http_session=http, websocket_extra_options=options)


class LiveClient:
    """A camera session as a browser has it, without the browser."""

    def __init__(
        self,
        url: str,
        transports: Sequence[str] = ("websocket",),
        http: requests.Session | None = None,
    ) -> None:
        self.disconnected = threading.Event()
        self.goodbyes: queue.Queue[dict] = queue.Queue()
        self.closed: queue.Queue[dict] = queue.Queue()
        self._hello: queue.Queue[dict] = queue.Queue()
        self._http = http or requests.Session()
        self._io = socket_client(self._http)
        self._io.on("hello", self._hello.put)
        self._io.on("closed", self.closed.put)
        self._io.on("goodbye", self.goodbyes.put)
        self._io.on("disconnect", lambda *_: self.disconnected.set())
        self._io.connect(url, transports=list(transports))
        self._web_socket = self._io.eio.ws

    def hello(self) -> dict:
        """What the server says first."""
        return self._hello.get(timeout=WAIT_S)

    def ask(self, *arguments: Any, event: str = "frame", timeout: float = WAIT_S) -> Any:
        """Send an event and wait for its acknowledgement."""
        return self._io.call(event, arguments if arguments else None, timeout=timeout)

    def send(self, *arguments: Any, answers: queue.Queue | None = None) -> None:
        """Send a frame without waiting; its acknowledgement goes into the queue. Without a queue none is asked for."""
        callback = answers.put if answers is not None else None
        self._io.emit("frame", arguments if arguments else None, callback=callback)

    def tell(self, event: str, *arguments: Any) -> None:
        """Send an event that has no answer."""
        self._io.emit(event, arguments if arguments else None)

    def keep_sending(self, frame: bytes, in_flight: int) -> Counter[str]:
        """Send frames without an end, so many at once; what they were answered with, counted as it comes."""
        outcomes: Counter[str] = Counter()

        def answered(answer: dict) -> None:
            outcomes[outcome(answer)] += 1
            if self._io.connected:
                self._io.emit("frame", frame, callback=answered)

        for _ in range(in_flight):
            self._io.emit("frame", frame, callback=answered)
        return outcomes

    def close(self) -> None:
        """Disconnect; also after the server did."""
        self._io.disconnect()
        # python-engineio leaves both open: the socket where the server closed it first, and a session
        # that it did not make itself.
        if self._web_socket is not None:
            self._web_socket.shutdown()
        self._http.close()


def outcome(answer: dict) -> str:
    """An acknowledgement in one word: `result`, a drop's reason or an error's code."""
    return "result" if "faces" in answer else answer.get("reason") or answer["code"]
