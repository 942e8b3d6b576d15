"""The dashboard's numbers at one moment: computed once, sent to all who watch.  Never pixels, never addresses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from webapp import VERSION
from webapp.metrics.statistics import HISTORY_S, SessionStatistics
from webapp.sockets.admission import CAMERA, WATCHER

if TYPE_CHECKING:
    from webapp.application import Parts

CAMERA_ON_S: Final = 4.0
"""A page that sent a frame within so long has its camera on."""


def take_snapshot(parts: Parts) -> dict[str, Any]:
    """Everything that the dashboard shows, as JSON.

    Gives way to other work after each session: twenty of them are sorted through in some milliseconds,
    for which no frame should have to wait.
    """
    now = time.monotonic()
    sessions = []
    for number, statistics in sorted(parts.statistics.sessions().items()):
        if statistics.received and now - statistics.heard_at <= CAMERA_ON_S:
            sessions.append(_session(number, statistics))
            time.sleep(0)
    state = parts.pool.state()
    return {
        "at": round(time.time(), 3),
        "version": VERSION,
        "uptime_s": round(time.time() - parts.statistics.since),
        "history_s": HISTORY_S,
        "sessions": sessions,
        "connected": {CAMERA: parts.admission.count(CAMERA), WATCHER: parts.admission.count(WATCHER)},
        "limits": dict(parts.admission.limits),
        "totals": parts.statistics.totals() | {"refused": refusals(parts)},
        "workers": {name: state[name] for name in ("alive", "wanted", "waiting", "replaced")},
        "load": parts.server_load.to_dict(),
    }


def _session(number: int, statistics: SessionStatistics) -> dict[str, Any]:
    figures = statistics.to_dict()
    return {"number": number, "history": statistics.history.values(), **figures}


def refusals(parts: Parts) -> dict[str, int]:
    """Who was not let in since the start, by reason: for want of room or of a right link."""
    connections = parts.connections.refused
    full = parts.admission.refusals() | ({"too_many_connections": connections} if connections else {})
    return full | parts.sharing.refusals.to_dict()
