"""`python run.py analyze FILE...`: one JSON line a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.command import Choice, main_of, version_option

if TYPE_CHECKING:  # OpenCV and the models are loaded to analyze, not to show help
    from vision.pipeline import FaceAnalyzer


@click.command()
@version_option
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--detector", type=Choice(("blazeface", "haar")), default="blazeface", show_default=True)
@click.option(
    "--models", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the models (default: models/)."
)
def command(*, files: tuple[str, ...], detector: str, models: Path | None) -> int:
    """Print the faces in JPEG, PNG and WebP files, one JSON line a file.

    A file that cannot be analyzed gives a line with its error, and the exit status is 1.
    """
    from vision.pipeline import FaceAnalyzer

    analyzer = FaceAnalyzer.load(models, detector)
    failed = False
    for path in files:
        line = _analyze_file(analyzer, path)
        failed |= "error" in line
        click.echo(json.dumps({"file": str(path)} | line))
    return int(failed)


def _analyze_file(analyzer: FaceAnalyzer, path: str) -> dict:
    from vision.frame import FrameError, FrameLimits

    try:
        size = Path(path).stat().st_size
        if size > FrameLimits().max_bytes:
            raise FrameError(
                "too_many_bytes", f"the file has {size:,} bytes; at most {FrameLimits().max_bytes:,} are taken"
            )
        return analyzer.analyze_bytes(Path(path).read_bytes()).to_dict()
    except OSError as error:
        return {"error": f"cannot read {path}: {error.strerror}"}
    except FrameError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    main_of(command, "run.py analyze")
