"""The web server: pages, the HTTP API, Socket.IO, and the processes that analyze."""

from launcher.version import VERSION as VERSION
