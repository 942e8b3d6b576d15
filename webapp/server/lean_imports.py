"""Keeps out of the web process's memory what its libraries import and it never uses: 27 MB, and a third of a second.

Socket.IO's library imports its clients, and whatever these and its message queues can use of what happens to be installed.
eventlet imports a resolver of names of its own. All of them do without, and this server neither is a client nor
looks names up while it serves. Whoever needs one of them (a message queue does) must say so before the first import.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

CLIENTS: Final = ("requests", "websocket", "aiohttp")
"""What Socket.IO's clients use."""

QUEUES: Final = ("redis", "valkey")
"""What Socket.IO's message queues use."""


@contextmanager
def absent(names: Iterable[str]) -> Iterator[None]:
    """Let imports find no package of these names for the length of a `with` block; those imported already stay."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None there means: no such package
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_socketio(queues: bool = False) -> None:
    """Import Socket.IO's server without what it does not need.

    Args:
        queues: whether it needs a message queue.
    """
    with absent(CLIENTS if queues else CLIENTS + QUEUES):
        import flask_socketio  # noqa: F401


def leave_names_to_the_system() -> None:
    """Let eventlet, which is imported after this, look names up by the C library, which blocks the loop meanwhile."""
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
