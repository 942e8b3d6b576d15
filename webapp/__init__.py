"""The server: pages, sockets, workers, limits, statistics.  Imports vision, never train."""

from typing import Final

VERSION: Final = "0.1.0"
