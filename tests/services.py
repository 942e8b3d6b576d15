"""Real nginx and real Redis, each with its own files in a temporary folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.programs import DeployError, find
from deploy.redis_server import RedisServer


def needs(*programs: str) -> None:
    """Skip a test where a program is not installed; in CI that fails it."""
    for program in programs:
        try:
            find(program, program)
        except DeployError as error:
            pytest.skip(str(error))


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder with a short name: a Unix socket's path has 107 bytes at most, and pytest's folders are long."""
    with tempfile.TemporaryDirectory(prefix="raut-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def redis_serving() -> Iterator[RedisServer]:
    """A Redis for the length of a `with` block."""
    needs("redis-server")
    with own_folder() as folder:
        server = RedisServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
