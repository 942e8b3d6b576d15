"""`python run.py report --data DIR`: one HTML page with all that was measured of the models."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from cli.command import main_of, version_option
from train.commands.options import OUTPUT_FILE, PATH, data_option, models_option


@click.command()
@version_option
@data_option
@click.option(
    "--out",
    type=OUTPUT_FILE,
    metavar="FILE",
    default=Path("raut-report.html"),
    show_default=True,
    help="The page to write.",
)
@models_option
@click.option("--paper", type=PATH, metavar="DIR", help="Models of `train --recipe paper` (default: MODELS/paper).")
@click.option(
    "--bench", "benches", type=PATH, multiple=True, metavar="FILE", help="JSON of a `bench` (may be repeated)."
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=12,
    show_default=True,
    metavar="N",
    help="Mistakes to show of each model.",
)
@click.pass_obj
def command(
    arguments: tuple[str, ...],
    *,
    data: Path,
    out: Path,
    models: Path,
    paper: Path | None,
    benches: tuple[Path, ...],
    examples: int,
) -> None:
    """Write one HTML page: figures, tables, curves, studies, examples of errors."""
    from train.report.gathering import gather
    from train.report.page import render

    made_by = f"python run.py report {shlex.join(arguments)}"
    page = render(gather(data, models, paper or models / "paper", benches, examples, made_by))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    print(f"{out}: {len(page.encode()) / 1e6:.1f} MB, to open in any browser")
    if examples:
        print("It shows people of the test images: keep it to yourself, as the data sets' licences ask.")


if __name__ == "__main__":
    main_of(command, "run.py report")
