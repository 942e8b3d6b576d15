"""FER+'s votes find their images, and what cannot be used is named."""

import csv

import numpy as np
import pytest

from train.data.datasets import DatasetError, load_fer2013
from train.data.ferplus import ANSWERS, find_ferplus, most_peoples_answer, vote_shares, with_votes
from vision.tasks import EXPRESSIONS, fer2013_geometry


def write(path, rows, columns=("file", *ANSWERS)):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def votes(**counts):
    return [counts.get(answer, 0) for answer in ANSWERS]


def test_rows_find_their_files(fer2013_folder, tmp_path):
    path = write(
        tmp_path / "ferplus.csv",
        [
            ["train/happy/Training_30.jpg", *votes(happiness=9, neutral=1)],
            ["test/sad/PublicTest_56.jpg", *votes(NF=10)],
            ["train/sad/Training_50.jpg", "many", *votes()[1:]],
        ],
    )
    data = with_votes(load_fer2013(fer2013_folder, fer2013_geometry()), path)
    by_name = dict(zip(data.names, data.labels["votes"], strict=True))
    assert by_name["train/happy/Training_30.jpg"].tolist() == votes(happiness=9, neutral=1)
    assert sum(row.any() for row in by_name.values()) == 1
    assert {one.name: one.reason for one in data.skipped if one.name.startswith("ferplus")} == {
        "ferplus.csv:3": "no usable votes",
        "ferplus.csv:4": "not a row of ten numbers of votes",
    }
    assert data.where(data.split == "public_test").labels["votes"].shape == (14, 10)


def test_its_own_file_goes_row_by_row_with_the_original_csv(fer2013_csv, tmp_path):
    rows = [["Training", f"fer{number:07d}.png", *votes(anger=number % 10, fear=1)] for number in range(23)]
    path = write(tmp_path / "fer2013new.csv", rows, ("Usage", "Image name", *ANSWERS))
    data = with_votes(load_fer2013(fer2013_csv, fer2013_geometry()), path)
    assert data.labels["votes"][:, ANSWERS.index("anger")].tolist() == [number % 10 for number in range(21)]


def test_votes_of_other_images_are_an_error(fer2013_csv, tmp_path):
    path = write(tmp_path / "ferplus.csv", [["train/happy/Training_30.jpg", *votes(happiness=10)]])
    with pytest.raises(DatasetError, match="votes for none of these images"):
        with_votes(load_fer2013(fer2013_csv, fer2013_geometry()), path)


def test_the_votes_change_the_datas_hash(fer2013_folder, tmp_path):
    data = load_fer2013(fer2013_folder, fer2013_geometry())
    hashes = {data.sha256}
    for happy in (9, 8):
        path = write(tmp_path / "ferplus.csv", [["train/happy/Training_30.jpg", *votes(happiness=happy)]])
        hashes.add(with_votes(data, path).sha256)
    assert len(hashes) == 3


def test_found_beside_the_data(tmp_path):
    assert find_ferplus(tmp_path) is None
    path = write(tmp_path / "fer2013new.csv", [])
    assert find_ferplus(tmp_path) == find_ferplus(tmp_path / "fer2013.zip") == path


@pytest.mark.parametrize(
    ("counts", "answer"),
    [
        ({"happiness": 6, "neutral": 4}, "happy"),
        ({"neutral": 5, "sadness": 5}, None),  # a tie
        ({"contempt": 6, "anger": 4}, None),  # most see none of the seven
        ({"unknown": 5, "fear": 5}, None),  # a tie with one of the seven
        ({"disgust": 4, "anger": 3, "unknown": 3}, "disgust"),  # most of all, though fewer than half
        ({"NF": 6, "anger": 4}, None),
        ({}, None),
    ],
)
def test_most_peoples_answer(counts, answer):
    (found,) = most_peoples_answer(np.array([votes(**counts)]))
    assert found == (-1 if answer is None else EXPRESSIONS.index(answer))


def test_shares_are_of_those_who_named_one_of_the_seven():
    shares = vote_shares(np.array([votes(anger=3, surprise=1, contempt=4, unknown=2), votes(unknown=10)]))
    assert shares[0].tolist() == [0.75, 0, 0, 0, 0, 0, 0.25]
    assert shares[1].tolist() == [0] * 7
