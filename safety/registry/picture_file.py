"""The file of protected pictures: one JSON object a line, changed all or nothing, by one process at a time."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from safety.registry.rows import FileRow, parsed

FILE_NAME: Final = "pictures.jsonl"  # in the data folder
SURE: Final = 31  # PDQ bits; the distance that Meta recommends


class PictureRow(FileRow):
    """One registered picture.

    Attributes:
        title: what it shows, for reviewers.
        owner: who asked for protection.
        threshold: greatest PDQ distance that counts alone, bits.
        pdq, phash: base64 of little-endian uint64 rows.
    """

    title: str = ""
    owner: str = ""
    threshold: int = Field(default=SURE, ge=0, le=80)
    pdq: str
    phash: str

    def check(self) -> None:
        self.hashes()

    def hashes(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """uint64 [n, 4] and [n]. Raises ValueError when the row does not hold hashes."""
        pdq, phash = _unpack(self.pdq), _unpack(self.phash)
        if len(pdq) != 4 * len(phash) or not len(phash):
            raise ValueError("uneven hashes")
        return pdq.reshape(-1, 4), phash

    @property
    def digest(self) -> int:
        """64 bits that name the row as it stands in the file."""
        return _digest(self.model_dump_json().encode())


def pack(values: NDArray[np.uint64]) -> str:
    """Base64 of hashes, as rows have them."""
    return base64.b64encode(values.astype("<u8").tobytes()).decode()


def _unpack(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64)


def _digest(line: bytes) -> int:
    return int.from_bytes(hashlib.sha256(line).digest()[:8])


def read(path: Path, known: Container[int] = ()) -> Iterator[tuple[int, PictureRow | None]]:
    """The digest of each line, and its row where the digest is not `known`.

    Raises:
        UsageError: a line is malformed.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line := line.strip():
                digest = _digest(line)
                yield digest, None if digest in known else parsed(PictureRow, line, path, number)


def rows(path: Path) -> Iterator[PictureRow]:
    """All rows of the file; none where there is no file.

    Raises:
        UsageError: a line is malformed.
    """
    if path.exists():
        yield from (row for _, row in read(path) if row is not None)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file: the page, workers and the command line share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def rewrite(path: Path, gone: Callable[[str], bool], added: Sequence[PictureRow]) -> int:
    """Write the file without some rows and with others, all or nothing, a line in memory at a time.

    Returns how many rows went. Call it with the file `locked`.

    Raises:
        UsageError: a line is malformed; the file stays as it is.
    """
    draft, went = path.with_suffix(".part"), 0
    with draft.open("wb") as target:
        for row in rows(path):
            if gone(row.id):
                went += 1
            else:
                target.write(row.model_dump_json().encode() + b"\n")
        target.writelines(row.model_dump_json().encode() + b"\n" for row in added)
        target.flush()
        os.fsync(target.fileno())
    if went or added:
        draft.replace(path)
    else:
        draft.unlink()
    return went


def change(path: Path, gone: Callable[[str], bool], added: Sequence[PictureRow]) -> int:
    """As `rewrite`, by a process that holds none of the rows."""
    with locked(path):
        return rewrite(path, gone, added)
