"""The limit on text messages, whatever pieces they arrive in."""

from __future__ import annotations

import pytest
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import Message, TextMessage

from webapp.server.message_limit import TEXT_BYTES, _bounded_events


class Unlimited:
    """A budget that allows all, so that only the limit on a message is left."""

    def take(self, frames: int, size: int) -> None:
        """Count nothing."""

    def takes_binary(self) -> bool:
        """Always."""
        return True


def received(messages: list[str], piece: int) -> int:
    """How many messages a server takes whole that arrive `piece` bytes at a time."""
    client, server = Connection(ConnectionType.CLIENT), Connection(ConnectionType.SERVER)
    sent = b"".join(client.send(TextMessage(data=message)) for message in messages)
    events = _bounded_events(server.events, Unlimited())
    finished = 0
    for start in range(0, len(sent), piece):
        server.receive_data(sent[start : start + piece])
        finished += sum(event.message_finished for event in events() if isinstance(event, Message))
    return finished


@pytest.mark.parametrize("piece", [100, 3000, TEXT_BYTES, 10**6])
def test_takes_a_message_of_the_limit_in_any_pieces(piece: int) -> None:
    assert received(["x" * TEXT_BYTES, "y", "z" * TEXT_BYTES], piece) == 3


@pytest.mark.parametrize("piece", [100, 3000, TEXT_BYTES, 10**6])
def test_refuses_a_longer_one_in_any_pieces(piece: int) -> None:
    with pytest.raises(ConnectionResetError):
        received(["y", "x" * (TEXT_BYTES + 1)], piece)
