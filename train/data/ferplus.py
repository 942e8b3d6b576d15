"""FER+ (Barsoum et al. 2016): what ten people each said of every FER2013 image.

Read as a `ferplus.csv` with one row a file (`file`, then the votes), which goes with Kaggle's folders or zip, or as FER+'s own
`fer2013new.csv`, whose rows are those of the original `fer2013.csv`. Rows that cannot be used are counted and named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.datasets import FaceDataset
from train.data.fer2013_table import rows_of
from train.data.files import DatasetError, Skipped
from vision.tasks import EXPRESSIONS

ANSWERS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
"""What a person could say of an image, in FER+'s order; NF: not a face."""

_OTHER_WORDS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}

_COLUMNS = [ANSWERS.index(_OTHER_WORDS.get(label, label)) for label in EXPRESSIONS]

_EVERYBODY = 10
"""As many votes for NF say that the file has none for the image."""


def find_ferplus(data: Path) -> Path | None:
    """The votes' file beside the datasets, or beside FER2013's own file; None where there is none."""
    folder = data if data.is_dir() else data.parent
    return next((folder / name for name in ("ferplus.csv", "fer2013new.csv") if (folder / name).is_file()), None)


def with_votes(dataset: FaceDataset, path: Path) -> FaceDataset:
    """FER2013 with its votes as a further label, `votes` (N, 10) int64 in the order of `ANSWERS`.

    An image without usable votes has zeros. `skipped` gains the rows left out, and `sha256` tells of the votes, too.

    Args:
        dataset: as `train.data.datasets.load_fer2013` gives it.
        path: `ferplus.csv` or `fer2013new.csv`.

    Raises:
        DatasetError: no row of it is of an image of the dataset.
    """
    skipped: list[Skipped] = []
    by_image = dict(_rows(path, skipped))
    nobody = (0,) * len(ANSWERS)
    # Images of FER2013's original table are called by their row in it: `fer2013.csv:2`.
    votes = np.array(
        [by_image.get(name, by_image.get(name.rpartition(":")[2], nobody)) for name in dataset.names], np.int64
    )
    if not votes.any():
        raise DatasetError(
            f"{path} has votes for none of these images: ferplus.csv goes with Kaggle's folders or zip, "
            "fer2013new.csv with fer2013.csv"
        )
    digest = hashlib.sha256(f"{dataset.sha256} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode()).hexdigest()
    return replace(
        dataset, labels=dataset.labels | {"votes": votes}, skipped=(*dataset.skipped, *skipped), sha256=digest
    )


def vote_shares(votes: NDArray[np.int64]) -> NDArray[np.float32]:
    """The share of those who named one of the seven expressions that named each.

    Args:
        votes: (N, 10), in the order of `ANSWERS`.

    Returns:
        (N, 7) float32 in the order of `EXPRESSIONS`; rows sum to 1, or to 0 where nobody named one.
    """
    counts = votes[:, _COLUMNS].astype(np.float32)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def most_peoples_answer(votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The expression with most votes of all, as an index into `EXPRESSIONS`, (N,).

    It is -1 where the most votes are a tie, or are for contempt, for unknown or for no face: what people see is not
    one of the seven expressions then.
    """
    most = votes.max(axis=1)
    alone = (votes == most[:, None]).sum(axis=1) == 1
    of_seven = votes[:, _COLUMNS]
    clear = alone & (of_seven.max(axis=1) == most) & (most > 0)
    return np.where(clear, of_seven.argmax(axis=1), -1)


def _rows(path: Path, skipped: list[Skipped]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each usable row: the image's name as the dataset has it, and its votes."""
    for number, row in enumerate(rows_of(path.name, path.read_bytes(), ANSWERS, "FER+"), start=2):
        try:
            votes = tuple(int(row[answer]) for answer in ANSWERS)
        except (KeyError, ValueError):
            skipped.append(Skipped(f"{path.name}:{number}", "not a row of ten numbers of votes"))
            continue
        if votes[ANSWERS.index("NF")] >= _EVERYBODY or sum(votes) == 0:
            skipped.append(Skipped(f"{path.name}:{number}", "no usable votes"))
            continue
        # fer2013new.csv has a row for each of the original table, in its order, and names no file of it.
        yield row.get("file") or str(number), votes
