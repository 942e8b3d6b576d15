"""`python run.py analyze FILE...`: one JSON line a picture, and one for each frame of a video."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.command import Choice, main_of, version_option
from cli.paths import OutputFile, OutputFolder
from vision.files.inputs import find
from vision.limits import DEFAULT_LIMITS, FrameLimits

if TYPE_CHECKING:  # OpenCV and the models are loaded to analyze, not to show help
    from vision.files.reading import Reader


@click.command()
@version_option
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--annotate", type=OutputFolder(), metavar="DIR", help="Write labelled copies of pictures and videos there."
)
@click.option("--csv", "table", type=OutputFile(), metavar="FILE", help="Write a table with a row for each face, too.")
@click.option("--every", type=click.IntRange(min=1), help="Of a video take one of so many frames (default: each).")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Of a video take so many frames a second.")
@click.option("--detector", type=Choice(("blazeface", "haar")), default="blazeface", show_default=True)
@click.option(
    "--models", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the models (default: models/)."
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    envvar="RAUT_MAX_PIXELS",
    default=DEFAULT_LIMITS.max_pixels,
    show_default=True,
    help="Largest image, width times height.",
)
def command(
    *,
    files: tuple[str, ...],
    annotate: Path | None,
    table: Path | None,
    every: int | None,
    rate: float | None,
    detector: str,
    models: Path | None,
    max_pixels: int,
) -> int:
    """Print the faces in pictures (JPEG, PNG, WebP) and videos, as JSON lines.

    FILE may be a folder, which is searched with all folders in it, a pattern such as "holiday/*.jpg", or - for a picture
    on standard input. A picture gives one line; a video one for each frame that is taken, with `frame` (counted from 0)
    and `seconds`, and a face keeps its number (`track`) through it.

    A file that cannot be analyzed gives a line with its error, and the exit status is 1.
    """
    if every is not None and rate is not None:
        raise click.UsageError("--every and --rate both say which frames of a video are taken: give one of them")
    inputs = list(find(files))
    from vision.files.outputs import Copies, Table
    from vision.files.reading import Reader
    from vision.files.video import Sampling
    from vision.pipeline import FaceAnalyzer

    reader = Reader(
        FaceAnalyzer.load(models, detector),
        FrameLimits(max_pixels=max_pixels),
        Sampling(every or 1, rate),
        Copies(annotate, inputs) if annotate else None,
    )
    rows = Table(table) if table else None
    failed = False
    try:
        for line in _with_progress(reader, inputs):
            failed |= "error" in line
            click.echo(json.dumps(line))
            if rows is not None:
                rows.add(line)
    finally:
        if rows is not None:
            rows.close()
    return int(failed)


def _with_progress(reader: Reader, inputs: list[Any]) -> Iterator[dict[str, Any]]:
    """All lines, beside a bar where one can be seen and the lines go elsewhere."""
    is_seen = sys.stderr.isatty() and not sys.stdout.isatty()
    lengths = [reader.length(one) for one in inputs] if is_seen else []
    with click.progressbar(
        length=sum(lengths) or 1, label="analyzing", show_pos=True, file=sys.stderr, hidden=not is_seen
    ) as bar:
        for index, one in enumerate(inputs):
            done = 0
            for line in reader.read(one):
                yield line
                done += 1
                bar.update(1)
            if is_seen:
                bar.update(max(lengths[index] - done, 0))


if __name__ == "__main__":
    main_of(command, "run.py analyze")
