"""`python run.py analyze FILE...`: one JSON line a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.command import Choice, main_of, version_option
from vision.limits import DEFAULT_LIMITS, FrameError, FrameLimits, in_one_line, refusing_failures, too_many_bytes

if TYPE_CHECKING:  # OpenCV and the models are loaded to analyze, not to show help
    from vision.pipeline import FaceAnalyzer


@click.command()
@version_option
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
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
def command(*, files: tuple[str, ...], detector: str, models: Path | None, max_pixels: int) -> int:
    """Print the faces in JPEG, PNG and WebP files, one JSON line a file.

    A file that cannot be analyzed gives a line with its error, and the exit status is 1.
    """
    from vision.pipeline import FaceAnalyzer

    analyzer = FaceAnalyzer.load(models, detector)
    limits = FrameLimits(max_pixels=max_pixels)
    failed = False
    for path in files:
        line = _analyze_file(analyzer, path, limits)
        failed |= "error" in line
        click.echo(json.dumps({"file": str(path)} | line))
    return int(failed)


def _analyze_file(analyzer: FaceAnalyzer, path: str, limits: FrameLimits) -> dict:
    try:
        with refusing_failures():
            return analyzer.analyze_bytes(_read(path, limits), limits).to_dict()
    except FrameError as error:
        if isinstance(error.__cause__, OSError):
            return {"error": f"cannot read {path}: {error.__cause__.strerror}"}
        if error.__cause__ is not None:
            click.echo(f"raut: {path}: {in_one_line(error.__cause__)}", err=True)
        return {"error": str(error)}


def _read(path: str, limits: FrameLimits) -> bytes:
    """A file's bytes; of one without an end, such as a device, no more than it takes to refuse it."""
    size = Path(path).stat().st_size
    if size > limits.max_bytes:
        raise too_many_bytes(size, limits)
    with Path(path).open("rb") as file:
        return file.read(limits.max_bytes + 1)


if __name__ == "__main__":
    main_of(command, "run.py analyze")
