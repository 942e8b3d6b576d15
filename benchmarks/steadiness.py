"""`python run.py bench steadiness CLIP...`: do faces keep their numbers and labels, clip by clip and face by face?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from benchmarks.clips import read_clip
from benchmarks.options import json_option
from benchmarks.report import machine
from cli.figures import deliver, table

if TYPE_CHECKING:  # OpenCV is loaded to measure, not to show help
    from vision.frame import Image

KEYS: Final = (
    *("track", "presence", "expression_changes_per_minute", "gender_changes_per_minute", "age_sd_years"),
    *("age_years", "unpleasant_share", "unsure_share"),
)

UNPLEASANT: Final = ("angry", "disgust", "fear", "sad")
"""What people who sit and listen must not be called."""


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="How often each is played, there and back.",
)
@click.option(
    "--jpeg",
    type=click.IntRange(1, 100),
    metavar="QUALITY",
    help="Send frames as JPEG of this quality, as a page does (it uses up to 80): those with large faces are then decoded smaller.",
)
@json_option
def command(clips: tuple[Path, ...], rounds: int, jpeg: int | None, json: Path | None) -> int:
    """Play clips at their own speed as a camera, and print how steady numbers and labels are.

    A track switch is a number more than there are faces on any one frame. Presence is the share of all frames on which
    that face was labelled; the other shares are of these: called angry, disgust, fear or sad, and unsure.
    """
    figures = {clip.name: measure(clip, rounds, jpeg) for clip in clips}
    rows = [
        (name, *(face[key] for key in KEYS), figure["track_switches"])
        for name, figure in figures.items()
        for face in figure["tracks"]
    ]
    deliver({"clips": figures, "machine": machine()}, table(rows, ("clip", *KEYS, "track_switches")), json)
    return 0


def measure(clip: Path, rounds: int, jpeg: int | None = None) -> dict:
    """The figures of one clip.

    Args:
        clip: a video file that OpenCV reads.
        rounds: how often it is played, forwards and backwards by turns, so that it has no cut.
        jpeg: quality, 1 to 100, of the frames that are sent; None to analyse the clip's own.
    """
    from vision.pipeline import FaceAnalyzer
    from vision.tracking import FaceTracker

    fps, pictures = read_clip(clip)
    frames = list(pictures)
    clock = itertools.count()  # one tick a frame
    analyzer, tracker = FaceAnalyzer.load(), FaceTracker(lambda: next(clock) / fps, searches_later=True)
    seen: dict[int, list[dict]] = {}
    most = count = 0
    for frame in (frame for turn in range(rounds) for frame in frames[:: -1 if turn % 2 else 1]):
        count += 1
        if jpeg is None:
            analysis = analyzer.analyze(frame, tracker)
        else:
            analysis = analyzer.analyze_bytes(_encoded(frame, jpeg), tracker=tracker)
        analyzer.search_later(tracker)  # as a worker does
        faces = analysis.to_dict()["faces"]
        most = max(most, len(faces))
        for face in faces:
            seen.setdefault(face["track"], []).append(face)
    return {
        "seconds": round(count / fps, 2),
        "fps": round(fps, 2),
        "track_switches": len(seen) - most,
        "tracks": [_steadiness(number, faces, count, fps) for number, faces in seen.items()],
    }


def _encoded(frame: Image, quality: int) -> bytes:
    import cv2

    return cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _steadiness(number: int, faces: list[dict], frames: int, fps: float) -> dict:
    import numpy as np

    minutes = len(faces) / fps / 60
    years = [face["age"]["years"] for face in faces]
    return {
        "track": number,
        "presence": round(len(faces) / frames, 4),
        "expression_changes_per_minute": round(_changes(face["expression"]["label"] for face in faces) / minutes, 2),
        "gender_changes_per_minute": round(_changes(face["gender"]["label"] for face in faces) / minutes, 2),
        "age_sd_years": round(float(np.std(years)), 2),
        "age_years": round(float(np.median(years)), 1),
        "unpleasant_share": _share(face["expression"]["label"] in UNPLEASANT for face in faces),
        "unsure_share": _share(face["expression"]["unsure"] for face in faces),
    }


def _share(verdicts: Iterable[bool]) -> float:
    told = list(verdicts)
    return round(sum(told) / len(told), 4)


def _changes(labels: Iterable[str]) -> int:
    return sum(before != after for before, after in itertools.pairwise(labels))
