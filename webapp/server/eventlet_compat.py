"""What eventlet needs to serve frames well: fast unmasking, and its one known warning silenced.

eventlet unmasks a WebSocket message byte by byte in Python: it reaches 95-135 frames of 40 kB a second, and its loop
lags. The bytes under each of the mask's four, translated by a table, are the same a hundred times as fast. `test_eventlet_compat.py` fails once eventlet
itself is as fast; then this module can go.
"""

from __future__ import annotations

import warnings
from typing import Final

_UNDER: Final = tuple(bytes(byte ^ key for byte in range(256)) for key in range(256))
"""For each byte of a mask what it makes of every byte."""


def import_eventlet() -> None:
    """Import eventlet without the notice that it is in maintenance: it is chosen here knowingly.

    Only that one warning is silenced, by its text.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
        import eventlet  # noqa: F401


def unmask(payload: bytes, mask: bytes) -> bytes:
    """A WebSocket message without its mask (RFC 6455, 5.3).

    Args:
        payload: as it came.
        mask: four bytes.
    """
    unmasked = bytearray(payload)
    for turn, key in enumerate(mask):
        unmasked[turn::4] = unmasked[turn::4].translate(_UNDER[key])
    return bytes(unmasked)


def install_fast_unmasking() -> None:
    """Let eventlet's WebSockets use `unmask`."""
    from eventlet import websocket

    def apply_mask(payload: bytes, mask: bytes, length: int | None = None, offset: int = 0) -> bytes:
        # `offset` says how much of the message came before this part of it.
        turn = offset % 4
        key = bytes(mask)
        return unmask(payload[:length], key[turn:] + key[:turn])

    websocket.RFC6455WebSocket._apply_mask = staticmethod(apply_mask)
