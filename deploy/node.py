"""One node of a deployment: a web process with its workers, on a loopback port."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.programs import Program

ROOT: Final = Path(__file__).resolve().parents[1]

HERE: Final = "127.0.0.1"


class Node(Program):
    """`python -m webapp`, behind this machine's nginx.

    Attributes:
        port: on loopback.
    """

    def __init__(self, name: str, port: int, redis: str, settings: Sequence[str] = (), log: Path | None = None):
        """Prepare it.

        Args:
            name: of its place in the deployment.
            port: that is free.
            redis: by which it reaches the others.
            settings: further flags of `serve`.
            log: file for what it prints.
        """
        self.port = port
        flags = {
            "host": HERE,
            "port": str(port),
            "behind-proxy": "1",
            "proxy-addresses": HERE,
        }
        own = [word for name, value in flags.items() for word in (f"--{name}", value)]
        command = [sys.executable, "-m", "webapp", *settings, *own]
        super().__init__(f"node {name}", command, self.is_well, ROOT, log, {"RAUT_REDIS": redis})

    @property
    def address(self) -> str:
        """Where nginx finds it."""
        return f"{HERE}:{self.port}"

    def is_well(self) -> bool:
        """Whether it has a worker, by `/healthz`."""
        try:
            with urllib.request.urlopen(f"http://{HERE}:{self.port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, ValueError):
            return False
