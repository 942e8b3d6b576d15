"""`run.py bench peers`: Raut and other systems on the same clip, one core each, by turns in one run."""

from __future__ import annotations

import json as json_module
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Final

import click

from benchmarks.clips import read_clip
from benchmarks.options import PATH, json_option
from benchmarks.other_systems.environments import AbsentError, Runner, ours, runner_of
from benchmarks.other_systems.table import ABSENT, ALL_THREE, PEERS
from benchmarks.report import machine
from cli.figures import deliver, table

if TYPE_CHECKING:  # OpenCV is loaded to measure, not to show help
    from vision.frame import Image

LIVE: Final = "Raut, live"
PICTURES: Final = "Raut, each frame by itself"
MOST_FRAMES: Final = 240
WARM_UP: Final = 3
TURN: Final = 4
"""Frames that one system does before it is the next one's turn."""


@click.command()
@click.option(
    "--clip",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A video file (default: a portrait that sways, 640×480).",
)
@click.option("--frames", type=click.IntRange(min=1), default=40, show_default=True, help="Frames of each to count.")
@click.option("--only", multiple=True, metavar="NAME", help="Only peers whose names contain this; may be repeated.")
@click.option(
    "--cache",
    type=PATH,
    default=lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "raut" / "peers",
    show_default="~/.cache/raut/peers",
    help="Folder of their environments (about 3 GB), installed at first use.",
)
@json_option
def command(*, clip: Path | None, frames: int, only: tuple[str, ...], cache: Path, json: Path | None) -> None:
    """Measure Raut beside other systems that find a face and say its expression, age or gender.

    Each has an environment of its own and one core, gets the same decoded frames, and works while the others wait. What
    counts is its CPU time a frame, the median. A system that cannot be installed is named with the reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        size = write_clip(Path(folder), clip)
        figures = measure(Path(folder), frames, [name.lower() for name in only], cache)
    figures |= {"clip": str(clip or "moving portrait"), **size, "machine": machine()}
    deliver(figures, as_table(figures), json)


def measure(folder: Path, frames: int, only: Sequence[str], cache: Path) -> dict[str, Any]:
    """The figures of all systems that run here.

    Args:
        folder: has the clip.
        frames: how many of each are counted.
        only: parts of peers' names, in lower case; empty for all.
        cache: where their environments are.

    Returns:
        `systems`: by name `ms`, `gives`, `faces` (a frame, on average), `found` and `ratio`, how many times the time of
        Raut, live; `absent`: by name the reason; `fastest_ratio` and `fastest_of_all_three_ratio`.
    """
    absent = dict(ABSENT)
    with ExitStack() as stack:
        runners = {LIVE: ours("live", folder), PICTURES: ours("pictures", folder)}
        for peer in PEERS:
            if only and not any(part in peer.name.lower() for part in only):
                continue
            try:
                runners[peer.name] = runner_of(peer, folder, cache)
            except AbsentError as error:
                absent[peer.name] = str(error)
        for runner in runners.values():
            stack.callback(runner.close)
        systems = _by_turns(runners, frames, absent)
    gives = {peer.name: peer.gives for peer in PEERS} | {LIVE: ALL_THREE, PICTURES: ALL_THREE}
    for name, figures in systems.items():
        figures |= {"gives": list(gives[name]), "ratio": round(figures["ms"] / systems[LIVE]["ms"], 2)}
    peers = {name: figures for name, figures in systems.items() if name not in (LIVE, PICTURES)}
    return {
        "systems": systems,
        "fastest_ratio": min((one["ratio"] for one in peers.values()), default=None),
        "fastest_of_all_three_ratio": min(
            (one["ratio"] for one in peers.values() if one["gives"] == list(ALL_THREE)), default=None
        ),
        "absent": absent,
        "frames": frames,
    }


def _by_turns(runners: dict[str, Runner], frames: int, absent: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Let each do some frames in turn; who fails is moved to `absent`."""
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in runners}
    for count in (WARM_UP, *_turns(frames)):
        for name in list(answers):
            try:
                answers[name].append(runners[name].frames(count))
            except AbsentError as error:
                absent[name] = str(error)
                del answers[name]
    return {
        name: {
            "ms": round(median(ms for one in counted for ms in one["ms"]), 2),
            "faces": round(fmean(faces for one in counted for faces in one["faces"]), 2),
            "found": counted[-1]["found"],
        }
        for name, (_, *counted) in answers.items()
    }


def _turns(frames: int) -> Iterator[int]:
    while frames > 0:
        yield min(TURN, frames)
        frames -= TURN


def write_clip(folder: Path, clip: Path | None) -> dict[str, int]:
    """Write the clip as the runners read it: `frames.rgb` and `clip.json`.

    Args:
        folder: for both.
        clip: a video file; None for the moving portrait.

    Returns:
        `width`, `height`.
    """
    import cv2

    fps, pictures = read_clip(clip) if clip else _portrait()
    count = height = width = 0
    with (folder / "frames.rgb").open("wb") as file:
        for count, picture in enumerate(pictures, 1):
            height, width = picture.shape[:2]
            file.write(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).tobytes())
            if count == MOST_FRAMES:
                break
    size = {"width": width, "height": height}
    (folder / "clip.json").write_text(json_module.dumps({**size, "frames": count, "fps": fps}), encoding="utf-8")
    return size


def _portrait() -> tuple[float, Iterator[Image]]:
    """The moving portrait's frames a second, and its frames, BGR."""
    from benchmarks.harness.camera import FPS, moving_portrait
    from vision.frame import decode_frame

    return FPS, map(decode_frame, moving_portrait())


def as_table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [
        (name, one["ms"], one["ratio"], one["faces"], ", ".join(one["gives"]))
        for name, one in sorted(figures["systems"].items(), key=lambda item: float(item[1]["ms"]))
    ]
    heading = ("one core each, the same frames in turn", "CPU ms a frame", "times Raut, live", "faces a frame", "gives")
    absent = [f"not measured: {name}: {reason}" for name, reason in figures["absent"].items()]
    return "\n".join([table(rows, heading), "", *absent])
