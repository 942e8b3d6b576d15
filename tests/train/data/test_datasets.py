"""Datasets as people have them; nothing lost silently, nothing learnt that is tested."""

import zipfile

import numpy as np
import pytest

from train.data.datasets import CSV_EMOTIONS, TEST_SPLITS, DatasetError, load_fer2013, load_utkface, utkface_split
from train.data.files import Skipped, left_out
from vision.tasks import EXPRESSIONS, fer2013_geometry, utkface_geometry


def counts(data) -> dict[str, int]:
    names, numbers = np.unique(data.split, return_counts=True)
    return dict(zip(names.tolist(), numbers.tolist(), strict=True))


def test_folder_and_zip_are_the_same_dataset(fer2013_folder, fer2013_zip):
    folder, zipped = load_fer2013(fer2013_folder, fer2013_geometry()), load_fer2013(fer2013_zip, fer2013_geometry())
    assert counts(folder) == counts(zipped) == {"train": 43, "public_test": 14, "private_test": 14}
    assert folder.sha256 == zipped.sha256
    assert (folder.images == zipped.images).all()
    assert folder.images.shape == (71, 48, 48, 1)


@pytest.mark.parametrize("depth", ["dataset", "parent"])
def test_found_by_its_own_folder_or_by_its_parents(fer2013_folder, depth):
    path = fer2013_folder if depth == "dataset" else fer2013_folder.parent
    assert len(load_fer2013(path, fer2013_geometry())) == 71


def test_what_is_left_out_is_named(fer2013_folder):
    skipped = {one.name: one.reason for one in load_fer2013(fer2013_folder, fer2013_geometry()).skipped}
    assert skipped == {
        "train/elsewhere.jpg": "not in train/<class>/ or test/<class>/",
        "train/sad/Training_998.jpg": "not a readable image",
    }


def test_duplicates_of_test_images_are_not_learnt(fer2013_folder):
    data = load_fer2013(fer2013_folder, fer2013_geometry())
    assert sorted(np.array(data.names)[data.duplicate]) == [
        "test/happy/PrivateTest_39.jpg",
        "train/sad/Training_999.jpg",
    ]
    assert len(data.for_training()) == 42
    assert len(data.for_testing()) == 28
    assert len(data.for_validation()) == 14


@pytest.mark.parametrize("form", ["folder", "zip", "csv"])
def test_test_images_alone_are_as_among_all(request, form):
    source = request.getfixturevalue(f"fer2013_{form}")
    among_all = load_fer2013(source, fer2013_geometry()).for_testing()
    alone = load_fer2013(source, fer2013_geometry(), TEST_SPLITS)
    assert alone.names == among_all.names
    assert np.array_equal(alone.images, among_all.images)
    assert np.array_equal(alone.duplicate, among_all.duplicate), (
        "a duplicate is known though its training image was not read"
    )


def test_labels_are_the_folders(fer2013_folder):
    data = load_fer2013(fer2013_folder, fer2013_geometry())
    for name, label in zip(data.names, data.labels["expression"], strict=True):
        assert name.split("/")[1] == EXPRESSIONS[label]


def test_the_original_csv(fer2013_csv):
    data = load_fer2013(fer2013_csv, fer2013_geometry())
    assert counts(data) == {"train": 7, "public_test": 7, "private_test": 7}
    first_seven = [EXPRESSIONS[label] for label in data.labels["expression"][:7]]
    assert tuple(first_seven) == CSV_EMOTIONS  # numbered in another order than the folders
    assert data.images[1, 0, :3, 0].tolist() == [31, 32, 33]
    assert [one.name for one in data.skipped] == ["fer2013.csv:23", "fer2013.csv:24"]
    assert data.duplicate.all()  # every picture stands in all three splits here


def test_utkface(utkface_folder):
    data = load_utkface(utkface_folder, utkface_geometry(32))
    assert data.images.shape == (121, 32, 32, 3)
    assert [one.name for one in data.skipped] == ["39_1_20170116174525125.jpg.chip.jpg"]
    for name, age, gender, race, split in zip(
        data.names, *(data.labels[k] for k in ("age", "gender", "race")), data.split, strict=True
    ):
        assert name.startswith(f"{age}_{gender}_{race}_")
        assert split == utkface_split(name)
    assert set(counts(data)) == {"train", "validation", "test"}


def test_utkface_zip_is_the_same(utkface_folder, tmp_path):
    path = tmp_path / "utkface.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in utkface_folder.iterdir():
            archive.write(file, f"UTKFace/{file.name}")
    by_zip, by_folder = load_utkface(tmp_path, utkface_geometry(32)), load_utkface(utkface_folder, utkface_geometry(32))
    assert by_zip.sha256 == by_folder.sha256


@pytest.mark.parametrize(
    ("basename", "split"),
    [
        ("100_0_0_20170112213500903.jpg.chip.jpg", "train"),  # sha1 % 5 == 1
        ("10_0_0_20161220222308131.jpg.chip.jpg", "train"),  # sha1 % 5 == 3
        ("10_0_0_x", "test"),  # sha1 % 5 == 0
        ("22_0_0_x", "test"),  # sha1 % 5 == 0, and // 5 % 20 == 3
    ],
)
def test_the_split_rule_is_the_written_one(basename, split):
    assert utkface_split(basename) == split


def test_the_split_s_shares():
    splits = [utkface_split(f"{number}.jpg") for number in range(5000)]
    assert splits.count("test") == pytest.approx(1000, abs=100)
    assert splits.count("validation") == pytest.approx(200, abs=50)


@pytest.mark.parametrize("load", [load_fer2013, load_utkface])
def test_absent_or_broken_data_is_a_clear_error(load, tmp_path):
    with pytest.raises(DatasetError, match=r"no (FER2013|UTKFace) at .*expected one of"):
        load(tmp_path, fer2013_geometry())
    broken = tmp_path / "broken.zip"
    broken.write_text("this is not a zip")
    with pytest.raises(DatasetError, match="not a readable zip"):
        load(broken, fer2013_geometry())
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(DatasetError, match="holds no usable image"):
        load(tmp_path / "empty.zip", fer2013_geometry())


@pytest.mark.data
def test_the_real_sets(data_dir):
    """Counts and duplicates as the data's own README gives them."""
    fer = load_fer2013(data_dir, fer2013_geometry())
    assert counts(fer) == {"train": 28709, "public_test": 3589, "private_test": 3589}
    assert fer.duplicate[fer.split != "train"].sum() == 568
    assert fer.skipped == ()
    utk = load_utkface(data_dir, utkface_geometry(32))
    assert (utk.split == "test").sum() == 4728
    assert utk.duplicate[utk.split == "test"].sum() == 121
    assert len(utk.skipped) == 3
    assert len(utk) == 23_704


# What Kaggle's zips hold: the same names in four folders, and pictures that are not the same.
KAGGLE_FOLDERS = ("crop_part1", "UTKFace", "utkface_aligned_cropped/UTKFace", "utkface_aligned_cropped/crop_part1")


@pytest.fixture(params=["folder", "zip", "parent of the folder"])
def kaggle(request, utkface_folder, tmp_path):
    """UTKFace as Kaggle packs it, whatever way it was unpacked."""
    unpacked = tmp_path / "archive"
    for folder in KAGGLE_FOLDERS:
        place = unpacked / folder
        place.mkdir(parents=True)
        for file in sorted(utkface_folder.iterdir()):
            picture = file.read_bytes() if folder == "UTKFace" else file.read_bytes() + b"other"
            (place / file.name).write_bytes(picture)
    if request.param == "folder":
        return unpacked
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "utkface.zip", "w") as archive:
            for file in sorted(unpacked.rglob("*.jpg")):
                archive.write(file, file.relative_to(unpacked))
        return tmp_path
    unpacked.rename(tmp_path / "UTKFace")
    return tmp_path


def test_each_utkface_file_name_is_read_once(kaggle, utkface_folder):
    one = load_utkface(utkface_folder, utkface_geometry(32))
    data = load_utkface(kaggle, utkface_geometry(32))
    assert data.names == one.names
    assert data.sha256 == one.sha256, "the pictures are those of the folder UTKFace"
    again = [skipped for skipped in data.skipped if skipped.reason == "a file of this name was read already"]
    assert len(again) in (0, 3 * len(one)), "the folder UTKFace alone was read, or the others are counted and named"


def test_each_fer2013_file_is_read_once(fer2013_folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "fer2013.zip", "w") as archive:
        for file in sorted(fer2013_folder.rglob("*.jpg")):
            for folder in ("", "archive/"):
                archive.write(file, f"{folder}{file.relative_to(fer2013_folder)}")
    data = load_fer2013(tmp_path, fer2013_geometry())
    assert data.sha256 == load_fer2013(fer2013_folder, fer2013_geometry()).sha256
    assert sum(one.reason == "a file of this name was read already" for one in data.skipped) == 72


# How people have the original table: the name, and what is done to its text.
@pytest.mark.parametrize("place", ["", "fer2013/", "fer2013/fer2013/", "zip"])
@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("fer2013.csv", lambda text: text, id="as it was published"),
        pytest.param("fer2013.csv", lambda text: "\ufeff" + text, id="a BOM, as Excel writes"),
        pytest.param("icml_face_data.csv", lambda text: text.replace(",pixels,Usage", ", pixels, Usage"), id="blanks"),
    ],
)
def test_the_table_as_people_have_it(fer2013_csv, tmp_path, place, name, change):
    text = change(fer2013_csv.read_text())
    if place == "zip":
        with zipfile.ZipFile(tmp_path / "fer2013.zip", "w") as archive:
            archive.writestr(f"archive/{name}", text)
    else:
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / name).write_text(text, encoding="utf-8")
    data = load_fer2013(tmp_path, fer2013_geometry())
    assert counts(data) == {"train": 7, "public_test": 7, "private_test": 7}
    assert (data.images == load_fer2013(fer2013_csv, fer2013_geometry()).images).all()
    assert [one.name for one in data.skipped] == [f"{name}:23", f"{name}:24"]


# A table that is no FER2013's, and words of the sentence.
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"label,pixels\n1,2\n", "lacks the column Usage, emotion: FER2013 has emotion, pixels and Usage"),
        (b"", "lacks the column Usage, emotion, pixels"),
        ("emotion,pixels,Usage".encode("utf-16"), "not a table as text in UTF-8"),
        (b'emotion,pixels,Usage\n1,"' + b"1 " * 100_000, "not a table as text in UTF-8: field larger"),
    ],
    ids=["other columns", "empty", "UTF-16", "one endless field"],
)
def test_another_table_is_refused_with_a_reason(tmp_path, content, words):
    (tmp_path / "fer2013.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        load_fer2013(tmp_path, fer2013_geometry())


def test_a_zip_with_backslashes_is_read(fer2013_folder, tmp_path):
    path = tmp_path / "fer2013.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(fer2013_folder.rglob("*.jpg")):
            archive.writestr("fer2013\\" + str(file.relative_to(fer2013_folder)).replace("/", "\\"), file.read_bytes())
    assert load_fer2013(path, fer2013_geometry()).sha256 == load_fer2013(fer2013_folder, fer2013_geometry()).sha256


def with_members(path, changes) -> None:
    """A zip of one image with some bytes of its two headers changed: offset in the local one -> bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("UTKFace/1_0_0_1.jpg", b"picture" * 20, zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    for offset, value in changes.items():
        content[offset : offset + len(value)] = value
        content[central + offset + 2 : central + offset + 2 + len(value)] = value  # "made by" comes first there
    path.write_bytes(content)


# What is set in the headers of the member: flags stand at 6, the method at 8.
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({6: b"\x01\x00"}, "is protected by a password: unpack it", id="password"),
        pytest.param({8: b"\x09\x00"}, "is compressed by Deflate64, .* cannot read: unpack it", id="Deflate64"),
        pytest.param({8: b"\x62\x00"}, "is compressed by PPMd, .*unpack it", id="PPMd"),
        pytest.param({8: b"\x58\x00"}, "is compressed by method 88, ", id="a method that nobody knows"),
        pytest.param({8: b"\x0c\x00"}, "is damaged at UTKFace/1_0_0_1.jpg: ", id="said to be bzip2"),
        pytest.param({8: b"\x0e\x00"}, "is damaged at UTKFace/1_0_0_1.jpg: ", id="said to be LZMA"),
        pytest.param({14: b"\x00\x00\x00\x00"}, "is damaged at .*CRC", id="another checksum"),
    ],
)
def test_a_zip_that_cannot_be_read_says_why(tmp_path, changes, words):
    path = tmp_path / "utkface.zip"
    with_members(path, changes)
    with pytest.raises(DatasetError, match=words) as raised:
        load_utkface(path, utkface_geometry(32))
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_was_left_out_is_counted_and_its_first_names_are_told():
    skipped = [Skipped(f"{number}.jpg", "no image") for number in range(1500)] + [Skipped("a.txt", "no picture")]
    assert left_out(skipped) == [
        "left out, no image: 1,500 (0.jpg, 1.jpg, 2.jpg and 1,497 more)",
        "left out, no picture: 1 (a.txt)",
    ]
