"""HTTP requests have a budget: by connection, by address, and for all strangers together.

    request --> its connection's bucket: empty ----------------> 429, the connection closed
            --> its address's bucket: a wait of up to 2 s -----> served then
                                      a longer one, or one
                                      wait after the other ----> 429, the connection closed
            a stranger's --> a smaller bucket of the address, and one for all strangers

A request is one token for each millisecond that it takes to answer, and one at least: a page full of figures takes
more than an icon does.

Who has shown a token draws on another bucket than strangers at the same address do: behind one router
all have one address, and no stranger may use up what its guests need.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

from webapp.errors import refuse_request
from webapp.server.connections import CONNECTION, Connection
from webapp.server.rate_limit import TokenBucket

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

BURST_S: Final = 5.0
"""A page and its modules are some sixty requests at once, and a class opens it at one word."""

PATIENCE_S: Final = 2.0

MOST_SLOWED: Final = 50
"""Requests in a row of one connection that had to wait; a page's own are a dozen."""

STRANGERS_SHARE: Final = 0.25
"""Of what guests have: a page that says what to do, and its styles."""

REMEMBERED: Final = 4096
"""Addresses; the one that was quiet for longest goes first."""


class RequestBudget:
    """Slows down who asks too often, and turns away who goes on."""

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
            max_requests: of one address's guests, a second.
            is_guest: whether a request comes from somebody who has shown a token, where one is asked for.
            on_refusal: called with `too_many_requests` and the address.
        """
        self._app, self._rate, self._is_guest, self._on_refusal = app, max_requests, is_guest, on_refusal
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, bool], TokenBucket] = OrderedDict()
        self._strangers = TokenBucket(max_requests, BURST_S)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, at once or a little later, or answer 429."""
        address, is_guest = environ.get("REMOTE_ADDR", ""), self._is_guest(environ)
        connection: Connection | None = environ.get(CONNECTION)
        with self._lock:
            buckets = self._buckets_of(address, is_guest)
            wait_s = _wait_s(connection, buckets)
        if wait_s is None:
            self._on_refusal("too_many_requests", address)
            return _refuse(connection, start_response)
        if wait_s:
            time.sleep(wait_s)
        began = time.monotonic()
        answer = self._app(environ, start_response)
        if _does_not_wait(environ):
            with self._lock:
                for bucket in buckets:
                    bucket.charge(1000 * (time.monotonic() - began) - 1)
        return answer

    def _buckets_of(self, address: str, is_guest: bool) -> list[TokenBucket]:
        key = (address, is_guest)
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(self._rate * (1 if is_guest else STRANGERS_SHARE), BURST_S)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return [self._buckets[key]] if is_guest else [self._buckets[key], self._strangers]


def _wait_s(connection: Connection | None, buckets: list[TokenBucket]) -> float | None:
    """How long a request has to wait; None if it is refused."""
    if connection is not None and (connection.slowed > MOST_SLOWED or not connection.bucket.take()):
        return None
    waits = [wait_s for bucket in buckets if (wait_s := bucket.wait_s(PATIENCE_S)) is not None]
    if len(waits) < len(buckets):
        return None
    if connection is not None:
        connection.slowed = connection.slowed + 1 if max(waits) else 0
    return max(waits)


def _does_not_wait(environ: dict[str, Any]) -> bool:
    """Whether the time that a request takes is this process's own work, and none of it is waiting."""
    return environ.get("REQUEST_METHOD") == "GET" and not environ.get("PATH_INFO", "").startswith("/socket.io")


def _refuse(connection: Connection | None, start_response: Callable[..., Any]) -> Iterable[bytes]:
    if connection is not None:
        connection.ends = True
    sentence = "too many requests: wait a little, and send them more slowly"
    return refuse_request(start_response, 429, "too_many_requests", sentence, Retry_After="2", Connection="close")
