"""Which machine this is, so that two nodes on one do not show its cores twice."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path
from typing import Final

BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
"""Of Linux: the same in all containers of a machine, unlike its name."""


@cache
def machine_id() -> str:
    """The same for all nodes of one machine."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return str(uuid.getnode())
