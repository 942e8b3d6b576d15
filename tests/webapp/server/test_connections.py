"""The budget of new connections: how many an address may open at once, how many wait, and who is turned away."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from webapp.config import Settings
from webapp.server.connections import BURST_S, KNOWN_S, Connections

RATE = 8
"""New connections a second of an address whose guests have shown a token."""


class Clock:
    """A clock that stands still until it is moved, and notes who would have slept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    time = SimpleNamespace(monotonic=stopped.monotonic, sleep=stopped.sleep)
    for module in ("connections", "rate_limit"):
        monkeypatch.setattr(f"webapp.server.{module}.time", time)
    return stopped


class Door:
    """A server's connections, with everything that it refused."""

    def __init__(self, **settings: int) -> None:
        self.refused: list[tuple[str, str]] = []
        self.connections = Connections(
            Settings(max_requests=RATE, **settings),  # type: ignore[arg-type]
            lambda code, address: self.refused.append((code, address)),
        )

    def open(self, address: str, count: int, *, shows_token: bool = False) -> int:
        """Open and close connections one after another; how many were let in."""
        entered = 0
        for _ in range(count):
            with socket.socket() as connection, self.connections.visit(address, connection) as visit:
                entered += visit is not None
                if visit is not None and shows_token:
                    visit.show_token()
        return entered


@pytest.mark.parametrize(
    ("is_guest", "at_once", "delayed"),
    [
        (False, RATE / 4 * BURST_S, RATE / 4 * 2),  # a quarter of the guests' rate, and two seconds of patience
        (True, RATE * BURST_S, RATE * 10),  # ten seconds of patience: a whole class opens the page together
    ],
    ids=["stranger", "guest"],
)
def test_so_many_enter_at_once_then_they_wait_then_they_are_refused(
    clock: Clock, is_guest: bool, at_once: float, delayed: float
) -> None:
    door = Door()
    if is_guest:
        assert door.open("10.0.0.1", 1, shows_token=True) == 1
    assert door.open("10.0.0.1", 200) == at_once + delayed
    assert len(clock.waits) == delayed
    assert clock.waits == sorted(clock.waits)
    assert door.refused == [("too_many_connections", "10.0.0.1")] * int(200 - at_once - delayed)


def test_who_is_refused_enters_again_after_a_while(clock: Clock) -> None:
    door = Door()
    door.open("10.0.0.1", 50)
    assert door.open("10.0.0.1", 1) == 0
    clock.now += BURST_S + 2
    assert door.open("10.0.0.1", 1) == 1


def test_an_address_is_known_for_a_minute_after_a_token(clock: Clock) -> None:
    door = Door()
    door.open("10.0.0.1", 1, shows_token=True)
    clock.now += KNOWN_S + 1
    assert door.open("10.0.0.1", 200) == RATE / 4 * (BURST_S + 2)


def test_a_flooding_stranger_takes_nothing_from_guests_of_his_own_address_or_another(clock: Clock) -> None:
    door = Door()
    door.open("10.0.0.1", 1, shows_token=True)
    door.open("10.0.0.2", 1, shows_token=True)
    for number in range(20):
        door.open(f"10.0.1.{number}", 50)
    clock.waits.clear()
    assert door.open("10.0.0.1", 20) == 20
    assert door.open("10.0.0.2", 20) == 20
    assert not clock.waits


def test_strangers_of_many_addresses_share_one_rate(clock: Clock) -> None:
    """Otherwise each address of a large network would have a whole one."""
    door = Door()
    entered = sum(door.open(f"10.0.1.{number}", 10) for number in range(40))
    assert entered == RATE * (BURST_S + 2)


def test_a_proxy_opens_as_many_as_it_needs(clock: Clock) -> None:
    door = Door(behind_proxy=1)
    assert door.open("10.0.0.1", 500) == 500
    assert not clock.waits
    assert not door.refused
