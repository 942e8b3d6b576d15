"""Many cameras at once beside a test or a benchmark: in a thread of their own, until they are no longer needed."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from benchmarks.harness.fleet import FleetCamera, ready

APART_S: Final = 0.1
"""Between the connections of two cameras: a server closes the oldest of many that have not finished their handshake."""


@contextmanager
def steady_cameras(port: int, count: int, pictures: Sequence[bytes], fps: float) -> Iterator[None]:
    """Cameras that send for the length of a `with` block.

    Args:
        port: of the server on loopback.
        count: how many cameras.
        pictures: JPEGs, which each of them sends in turn.
        fps: frames a second, of each.

    Raises:
        RuntimeError: the server refused a camera.
    """
    frames = ready(pictures)
    cameras = [FleetCamera(port, frames, fps, phase=number / count) for number in range(count)]
    loop = asyncio.new_event_loop()
    running = loop.create_task(_run_all(cameras))
    thread = threading.Thread(target=loop.run_until_complete, args=(_ended(running),), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(running.cancel)
        thread.join()
        loop.close()
    if not running.cancelled():
        running.result()


async def _run_all(cameras: Sequence[FleetCamera]) -> None:
    running = [asyncio.create_task(_run_later(camera, number * APART_S)) for number, camera in enumerate(cameras)]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _run_later(camera: FleetCamera, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await camera.run(math.inf)


async def _ended(running: asyncio.Task[None]) -> None:
    await asyncio.wait([running])
