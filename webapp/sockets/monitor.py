"""The server's numbers: counted while it runs, told to the dashboard and to `/api/statistics`.

    frames ----> Statistics --+
    loop ------> LoopLag -----+--> Monitor --> snapshot()  once a second, to all who watch
    processes -> ServerLoad --+            --> figures()   GET /api/statistics
    places ----> Admission ---+            --> each by itself, for GET /metrics
    refusals --> Refusals ----+

Numbers only: never pixels, never addresses.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from vision.tasks import STAGES
from webapp import VERSION
from webapp.config import Settings
from webapp.inference.pool import WorkerPool
from webapp.metrics.loop_lag import LoopLag
from webapp.metrics.people import count_people
from webapp.metrics.refusals import Refusals
from webapp.metrics.server_load import ServerLoad
from webapp.metrics.statistics import HISTORY_S, SessionStatistics, Statistics
from webapp.roles import CAMERA, WATCH
from webapp.sockets.admission import Admission

if TYPE_CHECKING:
    from webapp.cluster.cluster import Cluster

CAMERA_ON_S: Final = 4.0
"""A page that sent a frame within so many seconds has its camera on."""


class Monitor:
    """Everything that is counted.

    Attributes:
        statistics: frames and their timings, by session.
        loop_lag: how late the event loop is.
    """

    def __init__(
        self,
        settings: Settings,
        pool: WorkerPool,
        admission: Admission,
        refusals: Refusals,
        cluster: Cluster | None = None,
    ):
        """Count for a server.

        Args:
            settings: of the server.
            pool: its workers.
            admission: who is connected in which role.
            refusals: what was refused, by anybody.
            cluster: the nodes whose numbers are shown together; None where this one is alone.
        """
        self._cluster = cluster
        self._pool, self._admission, self._refusals = pool, admission, refusals
        self.statistics = Statistics(lambda _: cluster.next_number()) if cluster else Statistics()
        self.loop_lag = LoopLag(settings.lag_interval)
        self._load = ServerLoad(self.loop_lag, lambda: pool.state()["pids"], self.statistics.fps)

    def start(self) -> None:
        """Begin to sample, in the background."""
        self.loop_lag.start()
        self._load.start()

    def workers(self) -> dict[str, Any]:
        """Numbers of the workers, as `/healthz` tells them."""
        return self._pool.state()

    def refusals(self) -> dict[str, int]:
        """How often each code was given since the start."""
        return self._refusals.to_dict()

    def figures(self) -> dict[str, Any]:
        """Sessions, totals, the event loop's lag and the workers, as `/api/statistics` tells them."""
        figures = self.statistics.to_dict()
        figures["totals"]["refused"] = self.refusals()
        return figures | {"loop_lag_ms": self.loop_lag.to_dict(), "workers": self.workers()}

    def active(self) -> list[tuple[int, SessionStatistics]]:
        """The sessions whose camera is on, by their numbers."""
        now = time.monotonic()
        return [
            (number, statistics)
            for number, statistics in sorted(self.statistics.sessions().items())
            if statistics.received and now - statistics.heard_at <= CAMERA_ON_S
        ]

    def connected(self) -> dict[str, int]:
        """How many pages are connected, by role."""
        return {role: self._admission.count(role) for role in (CAMERA, WATCH)}

    def limits(self) -> dict[str, int]:
        """How many may be, by role."""
        return dict(self._admission.limits)

    def load_now(self) -> dict[str, float]:
        """The newest sample of the server's load, by `webapp.metrics.server_load.FIGURES`."""
        return self._load.now()

    def snapshot(self) -> dict[str, Any]:
        """Everything that the dashboard shows, of all nodes, as JSON."""
        own = self.snapshot_of_this_node()
        return self._cluster.whole(own) if self._cluster else own

    def snapshot_of_this_node(self) -> dict[str, Any]:
        """The same of this node alone.

        Lets other green threads run after each session: twenty sessions take some milliseconds, and no frame should
        wait that long.
        """
        sessions, active = [], self.active()
        for _, statistics in active:
            sessions.append(_session(statistics))
            time.sleep(0)
        workers = self.workers()
        return {
            "at": round(time.time(), 3),
            "version": VERSION,
            "uptime_s": round(time.time() - self.statistics.since),
            "history_s": HISTORY_S,
            "stages": STAGES,
            "sessions": sessions,
            "people": count_people(statistics.faces_json for _, statistics in active),
            "connected": self.connected(),
            "limits": self.limits(),
            "totals": self.statistics.totals() | {"refused": self.refusals()},
            "workers": {name: workers[name] for name in ("alive", "wanted", "waiting", "replaced")},
            "load": self._load.to_dict(),
        }


def _session(statistics: SessionStatistics) -> dict[str, Any]:
    told = {"number": statistics.number, "name": statistics.name, "key": statistics.key}
    return told | {"history": statistics.history.values(), **statistics.to_dict()}
