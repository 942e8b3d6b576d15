"""Reading a file of weights that PyTorch saved, without PyTorch: that is a gigabyte, and the arrays are all that is wanted.

Such a file is a pickle that refers to raw arrays. Only the few names that weights need are let through, so that no
file can run code here.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of a file from before PyTorch 1.6."""

_DAMAGED = (
    *(pickle.UnpicklingError, zipfile.BadZipFile, EOFError, StopIteration),
    *(AttributeError, IndexError, KeyError, TypeError, ValueError),
)
"""What reading something else, or a part of a file, ends in."""

_TYPES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


def read_pytorch_weights(path: str | Path) -> dict[str, NDArray]:
    """The arrays in a `.pth` file, by name.

    Args:
        path: of what `torch.save(model.state_dict(), path)` wrote, by any version.

    Raises:
        ValueError: it is no such file, is damaged, or holds more than arrays.
        OSError: it cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            if zipfile.is_zipfile(file):
                return _arrays(_read_zip(file))
            file.seek(0)
            return _arrays(_read_old(file))
    except _DAMAGED as error:
        raise ValueError(f"{path} is not a file of PyTorch's weights: {error or type(error).__name__}") from error


def _arrays(state: Any) -> dict[str, NDArray]:
    if not isinstance(state, dict) or not all(isinstance(array, np.ndarray) for array in state.values()):
        raise pickle.UnpicklingError("it holds something else than weights by name")
    return dict(state)


def _read_zip(file: IO[bytes]) -> Any:
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        folder = name.removesuffix("data.pkl")

        def storage(kind: str, key: str, count: int) -> NDArray:
            return np.frombuffer(archive.read(f"{folder}data/{key}"), kind, count)

        with archive.open(name) as pickled:
            return _Weights(pickled, storage).load()


def _read_old(file: IO[bytes]) -> Any:
    """The arrays follow the pickle: it is read twice, first to see where they end up."""
    if _plain(file) != _MAGIC:
        raise pickle.UnpicklingError("it does not begin as one")
    _plain(file), _plain(file)  # the protocol's version, and the machine it was saved on
    begins = file.tell()
    kinds: dict[str, str] = {}

    def note(kind: str, key: str, count: int) -> NDArray:
        kinds[key] = kind
        return np.zeros(count, kind)

    _Weights(file, note).load()
    found: dict[str, NDArray] = {}
    for key in _plain(file):
        count = int.from_bytes(file.read(8), "little")
        found[key] = np.frombuffer(file.read(count * np.dtype(kinds[key]).itemsize), kinds[key], count)
    file.seek(begins)
    return _Weights(file, lambda kind, key, count: found[key]).load()


def _plain(file: IO[bytes]) -> Any:
    return _Weights(file, _no_storage).load()


def _no_storage(kind: str, key: str, count: int) -> NDArray:
    raise pickle.UnpicklingError("an array where none belongs")


class _Weights(pickle.Unpickler):
    """Reads arrays, dicts and plain values; refuses any other name."""

    def __init__(self, file: IO[bytes], storage: Callable[[str, str, int], NDArray]):
        super().__init__(file)
        self.storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuilt,
            ("torch._utils", "_rebuild_parameter"): lambda data, requires_grad, hooks: data,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no weights need")
        return known[module, name]

    def persistent_load(self, reference: Any) -> NDArray:
        _, kind, key, _, count, *_ = reference
        return self.storage(kind, key, count)


def _rebuilt(storage: NDArray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> NDArray:
    """An array of a part of the storage; what lies beyond its end is an error."""
    last = offset + sum((side - 1) * step for side, step in zip(shape, strides, strict=True))
    if min(shape, default=1) > 0 and not 0 <= last < len(storage):
        raise pickle.UnpicklingError("an array is longer than what was saved")
    steps = tuple(step * storage.itemsize for step in strides)
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps, writeable=False).copy()
