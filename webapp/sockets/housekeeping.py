"""Once a second: camera sessions that have gone quiet, and connections that never said what they want, are closed."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0


class Housekeeping:
    """Closes what only takes up room."""

    def __init__(self, live: Any, handshake_timeout: float):
        """Look after the live sessions; a connection has `handshake_timeout` seconds to open a namespace."""
        self._live, self._handshake_timeout = live, handshake_timeout
        self._first_seen: dict[str, float] = {}

    def start(self) -> None:
        """Begin, in the background."""
        threading.Thread(target=self._run, name="housekeeping", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(EVERY_S)
            try:
                self._live.close_idle()
                self._close_unfinished(self._live.server)
            except Exception:  # whatever one client does to its own connection, the others' are looked after
                log.exception("housekeeping failed and goes on")

    def _close_unfinished(self, server: Any) -> None:
        """Close Engine.IO connections without any Socket.IO namespace that have been so for too long."""
        now = time.monotonic()
        unfinished = server.eio.sockets.keys() - _connected(server)
        self._first_seen = {sid: self._first_seen.get(sid, now) for sid in unfinished}
        for sid, since in self._first_seen.items():
            if now - since > self._handshake_timeout:
                server.start_background_task(server.eio.disconnect, sid)


def _connected(server: Any) -> set[str]:
    """The Engine.IO connections that have opened at least one namespace."""
    return {
        eio_sid
        for namespace in list(server.manager.get_namespaces())
        for _, eio_sid in server.manager.get_participants(namespace, None)
    }
