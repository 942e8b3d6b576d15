"""HTTP requests have a budget: by connection, by address, and for all strangers together.

    request --> its connection's bucket: empty ----------------> 429, the connection closed
            --> its address's bucket: a wait of 2 s (guests 10) -> served then
                                      a longer one, or one
                                      wait after the other ----> 429, the connection closed
            a stranger's --> a smaller bucket of the address, and one for all strangers

A request costs one token for each millisecond that its answer takes, and at least one: a page full of figures costs
more than an icon.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from webapp.errors import refuse_request
from webapp.server.budgets import AddressBudget
from webapp.server.connections import CONNECTION, Connection

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MOST_SLOWED: Final = 50
"""Requests of one connection that may wait in a row; a page itself causes a dozen."""

BURST_S: Final = 2.0
"""Seconds of tokens in a bucket. At 200 a second they pay for 0.4 s of the loop's time."""


class RequestBudget:
    """Delays the requests of a client that sends too many, and refuses them if it goes on."""

    def __init__(
        self,
        app: WsgiApp,
        max_requests: float,
        is_guest: Callable[[dict[str, Any]], bool],
        on_refusal: Callable[[str, str], None],
    ):
        """Wrap an application.

        Args:
            app: what is guarded.
            max_requests: requests a second of one address, from clients that have shown a token.
            is_guest: whether a request comes from somebody who has shown a token, or none is needed.
            on_refusal: called with `too_many_requests` and the address.
        """
        self._app, self._is_guest, self._on_refusal = app, is_guest, on_refusal
        self._lock = threading.Lock()
        self._budget = AddressBudget(max_requests, BURST_S)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, at once or a little later, or answer 429."""
        address, is_guest = environ.get("REMOTE_ADDR", ""), self._is_guest(environ)
        connection: Connection | None = environ.get(CONNECTION)
        if connection is not None and is_guest:
            connection.show_token()
        with self._lock:
            wait_s = self._wait_s(connection, address, is_guest)
        if wait_s is None:
            self._on_refusal("too_many_requests", address)
            return _refuse(connection, start_response)
        if wait_s:
            time.sleep(wait_s)
        began = time.monotonic()
        answer = self._app(environ, start_response)
        if _does_not_wait(environ):
            with self._lock:
                self._budget.charge(address, is_guest, 1000 * (time.monotonic() - began) - 1)
        return answer

    def _wait_s(self, connection: Connection | None, address: str, is_guest: bool) -> float | None:
        """How long a request has to wait; None if it is refused."""
        if connection is None or connection.bucket is None:
            return self._budget.wait_s(address, is_guest)
        if connection.slowed > MOST_SLOWED or not connection.bucket.take():
            return None
        wait_s = self._budget.wait_s(address, is_guest)
        connection.slowed = connection.slowed + 1 if wait_s else 0
        return wait_s


def _does_not_wait(environ: dict[str, Any]) -> bool:
    """Whether the time that a request takes is this process's own work, without any waiting."""
    return environ.get("REQUEST_METHOD") == "GET" and not environ.get("PATH_INFO", "").startswith("/socket.io")


def _refuse(connection: Connection | None, start_response: Callable[..., Any]) -> Iterable[bytes]:
    if connection is not None:
        connection.ends = True
    sentence = "too many requests: wait a little, and send them more slowly"
    return refuse_request(start_response, 429, "too_many_requests", sentence, Retry_After="2", Connection="close")
