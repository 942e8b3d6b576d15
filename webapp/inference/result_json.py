"""A frame's result as the browser and `/api/analyze` get it: JSON, put together from what is JSON already."""

from __future__ import annotations

import json
from typing import Any

from webapp.inference.tickets import Outcome


class RawJson(str):
    """Text that is JSON already: sent as it stands, not parsed and written again."""

    __slots__ = ()


class FrameJson:
    """The `json` that Socket.IO uses: as the standard library's, but for `RawJson`."""

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(value: Any, **options: Any) -> str:
        """Write JSON; a list's `RawJson` elements go in as they are."""
        if isinstance(value, list) and any(isinstance(element, RawJson) for element in value):
            return "[" + ",".join(FrameJson.dumps(element, **options) for element in value) + "]"
        return str(value) if isinstance(value, RawJson) else json.dumps(value, **options)


def result_json(outcome: Outcome, **more_ms: float) -> RawJson:
    """An outcome's result as JSON, with the stages' times, their `total`, `queue` and `server`, and `more_ms`.

    The faces are most of it. The worker has written them as JSON, and parsing them here only to write them
    again would cost the web process 0.1 ms a face.

    Raises:
        ValueError: the outcome has no result.
    """
    result = outcome.result
    if result is None:
        raise ValueError("this outcome has no result")
    members = {
        "width": str(result.width),
        "height": str(result.height),
        "faces": result.faces_json,
        "timings_ms": json.dumps({name: round(ms, 2) for name, ms in (outcome.timings_ms | more_ms).items()}),
    }
    return RawJson("{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}")
