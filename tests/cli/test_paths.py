"""Where a command is to write is looked at before the work; what cannot be written is one sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cli.paths import why_no_file, why_no_folder
from tests.command_line import raut


@pytest.fixture
def places(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    return tmp_path


# The system refuses root little; /proc is refused to everybody.
NOBODY_S = pytest.param("/proc/1/raut", "cannot be written to", id="no permission", marks=pytest.mark.skipif(
    sys.platform != "linux", reason="Linux's /proc"))  # fmt: skip


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("folder", "", id="there"),
        pytest.param("folder/new/deep", "", id="can be made"),
        pytest.param("file", "file is a file, and a folder is needed", id="a file"),
        pytest.param("file/new/deep", "file is a file, and a folder is needed", id="a file on the way"),
        NOBODY_S,
    ],
)
def test_folders(places: Path, path: str, words: str) -> None:
    problem = why_no_folder(places / path)
    assert words in problem and bool(words) == bool(problem)
    assert not (places / "folder" / "new").exists(), "nothing is made yet"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("file", "", id="there"),
        pytest.param("new.json", "", id="can be made"),
        pytest.param("folder/new/deep.json", "", id="with its folder"),
        pytest.param("folder", "folder is a folder, and a file is needed", id="a folder"),
        pytest.param("file/new.json", "file is a file, and a folder is needed", id="a file on the way"),
        NOBODY_S,
    ],
)
def test_files(places: Path, path: str, words: str) -> None:
    problem = why_no_file(places / path)
    assert words in problem and bool(words) == bool(problem)


def test_a_relative_path_is_below_the_folder_one_is_in(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(places)
    assert why_no_folder(Path("runs/age")) == why_no_file(Path("figures.json")) == ""
    monkeypatch.chdir(places / "folder")
    assert "is a file" in why_no_folder(Path("../file/runs"))


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write everywhere")
def test_a_folder_of_somebody_else_s(places: Path) -> None:
    (places / "folder").chmod(0o555)
    assert "no permission" in why_no_folder(places / "folder" / "runs")


# Each option that names something to write. The data is not there either, and is not looked for.
@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["train", "age"], "--runs"),
        (["train", "age"], "--models"),
        (["evaluate"], "--json"),
        (["evaluate"], "--figures"),
        (["report"], "--out"),
        (["restore", "age"], "--runs"),
        (["publish", "age"], "--models"),
        (["study", "seeds"], "--runs"),
        (["study", "compression"], "--runs"),
        (["study", "fairness"], "--json"),
        (["study", "robustness"], "--figures"),
        (["study", "robustness"], "--examples"),
    ],
)
def test_it_is_said_before_the_data_is_read(
    places: Path, command: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raut(*command, "--data", places / "no data", option, places / "file" / "below") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"raut: invalid value for '{option}': {places / 'file'} is a file, and a folder is needed.")
