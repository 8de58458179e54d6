"""Read a PyTorch weight file without PyTorch, and without running what a pickle may hold.

The packages whose weights we use as data were saved by ``torch.save`` before version 1.6: a row of
pickles (magic number, protocol, system facts, the dictionary, the storage keys) followed by the raw storages.
Only the handful of names that a plain ``state_dict`` needs can be resolved; everything else is refused.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8", "HalfStorage": "<f2", "IntStorage": "<i4"}


class _Storage:
    """A flat array that is filled after the dictionary has been read."""

    def __init__(self, dtype: str, size: int) -> None:
        self.array = np.zeros(size, dtype)


class _View:
    """A tensor: a strided window on a storage."""

    def __init__(self, storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def array(self) -> NDArray[Any]:
        flat = self.storage.array
        last = self.offset + sum((n - 1) * s for n, s in zip(self.size, self.stride, strict=True))
        if min(self.stride, default=0) < 0 or self.offset < 0 or (flat.size and last >= flat.size):
            raise ValueError("a tensor reaches beyond its storage")
        strides = tuple(s * flat.itemsize for s in self.stride)
        return np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat[self.offset :], self.size, strides))


def _rebuild(storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object) -> _View:
    return _View(storage, offset, size, stride)


class _Reader(pickle.Unpickler):
    def __init__(self, source: BinaryIO) -> None:
        super().__init__(source)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _DTYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a weight file")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, _, size = pid[:5]
        return self.storages.setdefault(str(key), _Storage(_DTYPES[kind], int(size)))


def read_state(path: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of a ``state_dict`` file, by name.

    Raises:
        Unavailable: the file is missing or not such a file.
    """
    try:
        return _read(io.BytesIO(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pickle.UnpicklingError, EOFError) as error:
        raise Unavailable("error.models.unreadable", part=path.name) from error


def _read(source: BinaryIO) -> dict[str, NDArray[np.float32]]:
    reader = _Reader(source)
    if reader.load() != _MAGIC:
        raise ValueError("not a weight file")
    for _ in range(2):  # protocol version, facts about the writing system
        _Reader(source).load()
    reader = _Reader(source)
    state: dict[str, _View] = reader.load()
    for key in _Reader(source).load():
        storage = reader.storages[str(key)].array
        count = int.from_bytes(source.read(8), "little")
        if count != storage.size:
            raise ValueError("a storage has another size than its tensors say")
        storage[:] = np.frombuffer(source.read(storage.nbytes), storage.dtype)
    return {name: view.array() for name, view in state.items()}
