"""Whose image is next: time is shared by address and by session, whatever an image takes."""

from __future__ import annotations

import pytest

from tests.webapp.clock import Clock, stopped_clock
from webapp.inference import turns as turns_module
from webapp.inference.tickets import Ticket
from webapp.inference.turns import REMEMBERED, Turns

Party = tuple[str, int | None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped_clock(monkeypatch, turns_module)


def worked(clock: Clock, parties: dict[Party, float], seconds: float = 10.0) -> dict[Party, float]:
    """What a worker does for parties that always wait: its seconds for each.

    Args:
        parties: address and session (None for pictures), and what each of its images takes.
        seconds: of work.
    """
    turns, time = Turns(), dict.fromkeys(parties, 0.0)
    for address, session in parties:
        turns.put(Ticket(b"", session, address))
    while sum(time.values()) < seconds:
        ticket = turns.next()
        if ticket is None:  # all of them rest
            clock.now += 0.01
            continue
        turns.take(ticket)
        party = (ticket.address, ticket.session)
        turns.put(Ticket(b"", ticket.session, ticket.address))  # its next one waits already
        clock.now += parties[party]
        turns.charge(ticket, parties[party])
        time[party] += parties[party]
    return time


@pytest.mark.parametrize(
    ("parties", "shares"),
    [
        ({("a", 1): 0.01, ("a", 2): 0.01}, {("a", 1): 0.5, ("a", 2): 0.5}),
        ({("a", 1): 0.01, ("b", 2): 0.5}, {("a", 1): 0.5, ("b", 2): 0.5}),  # dear images are fewer
        ({("a", 1): 0.01, ("a", 2): 0.1}, {("a", 1): 0.5, ("a", 2): 0.5}),  # of one address, too
        ({("a", 1): 0.01} | {("b", n): 0.01 for n in range(2, 12)}, {("a", 1): 0.5, ("b", 2): 0.05}),  # so do sessions
        ({("a", 1): 0.01, ("b", None): 0.1}, {("a", 1): 0.5, ("b", None): 0.5}),  # pictures are a party of their own
        ({("a", 1): 0.01, ("a", None): 0.1}, {("a", 1): 0.5, ("a", None): 0.5}),
        ({("a", 1): 0.2, ("b", 2): 0.001, ("c", 3): 0.02}, {("a", 1): 1 / 3, ("b", 2): 1 / 3, ("c", 3): 1 / 3}),
    ],
)
def test_time_is_shared(clock: Clock, parties: dict[Party, float], shares: dict[Party, float]) -> None:
    time = worked(clock, parties)
    assert {party: time[party] / sum(time.values()) for party in shares} == pytest.approx(shares, abs=0.03)


def test_nobody_saves_time_up() -> None:
    turns = Turns()
    for session, address in ((1, "busy"), (2, "away")):
        turns.put(Ticket(b"", session, address))
    for _ in range(100):  # the one that is away sends nothing after its first frame
        ticket = turns.next()
        assert ticket is not None
        turns.take(ticket)
        turns.charge(ticket, 0.04)
        if ticket.session == 1:
            turns.put(Ticket(b"", 1, "busy"))
    turns.put(Ticket(b"", 2, "away"))
    order: list[int | None] = []
    for _ in range(4):
        ticket = turns.next()
        assert ticket is not None
        turns.take(ticket)
        turns.charge(ticket, 0.04)
        turns.put(Ticket(b"", ticket.session, ticket.address))
        order.append(ticket.session)
    assert order.count(1) == order.count(2) == 2


def test_a_debt_outlives_its_session() -> None:
    turns = Turns()
    for session in range(1, 20):  # each frame by a new session, and each takes long
        turns.put(Ticket(b"", session, "dear"))
        turns.put(Ticket(b"", 0, "cheap"))
        ticket = turns.next()
        assert ticket is not None
        turns.take(ticket)
        turns.charge(ticket, 1.0 if ticket.address == "dear" else 0.01)
        turns.forget(session)
        if session > 1:
            assert ticket.address == "cheap"


def test_a_session_s_newest_frame_waits_in_its_place() -> None:
    turns = Turns()
    older, other, newer = (Ticket(b"", session, "a") for session in (1, 2, 1))
    assert [turns.put(ticket) for ticket in (older, other, newer)] == [None, None, older]
    assert turns.next() is newer and len(turns) == 2
    assert turns.forget(1) is newer and turns.forget(1) is None
    assert turns.clear() == [other] and len(turns) == 0 and turns.next() is None


def test_memory_is_bounded() -> None:
    turns = Turns()
    for number in range(REMEMBERED * 3):
        turns.put(Ticket(b"", None, str(number)))
        ticket = turns.next()
        assert ticket is not None
        turns.take(ticket)
        turns.charge(ticket, 0.001)
    assert len(turns._addresses) <= REMEMBERED + 1


def test_a_worker_is_free_for_others_between_two_images_that_take_long(clock: Clock) -> None:
    turns = Turns()
    for session, address in ((1, "light"), (None, "dear"), (None, "dear")):
        turns.put(Ticket(b"", session, address))
    for seconds in (0.01, 0.5):
        ticket = turns.next()
        assert ticket is not None
        turns.take(ticket)
        clock.now += seconds
        turns.charge(ticket, seconds)
    assert len(turns) == 1 and turns.next() is None, "it rests, although nobody waits"
    light = Ticket(b"", 1, "light")
    turns.put(light)
    assert turns.next() is light
    turns.take(light)
    clock.now += 0.51
    assert (dear := turns.next()) is not None and dear.address == "dear"
    assert turns.next(idle=False) is None, "and it is not sent ahead"


def test_who_is_alone_need_not_rest(clock: Clock) -> None:
    turns = Turns()
    for _ in range(2):
        turns.put(Ticket(b"", 1, "a"))
        ticket = turns.next()
        assert ticket is not None
        turns.take(ticket)
        turns.charge(ticket, 5.0)
