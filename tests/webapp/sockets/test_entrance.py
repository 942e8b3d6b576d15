"""What comes to `/socket.io` before Engine.IO sees it."""

from __future__ import annotations

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from webapp.sockets.entrance import SocketEntrance


@pytest.mark.parametrize(
    ("query", "ends", "status"),
    [
        ("EIO=4&transport=websocket", False, 200),
        ("EIO=4&transport=websocket", True, 503),  # a page that was sent away waits for the next server
        ("EIO=4&transport=polling&sid=known", True, 200),  # of a session that is there already
        ("EIO=4&transport=polling&j=1", False, 400),  # JSONP
    ],
)
def test_who_comes_in(query: str, ends: bool, status: int) -> None:
    rooms: list[str] = []
    entrance = SocketEntrance(Response("in"), rooms.append, lambda _code, _address: None, lambda: ends)
    assert Client(entrance).get(f"/socket.io/?{query}").status_code == status
    assert len(rooms) == (status == 200 and "sid" not in query)
