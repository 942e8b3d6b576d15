"""A Redis of the deployment's own: on a socket in its folder, open to no network and to no other user. It saves nothing."""

from __future__ import annotations

import socket
from pathlib import Path

from deploy.programs import Program, find


class RedisServer(Program):
    """`redis-server` on a Unix socket.

    Attributes:
        url: by which nodes reach it.
    """

    def __init__(self, folder: Path):
        """Prepare it.

        Args:
            folder: of its socket and its log, for its user alone.

        Raises:
            DeployError: it is not installed.
        """
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        flags = [word for name, value in settings.items() for word in (f"--{name}", value)]
        command = [find("redis-server", "redis-server"), *flags]
        super().__init__("Redis", command, self.is_well, folder, folder / "redis.log")

    def is_well(self) -> bool:
        """Whether it answers."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
