"""What the operating system refuses is one sentence that says with which file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cli.os_errors import sentence_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, ("the disk is full", "a/b.json", "free some space")),
        (errno.EDQUOT, ("the disk is full", "a/b.json")),
        (errno.EACCES, ("no permission for a/b.json", "as its owner")),
        (errno.EROFS, ("no permission for a/b.json",)),
        (errno.ENOENT, ("there is no a/b.json",)),
        (errno.ENOTDIR, ("a/b.json cannot be a folder", "a file of that name")),
        (errno.EEXIST, ("a/b.json cannot be a folder",)),
        (errno.EISDIR, ("a/b.json is a folder", "a file is needed")),
        (errno.EIO, ("a/b.json: input/output error",)),
    ],
    ids=errno.errorcode.get,
)
def test_sentences(number: int, words: tuple[str, ...]) -> None:
    with_name = sentence_of(OSError(number, os.strerror(number), "a/b.json"))
    for word in words:
        assert word in with_name
    without = sentence_of(OSError(number, os.strerror(number)))
    assert without and "None" not in without


def test_a_path_and_bytes_are_names_too() -> None:
    assert "there is no a" in sentence_of(FileNotFoundError(errno.ENOENT, "", Path("a")))
    assert "there is no a" in sentence_of(FileNotFoundError(errno.ENOENT, "", b"a"))


def test_a_library_s_own_text_is_told_in_one_line() -> None:
    assert sentence_of(OSError("unable to open file\n(file signature not found)")) == (
        "unable to open file (file signature not found)"
    )


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as raised:
        (tmp_path / "file" / "folder").mkdir(parents=True, exist_ok=True)
    assert "cannot be a folder: there is a file of that name, or on the way to it" in sentence_of(raised.value)
