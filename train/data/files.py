"""The files of a dataset as people have them: in a folder, or in a zip of whatever kind.

What cannot be read is said in one sentence, with what to do; nothing is left out silently.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp")

_METHODS: Final = {9: "Deflate64, as Windows packs large files", 97: "WavPack", 98: "PPMd", 93: "Zstandard", 99: "AES"}
"""What zip programs use and Python cannot read, by its number in the file."""

_NAMES_SHOWN: Final = 3

_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError)


class DatasetError(ValueError):
    """The data is not where it should be, or not what it should be; the message says what to do."""


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    name: str
    reason: str


def left_out(skipped: Sequence[Skipped]) -> list[str]:
    """What was left out, for people: a line for each reason, with the number of files and the first names."""
    by_reason: dict[str, list[str]] = {}
    for one in skipped:
        by_reason.setdefault(one.reason, []).append(one.name)
    return [f"left out, {reason}: {_counted(names)}" for reason, names in by_reason.items()]


def _counted(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{len(names):,} ({shown}{f' and {more:,} more' if more > 0 else ''})"


def find_dataset(data: Path, names: tuple[str, ...], is_it: Callable[[Path], bool], dataset: str) -> Path:
    """The dataset itself, given its own path or the folder that holds it.

    Args:
        data: as a person gave it.
        names: of files and folders in `data`, the likeliest first.
        is_it: whether a folder is the dataset.
        dataset: its name, for the message.

    Raises:
        DatasetError: it is not there.
    """
    if data.is_file() or (data.is_dir() and is_it(data)):
        return data
    for name in names:
        candidate = data / name
        if candidate.is_file():
            return candidate
        if candidate.is_dir():  # a zip is often unpacked into a folder of its own name
            for folder in (candidate, *sorted(below for below in candidate.iterdir() if below.is_dir())):
                if is_it(folder):
                    return folder
    raise DatasetError(f"no {dataset} at {data}: expected one of {', '.join(names)} there, or the dataset's own folder")


Rank = Callable[[PurePosixPath], tuple[int, ...]]
"""What comes first, given a path inside the dataset; among equals the path decides."""


def image_files(source: Path, rank: Rank = lambda _: ()) -> Iterator[tuple[str, bytes]]:
    """Every image under a folder or in a zip, as (path inside it, bytes).

    Args:
        source: the folder or the zip.
        rank: what comes first; by default the paths alone decide.

    Raises:
        DatasetError: the zip cannot be read.
    """
    return files(source, IMAGE_SUFFIXES, rank)


def files(source: Path, suffixes: tuple[str, ...], rank: Rank = lambda _: ()) -> Iterator[tuple[str, bytes]]:
    """Every file of some kinds under a folder or in a zip; the rest as of `image_files`.

    Args:
        source: the folder or the zip.
        suffixes: in lower case, as `.jpg`.
        rank: what comes first.
    """

    def in_order(paths: Iterable[str]) -> list[str]:
        wanted = (PurePosixPath(path) for path in paths if path.lower().endswith(suffixes))
        return [str(path) for path in sorted(wanted, key=lambda path: (rank(path), path))]

    if source.is_dir():
        for path in in_order(file.relative_to(source).as_posix() for file in source.rglob("*") if file.is_file()):
            yield path, (source / path).read_bytes()
        return
    try:
        archive = zipfile.ZipFile(source)
    except _DAMAGED as error:
        raise DatasetError(f"{source} is not a readable zip file: {error}") from error
    with archive:
        members = {_path_of(member): member for member in archive.infolist()}
        for path in in_order(members):
            yield path, _content(archive, members[path], source)


def _path_of(member: zipfile.ZipInfo) -> str:
    """Its path with slashes: some Windows programs write backslashes."""
    return str(PurePosixPath(member.filename.replace("\\", "/")))


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: Path) -> bytes:
    if member.flag_bits & 1:
        raise DatasetError(f"{source} is protected by a password: unpack it, and give the folder")
    try:
        return archive.read(member)
    except NotImplementedError as error:
        method = _METHODS.get(member.compress_type, f"method {member.compress_type}")
        raise DatasetError(
            f"{source} is compressed by {method}, which Python cannot read: unpack it, and give the folder"
        ) from error
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, not the decompressor's
        raise DatasetError(f"{source} is damaged at {member.filename}: {error}") from error
