"""FER2013's original table: a row an image, its 2,304 pixels as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from train.data.files import DatasetError

_COLUMNS = {"emotion", "pixels", "Usage"}


def rows_of(name: str, content: bytes) -> Iterator[dict[str, str]]:
    """The rows as column -> text; `icml_face_data.csv` has blanks before its columns' names, and Excel writes a BOM.

    Args:
        name: of the file, for messages.
        content: all of it.

    Raises:
        DatasetError: it is another table, or no text.
    """
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        columns = [column.strip() for column in next(reader, [])]
        if missing := _COLUMNS - set(columns):
            raise DatasetError(
                f"{name} lacks the column {', '.join(sorted(missing))}: FER2013 has emotion, pixels and Usage"
            )
        for row in reader:
            yield dict(zip(columns, row, strict=False))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{name} is not a table as text in UTF-8: {error}") from error
