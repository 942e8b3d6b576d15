"""The parts that a running application is made of, and how a view finds them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from webapp.config import Settings
from webapp.inference.pool import WorkerPool
from webapp.server.connections import Connections
from webapp.sharing.state import Sharing
from webapp.sockets.admission import Admission
from webapp.sockets.housekeeping import Housekeeping
from webapp.sockets.live import LiveSessions
from webapp.sockets.monitor import Monitor


@dataclass(frozen=True)
class Parts:
    """The parts of one application, made by `create_app`.

    Attributes:
        settings: as chosen at start, but for the host that `--lan` implies.
        sharing: how the server is shared, and who gets in.
        pool: the inference workers.
        admission: the places for cameras and watchers.
        monitor: counts what happens, for the dashboard and `/api/statistics`.
        live: the sessions of the live pages.
        connections: the TCP connections of each address.
        housekeeping: closes silent cameras and connections that never open a namespace.
    """

    settings: Settings
    sharing: Sharing
    pool: WorkerPool
    admission: Admission
    monitor: Monitor
    live: LiveSessions
    connections: Connections
    housekeeping: Housekeeping

    def start(self) -> None:
        """Start the workers, then the threads that measure and tidy up.

        Raises:
            WorkerError: no worker came up.
        """
        self.pool.start()
        self.monitor.start()
        if self.sharing.cluster is not None:
            self.sharing.cluster.start(
                self.monitor.snapshot_of_this_node, self.admission.heard_s_ago, self.sharing.use_tokens
            )
        self.housekeeping.start()


def keep_parts(app: Flask, parts: Parts) -> None:
    """Let `parts_of` find them."""
    app.extensions["raut"] = parts


def parts_of(app: Flask) -> Parts:
    """The parts of an application; in a view, of `current_app`."""
    parts: Parts = app.extensions["raut"]
    return parts
