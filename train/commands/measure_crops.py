"""`python run.py measure-crops --data DIR`: where the data sets' images have eyes and mouth."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import main_of, version_option
from train.commands.options import data_option


@click.command()
@version_option
@data_option
def command(*, data: Path) -> None:
    """Measure where the detector finds eyes and mouth in the data sets' own images.

    The crop that a CNN sees live is made to look like them: `vision.alignment` has these figures.
    """
    from train.data.measure_crop_geometry import print_geometry

    print_geometry(data)


if __name__ == "__main__":
    main_of(command, "run.py measure-crops")
