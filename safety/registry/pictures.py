"""The index of protected pictures: hashes, never the pictures themselves.

One JSON object per line in a file that the host fills; adding and removing takes effect at once.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from errors import UsageError
from safety.detectors.pdq import Hashes, entry_hashes

SURE: Final = 31  # PDQ bits; the distance that Meta recommends
SECOND_VOTE_PDQ: Final = 64
SECOND_VOTE_PHASH: Final = 8
CHUNK: Final = 262_144


class PictureRow(BaseModel):
    """One registered picture.

    Attributes:
        id: identifier, shown to reviewers only.
        title: what it shows, for reviewers.
        owner: who asked for protection.
        threshold: greatest PDQ distance that counts alone, bits.
        pdq, phash: base64 of little-endian uint64 rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    title: str = ""
    owner: str = ""
    threshold: int = Field(default=SURE, ge=0, le=80)
    pdq: str
    phash: str


@dataclass(frozen=True, slots=True)
class PictureMatch:
    """The nearest registered picture: its id, distances in bits and a score in [0, 1]."""

    entry: str
    pdq_bits: int
    phash_bits: int
    score: float


@dataclass(frozen=True, slots=True)
class _Table:
    pdq: NDArray[np.uint64]
    phash: NDArray[np.uint64]
    owner: NDArray[np.int32]
    rows: tuple[PictureRow, ...]


class PictureIndex:
    """Registered pictures in memory, written through to `path` when one is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        rows = _read(path) if path is not None and path.exists() else []
        self._table, self.version = _table(rows), _version(rows)

    def __len__(self) -> int:
        return len(self._table.rows)

    def add(
        self, entry: str, rgb: NDArray[np.uint8], *, title: str = "", owner: str = "", threshold: int = SURE
    ) -> None:
        """Register a picture (uint8 [H, W, 3]); replaces a row of the same id. Works at once.

        Raises:
            UsageError: the picture has too little detail to be told from others.
        """
        row = row_of(entry, rgb, title=title, owner=owner, threshold=threshold)
        self._change([r for r in self._table.rows if r.id != entry] + [row])

    def put(self, prefix: str, rows: Sequence[PictureRow]) -> None:
        """Make these the only rows whose id begins with `prefix`. Works at once; changes nothing when they are."""
        others = [r for r in self._table.rows if not r.id.startswith(prefix)]
        if [r for r in self._table.rows if r.id.startswith(prefix)] != list(rows):
            self._change([*others, *rows])

    def remove(self, entry: str) -> None:
        """Take a picture out. Works at once.

        Raises:
            UsageError: no such picture.
        """
        rows = [r for r in self._table.rows if r.id != entry]
        if len(rows) == len(self._table.rows):
            raise UsageError("error.registry.picture_unknown", entry=entry)
        self._change(rows)

    def _change(self, rows: list[PictureRow]) -> None:
        with self._lock:
            if self._path is not None:
                draft = self._path.with_suffix(".part")
                draft.write_text("".join(r.model_dump_json() + "\n" for r in rows), "utf-8")
                draft.replace(self._path)
            self._table = _table(rows)
            self.version = _version(rows)

    def nearest(self, query: Hashes) -> PictureMatch | None:
        """The best match of any view, or None when nothing is near enough."""
        table, best = self._table, None
        for pdq, phash in zip(query.pdq, query.phash, strict=True):
            match = _nearest(table, pdq, phash)
            if match is not None and (best is None or match.score > best.score):
                best = match
        return best


def row_of(
    entry: str, rgb: NDArray[np.uint8], *, title: str = "", owner: str = "", threshold: int = SURE
) -> PictureRow:
    """The row of a picture (uint8 [H, W, 3]): its hashes, from which it cannot be drawn again.

    Raises:
        UsageError: the picture has too little detail to be told from others.
    """
    found = entry_hashes(rgb)
    if not len(found):
        raise UsageError("error.registry.picture_plain", entry=entry)
    return PictureRow(
        id=entry, title=title, owner=owner, threshold=threshold, pdq=_pack(found.pdq), phash=_pack(found.phash)
    )


def _version(rows: list[PictureRow]) -> str:
    """Names the registered pictures and their thresholds."""
    whole = "|".join(sorted(f"{row.id}:{row.threshold}:{row.pdq}" for row in rows))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _nearest(table: _Table, pdq: NDArray[np.uint64], phash: np.uint64) -> PictureMatch | None:
    best: PictureMatch | None = None
    for start in range(0, len(table.phash), CHUNK):
        stop = start + CHUNK
        bits = np.bitwise_count(table.pdq[start:stop] ^ pdq).sum(axis=1, dtype=np.int32)
        for at in np.flatnonzero(bits <= SECOND_VOTE_PDQ)[:64]:
            row = table.rows[int(table.owner[start + at])]
            second = int(np.bitwise_count(table.phash[start + at] ^ phash))
            near = int(bits[at])
            if near <= row.threshold or second <= SECOND_VOTE_PHASH:
                score = round(1 - min(near, 2 * row.threshold) / (4 * max(1, row.threshold)), 3)
                if best is None or score > best.score:
                    best = PictureMatch(row.id, near, second, score)
    return best


def _pack(values: NDArray[np.uint64]) -> str:
    return base64.b64encode(values.astype("<u8").tobytes()).decode()


def _unpack(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64)


def _read(path: Path) -> list[PictureRow]:
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = PictureRow.model_validate_json(line)
            if len(_unpack(row.pdq)) != 4 * len(_unpack(row.phash)) or not row.phash:
                raise ValueError("uneven hashes")
        except (ValidationError, ValueError) as error:
            raise UsageError("error.registry.malformed", file=path.name, line=number) from error
        rows.append(row)
    return rows


def _table(rows: list[PictureRow]) -> _Table:
    pdq = [_unpack(r.pdq).reshape(-1, 4) for r in rows]
    phash = [_unpack(r.phash) for r in rows]
    owner = [np.full(len(p), n, np.int32) for n, p in enumerate(phash)]
    if not rows:
        return _Table(np.zeros((0, 4), np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32), ())
    return _Table(np.concatenate(pdq), np.concatenate(phash), np.concatenate(owner), tuple(rows))
