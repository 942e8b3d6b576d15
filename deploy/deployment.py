"""A whole deployment on this machine: nginx, nodes and Redis, started together, watched, renewed and ended.

    browsers --> nginx --> node a --+
                     `---> node b --+--> Redis

A rolling update replaces the nodes one after the other: the new one starts beside the old one, nginx passes newcomers on to it,
then the old one sends its clients away and ends. They connect again at once.
"""

from __future__ import annotations

import logging
import socket
import string
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from deploy.node import HERE, Node
from deploy.programs import DeployError, Program
from deploy.proxy import Backend, Entrance, Nginx
from deploy.redis_server import RedisServer

if TYPE_CHECKING:
    from typing_extensions import Self

log = logging.getLogger(__name__)

NAMES: Final = string.ascii_lowercase
"""What the places of nodes are called; so many nodes there may be on one machine."""

WATCH_S: Final = 0.5

SETTLE_S: Final = 1.0
"""Seconds between two nodes of a rolling update: the next one's start takes CPU time that pages which have just come need."""


class Deployment:
    """For the length of a `with` block.

    Attributes:
        redis: the one of all nodes.
        nginx: in front of them.
        nodes: by the names of their places.
    """

    def __init__(
        self,
        folder: Path,
        entrance: Entrance,
        nodes: int,
        settings: Sequence[str] = (),
        redis: str = "",
        *,
        logs: bool = False,
    ):
        """Prepare it.

        Args:
            folder: of all its files, for its user alone.
            entrance: where people reach it.
            nodes: how many.
            settings: further flags of `serve`, for each node.
            redis: address of a Redis that is there already; empty to start one.
            logs: nodes write into files of the folder, not to this process's output.

        Raises:
            DeployError: a program is not installed.
        """
        self._folder, self._settings, self._logs = folder, list(settings), logs
        self.redis = None if redis else RedisServer(folder)
        self._redis_url = redis or (self.redis.url if self.redis else "")
        self.nodes = {name: self._new_node(name) for name in NAMES[:nodes]}
        self.nginx = Nginx(folder, entrance, self._backends())
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        """Start all, Redis first, and wait until they answer."""
        try:
            if self.redis is not None:
                self.redis.start()
            for node in self.nodes.values():
                node.launch()
            for node in self.nodes.values():
                node.wait_until_it_answers()
            self.nginx.start()
        except BaseException:
            self.stop()
            raise
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all."""
        self.stop()

    def stop(self) -> None:
        """End all, in the order in which nobody misses anybody."""
        self._ended.set()
        with self._lock:
            for node in self.nodes.values():
                node.ask_to_end()
            for node in self.nodes.values():
                node.stop()
            self.nginx.stop()
            if self.redis is not None:
                self.redis.stop()

    def roll(self) -> None:
        """Replace each node by a new one.

        Raises:
            DeployError: a new one does not start; the old one stays at work.
        """
        with self._lock:
            for name, old in list(self.nodes.items()):
                log.info("rolling update: a new node %s starts", name)
                self._replace(name, old)
                self._ended.wait(SETTLE_S)
        log.info("rolling update: done")

    def _replace(self, name: str, old: Node) -> None:
        new = self._new_node(name)
        new.start()
        self.nodes[name] = new
        try:
            self.nginx.use(self._backends())
        except DeployError:
            self.nodes[name] = old
            new.stop()
            raise
        old.stop()

    def _new_node(self, name: str) -> Node:
        log_file = self._folder / f"node-{name}.log" if self._logs else None
        return Node(name, _free_port(), self._redis_url, self._settings, log_file)

    def _backends(self) -> list[Backend]:
        return [Backend(name, node.address) for name, node in self.nodes.items()]

    def _watch(self) -> None:
        """Start again what has ended by itself."""
        while not self._ended.wait(WATCH_S):
            with self._lock:
                if self._ended.is_set():
                    return
                programs = [self.redis, self.nginx, *self.nodes.values()]
                for program in programs:
                    if program is not None and program.is_to_start_again():
                        log.warning("%s has ended, and is started again", program.name)
                        _launch(program)


def _launch(program: Program) -> None:
    try:
        program.launch()
    except OSError as error:
        log.error("%s cannot be started: %s", program.name, error)


def _free_port() -> int:
    """A TCP port on loopback that is free at the moment."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])
