"""What is done about eventlet: fast unmasking, and its one warning."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from timeit import repeat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.server.eventlet_compat import import_eventlet, install_fast_unmasking, unmask

pytest.importorskip("eventlet")

ROOT = Path(__file__).resolve().parents[3]

MASK = bytes((0x12, 0xFF, 0x00, 0xA5))

ApplyMask = Callable[..., bytes]


def byte_by_byte(payload: bytes, mask: bytes) -> bytes:
    """As RFC 6455, 5.3 has it."""
    return bytes(byte ^ key for byte, key in zip(payload, cycle(mask), strict=False))


@pytest.fixture
def upstream() -> ApplyMask:
    """eventlet's own unmasking."""
    import_eventlet()
    from eventlet import websocket

    return websocket.RFC6455WebSocket._apply_mask


@pytest.fixture
def installed(upstream: ApplyMask) -> Iterator[ApplyMask]:
    """Ours in its place; eventlet's own is put back."""
    from eventlet import websocket

    install_fast_unmasking()
    yield websocket.RFC6455WebSocket._apply_mask
    websocket.RFC6455WebSocket._apply_mask = staticmethod(upstream)


@given(payload=st.binary(max_size=2000), mask=st.binary(min_size=4, max_size=4))
def test_unmasks_as_the_rfc_says(payload: bytes, mask: bytes) -> None:
    assert unmask(payload, mask) == byte_by_byte(payload, mask)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 7, 8, 125, 126, 65_535, 65_536, 300_001])
@pytest.mark.parametrize("mask", [MASK, bytes(4), b"\xff" * 4, b"\x00\x00\x00\x01"], ids=bytes.hex)
def test_unmasks_every_length(length: int, mask: bytes) -> None:
    payload = np.random.default_rng(length).bytes(length)
    assert unmask(payload, mask) == byte_by_byte(payload, mask)
    assert unmask(unmask(payload, mask), mask) == payload


@pytest.mark.parametrize("length", [None, 0, 1, 5, 50])
@pytest.mark.parametrize("offset", [0, 1, 2, 3, 4, 17, 65_537])
def test_does_what_eventlet_s_own_does(
    upstream: ApplyMask, installed: ApplyMask, length: int | None, offset: int
) -> None:
    payload = bytes(range(50))
    # eventlet keeps the mask as four numbers in some places and as bytes in others.
    for mask in (MASK, tuple(MASK), list(MASK)):
        assert installed(payload, mask, length, offset) == upstream(payload, mask, length, offset)


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 999, 1000])
def test_unmasks_a_message_that_comes_in_parts(installed: ApplyMask, cut: int) -> None:
    message = np.random.default_rng(cut).bytes(1000)
    masked = byte_by_byte(message, MASK)
    parts = [(at, masked[at : at + cut]) for at in range(0, len(masked), cut)]
    unmasked = b"".join(installed(part, MASK, length=len(part), offset=at) for at, part in parts)
    assert unmasked == message


def test_is_still_needed(upstream: ApplyMask) -> None:
    """Fails once eventlet is nearly as fast itself: then delete `install_fast_unmasking` and this file's half."""
    frame = np.random.default_rng(0).bytes(40_000)
    # The best of several: what else the machine does only ever makes a time longer.
    theirs = min(repeat(lambda: upstream(frame, MASK), number=2, repeat=7))
    ours = min(repeat(lambda: unmask(frame, MASK), number=2, repeat=7))
    assert theirs > 5 * ours, f"eventlet takes {theirs / ours:.1f} times as long as we do: the replacement can go"


def _python(code: str, *options: str, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(path), str(ROOT)))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


IMPORT = "from webapp.server.eventlet_compat import import_eventlet; import_eventlet(); import eventlet"


def test_is_imported_without_a_warning() -> None:
    done = _python(IMPORT, "-W", "error")
    assert (done.returncode, done.stderr) == (0, "")


def test_eventlet_warns_when_it_is_imported_plainly() -> None:
    """Fails once eventlet has nothing to say any more: then `import_eventlet` can go."""
    assert "Eventlet is deprecated" in _python("import eventlet", "-W", "always").stderr


@pytest.mark.parametrize("category", ["DeprecationWarning", "UserWarning", "RuntimeWarning"])
def test_every_other_warning_is_shown(tmp_path: Path, category: str) -> None:
    """An eventlet of the future, which has something else to say."""
    (tmp_path / "eventlet.py").write_text(f"import warnings\nwarnings.warn('something new', {category})\n")
    assert "something new" in _python(IMPORT, "-W", "always", path=tmp_path).stderr


def test_leaves_the_filters_as_they_were() -> None:
    code = f"import warnings; before = list(warnings.filters); {IMPORT}; assert warnings.filters[:3] == before[:3]"
    done = _python(code)
    assert done.returncode == 0, done.stderr
