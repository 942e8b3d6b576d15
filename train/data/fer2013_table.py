"""Tables of labels: FER2013's original one (a row an image, its 2,304 pixels as text), FER+'s and FairFace's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from train.data.files import DatasetError

_COLUMNS = ("emotion", "pixels", "Usage")


def rows_of(
    name: str, content: bytes, columns: Sequence[str] = _COLUMNS, dataset: str = "FER2013"
) -> Iterator[dict[str, str]]:
    """The rows as column -> text; `icml_face_data.csv` has blanks before its columns' names, and Excel writes a BOM.

    Args:
        name: of the file, for messages.
        content: all of it.
        columns: that it must have.
        dataset: whose table it is, for messages.

    Raises:
        DatasetError: it is another table, or no text.
    """
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        found = [column.strip() for column in next(reader, [])]
        if missing := set(columns) - set(found):
            raise DatasetError(
                f"{name} lacks the column {', '.join(sorted(missing))}: {dataset} has {', '.join(columns[:-1])} and {columns[-1]}"
            )
        for row in reader:
            yield dict(zip(found, row, strict=False))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{name} is not a table as text in UTF-8: {error}") from error
