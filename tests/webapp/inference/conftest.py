"""A worker without a server around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webapp.processes import PATIENCE_S
from webapp.config import read_settings
from webapp.inference.worker_link import WorkerLink


@pytest.fixture
def link() -> Iterator[WorkerLink]:
    """A worker, ready, that has seen no picture."""
    link = WorkerLink(read_settings([]), lambda _: None)
    yield link
    link.close()
    link.wait_for_end(PATIENCE_S)
