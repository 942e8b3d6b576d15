"""What the operating system refuses, as a sentence that a person can act on."""

from __future__ import annotations

import errno
import os

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_FILE_FOR_FOLDER = (errno.ENOTDIR, errno.EEXIST)


def sentence_of(error: OSError) -> str:
    """One sentence: what could not be done, with which file, and what to do.

    Args:
        error: as caught. Libraries raise some with a text alone, which is then told as it is, in one line.
    """
    if error.errno is None:
        return " ".join(str(error).split())
    name = _name_of(error)
    if error.errno in _FULL:
        return f"the disk is full{f' ({name})' if name else ''}: free some space, or name a folder on another disk"
    if error.errno in _FORBIDDEN:
        return f"no permission for {name or 'a file'}: name one of your own, or start this as its owner"
    if error.errno == errno.ENOENT:
        return f"there is no {name or 'such file'}"
    if error.errno in _FILE_FOR_FOLDER:
        return f"{name or 'a path'} cannot be a folder: there is a file of that name, or on the way to it"
    if error.errno == errno.EISDIR:
        return f"{name or 'a path'} is a folder, and a file is needed"
    reason = (error.strerror or str(error)).lower()
    return f"{name}: {reason}" if name else reason


def _name_of(error: OSError) -> str:
    return os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else ""
