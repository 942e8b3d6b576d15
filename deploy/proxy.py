"""nginx in front of the nodes: its configuration from a template, its start, and reloads that nobody notices."""

from __future__ import annotations

import errno
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.programs import DeployError, Program, find

TEMPLATES: Final = Path(__file__).with_name("nginx")

RELOAD_S: Final = 20.0

MOST_BYTES: Final = "64m"
"""Of a request's body; the nodes have the limit that people are told."""


@dataclass(frozen=True)
class Backend:
    """A node as nginx sees it: the name of its place, and its present address with the port."""

    name: str
    address: str


@dataclass(frozen=True)
class Entrance:
    """Where nginx listens.

    Attributes:
        host: an address of this machine.
        port: of TCP.
        certificate: file of a TLS certificate with its chain; None for plain http.
        key: file of its key.
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        """Its address for people of this machine."""
        return f"{'https' if self.certificate else 'http'}://localhost:{self.port}"


class Nginx(Program):
    """nginx with a configuration of its own, in a folder of its own."""

    def __init__(self, folder: Path, entrance: Entrance, nodes: Sequence[Backend]):
        """Prepare it.

        Args:
            folder: of its configuration, its log and its temporary files.
            entrance: where it listens.
            nodes: what it passes requests on to.

        Raises:
            DeployError: it is not installed.
        """
        self._directory, self._entrance, self._generation = folder, entrance, 0
        self._file = folder / "nginx.conf"
        self._write(nodes)
        command = [
            find("nginx", "nginx-light"),
            "-c",
            str(self._file),
            "-p",
            str(folder),
            "-e",
            str(folder / "nginx.log"),
        ]
        super().__init__("nginx", command, self._is_at_work, folder, folder / "nginx.log")

    def start(self) -> None:
        """Start it, and wait until it does its work.

        Raises:
            DeployError: its port is taken, or it does not come up.
        """
        _refuse_if_taken(self._entrance)
        super().start()

    def use(self, nodes: Sequence[Backend]) -> None:
        """Pass requests on to other nodes from now on; connections that there are stay as they are.

        Raises:
            DeployError: it does not take the new configuration.
        """
        before = self._nodes
        self._write(nodes)
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + RELOAD_S
        while not self._is_at_work():
            if time.monotonic() > deadline or not self.runs():
                self._write(before)  # what it goes on with, and what it would be started again with
                raise DeployError(f"nginx does not take its new configuration; {self._last_words()}")
            time.sleep(0.02)

    def reload(self) -> None:
        """Read the configuration anew, as an administrator would.

        Raises:
            DeployError: it does not come up again.
        """
        self.use(self._nodes)

    def _write(self, nodes: Sequence[Backend]) -> None:
        self._nodes = list(nodes)
        self._generation += 1
        self._file.write_text(configuration(self._directory, self._entrance, nodes, self._generation), encoding="utf-8")

    def _is_at_work(self) -> bool:
        """Whether the newest configuration is what answers."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self._directory / "status.sock"))
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
        except OSError:
            return False
        return answer.endswith(b"\r\n\r\n%d" % self._generation)


def _refuse_if_taken(entrance: Entrance) -> None:
    family = socket.AF_INET6 if ":" in entrance.host else socket.AF_INET
    try:
        socket.create_server((entrance.host, entrance.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise DeployError(
                f"port {entrance.port} is taken by another program: stop that one, or choose another one with --port"
            ) from None
        raise DeployError(
            f"cannot listen on {entrance.host}, port {entrance.port}: {error.strerror or error}"
        ) from None


def configuration(folder: Path, entrance: Entrance, nodes: Sequence[Backend], generation: int = 1) -> str:
    """The text of `nginx.conf`.

    Args:
        folder: of its files.
        entrance: where it listens.
        nodes: at least one.
        generation: a number by which this configuration is known from those before.
    """
    templates = Environment(  # noqa: S701  (a configuration, no HTML)
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    host = f"[{entrance.host}]" if ":" in entrance.host else entrance.host
    return templates.get_template("nginx.conf.j2").render(
        folder=folder,
        processes="auto",
        most_bytes=MOST_BYTES,
        nodes=nodes,
        listen=f"{host}:{entrance.port}",
        certificate=entrance.certificate,
        key=entrance.key,
        generation=generation,
    )
