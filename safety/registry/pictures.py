"""The index of protected pictures: hashes, never the pictures themselves.

One JSON object per line in a file that the host fills; adding and removing takes effect at once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from errors import UsageError
from safety.detectors.pdq import Hashes, entry_hashes
from safety.registry.hamming import HammingIndex

SURE: Final = 31  # PDQ bits; the distance that Meta recommends
SECOND_VOTES: Final = ((48, 8), (60, 6))  # PDQ bits that count where no more pHash bits differ than these


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
    """The nearest registered picture.

    Attributes:
        entry: its id.
        pdq_bits: how many of 256 differ.
        phash_bits: how many of 64 differ; 64 where the first hash was sure alone.
        score: [0, 1].
    """

    entry: str
    pdq_bits: int
    phash_bits: int
    score: float


@dataclass(frozen=True, slots=True)
class _Entry:
    """What memory keeps of a row beside its hashes."""

    id: str
    threshold: int
    digest: int

    @classmethod
    def of(cls, row: PictureRow) -> _Entry:
        whole = f"{row.id}:{row.threshold}:{row.pdq}:{row.phash}"
        return cls(row.id, row.threshold, int.from_bytes(hashlib.sha256(whole.encode()).digest()[:8]))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some entries and their hashes, row by row; `owner` is the number of a row's entry."""

    pdq: NDArray[np.uint64]
    phash: NDArray[np.uint64]
    owner: NDArray[np.int32]
    entries: tuple[_Entry, ...]
    thresholds: NDArray[np.int32]
    index: HammingIndex

    def __len__(self) -> int:
        return len(self.owner)


class PictureIndex:
    """Registered pictures in memory, written through to `path` when one is given.

    Memory holds parts that do not change, each at least twice as large as the next, as a log-structured tree does: a
    new picture makes a small part, which swallows those that are not much larger.

    Raises:
        UsageError: a line of the file is malformed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._parts: tuple[_Part, ...] = ()
        if path is not None and path.exists():
            self.load(_read(path))

    def load(self, rows: Iterable[PictureRow]) -> None:
        """Hold these rows in memory, one by one, instead of what was there; the file stays as it is."""
        self._parts = _settled([_part(rows)])

    def __len__(self) -> int:
        return sum(len(part.entries) for part in self._parts)

    @property
    def version(self) -> str:
        """Names the registered pictures and their thresholds."""
        return f"{sum(entry.digest for part in self._parts for entry in part.entries) % 2**48:012x}"

    @property
    def size_bytes(self) -> int:
        """Of the hashes and their tables."""
        return sum(part.index.size_bytes + part.phash.nbytes + part.owner.nbytes for part in self._parts)

    def add(
        self, entry: str, rgb: NDArray[np.uint8], *, title: str = "", owner: str = "", threshold: int = SURE
    ) -> None:
        """Register a picture (uint8 [H, W, 3]); replaces a row of the same id. Works at once.

        Raises:
            UsageError: the picture has too little detail to be told from others.
        """
        row = row_of(entry, rgb, title=title, owner=owner, threshold=threshold)
        self._change(lambda other: other == entry, [row])

    def put(self, prefix: str, rows: Sequence[PictureRow]) -> None:
        """Make these the only rows whose id begins with `prefix`. Works at once; changes nothing when they are."""
        held = {entry for part in self._parts for entry in part.entries if entry.id.startswith(prefix)}
        if held != {_Entry.of(row) for row in rows}:
            self._change(lambda other: other.startswith(prefix), rows)

    def remove(self, entry: str) -> None:
        """Take a picture out. Works at once.

        Raises:
            UsageError: no such picture.
        """
        if not any(held.id == entry for part in self._parts for held in part.entries):
            raise UsageError("error.registry.picture_unknown", entry=entry)
        self._change(lambda other: other == entry, ())

    def _change(self, gone: Callable[[str], bool], rows: Sequence[PictureRow]) -> None:
        with self._lock:
            if self._path is not None:
                _rewrite(self._path, gone, rows)
            self._parts = _settled([_without(part, gone) for part in self._parts] + [_part(rows)])

    def nearest(self, query: Hashes) -> PictureMatch | None:
        """The best match of any view, or None when nothing is near enough."""
        found = [match for part in self._parts if (match := _nearest(part, query)) is not None]
        return max(found, key=lambda match: match.score, default=None)


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
        id=entry,
        title=title,
        owner=owner,
        threshold=threshold,
        pdq=_pack(found.pdq),
        phash=_pack(found.phash(range(len(found)))),
    )


def _nearest(part: _Part, query: Hashes) -> PictureMatch | None:
    near = part.index.near(query, max(SECOND_VOTES[-1][0], int(part.thresholds.max())))
    owner = part.owner[near.row]
    threshold = part.thresholds[owner]
    sure = near.bits <= threshold
    second = np.full(len(sure), 64)
    for asked in np.unique(near.asked[~sure & (near.bits <= SECOND_VOTES[-1][0])]):
        these = near.asked == asked
        second[these] = np.bitwise_count(part.phash[near.row[these]] ^ query.phash([asked])[0])
    for pdq_bits, phash_bits in SECOND_VOTES:
        sure |= (near.bits <= pdq_bits) & (second <= phash_bits)
    if not sure.any():
        return None
    least = np.maximum(1, threshold)
    score = np.where(sure, 1 - np.minimum(near.bits, 2 * least) / (4 * least), 0.0)
    best = int(np.argmax(score))
    entry = part.entries[int(owner[best])]
    return PictureMatch(entry.id, int(near.bits[best]), int(second[best]), round(float(score[best]), 3))


def _part(rows: Iterable[PictureRow]) -> _Part:
    pdq, phash, entries = [], [], []
    for row in rows:
        pdq.append(_unpack(row.pdq).reshape(-1, 4))
        phash.append(_unpack(row.phash))
        entries.append(_Entry.of(row))
    if not entries:
        return _EMPTY
    owner = np.repeat(np.arange(len(entries), dtype=np.int32), [len(each) for each in phash])
    return _made(np.concatenate(pdq), np.concatenate(phash), owner, tuple(entries))


def _made(
    pdq: NDArray[np.uint64], phash: NDArray[np.uint64], owner: NDArray[np.int32], entries: tuple[_Entry, ...]
) -> _Part:
    thresholds = np.array([entry.threshold for entry in entries], np.int32)
    return _Part(pdq, phash, owner, entries, thresholds, HammingIndex(pdq))


def _without(part: _Part, gone: Callable[[str], bool]) -> _Part:
    """The part without some entries; the same object when it has none of them."""
    keep = np.array([not gone(entry.id) for entry in part.entries], np.bool_)
    if keep.all():
        return part
    rows, numbers = keep[part.owner], np.cumsum(keep, dtype=np.int32) - 1
    entries = tuple(entry for entry, kept in zip(part.entries, keep, strict=True) if kept)
    return _made(part.pdq[rows], part.phash[rows], numbers[part.owner[rows]], entries) if entries else _EMPTY


def _settled(parts: list[_Part]) -> tuple[_Part, ...]:
    """Without empty parts; those at the end are joined until each is at least twice as large as the next."""
    parts = [part for part in parts if part.entries]
    while len(parts) > 1 and len(parts[-2]) < 2 * len(parts[-1]):
        last, first = parts.pop(), parts.pop()
        parts.append(
            _made(
                np.concatenate((first.pdq, last.pdq)), np.concatenate((first.phash, last.phash)),
                np.concatenate((first.owner, last.owner + np.int32(len(first.entries)))), first.entries + last.entries,
            )
        )  # fmt: skip
    return tuple(parts)


def _pack(values: NDArray[np.uint64]) -> str:
    return base64.b64encode(values.astype("<u8").tobytes()).decode()


def _unpack(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64)


def _read(path: Path) -> Iterator[PictureRow]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = PictureRow.model_validate_json(line)
                if len(_unpack(row.pdq)) != 4 * len(_unpack(row.phash)) or not row.phash:
                    raise ValueError("uneven hashes")
            except (ValidationError, ValueError) as error:
                raise UsageError("error.registry.malformed", file=path.name, line=number) from error
            yield row


def _rewrite(path: Path, gone: Callable[[str], bool], rows: Sequence[PictureRow]) -> None:
    """Write the file without some rows and with others, all or nothing, a line in memory at a time."""
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as target:
        if path.exists():
            with path.open(encoding="utf-8") as lines:
                target.writelines(line for line in lines if not gone(json.loads(line)["id"]))
        target.writelines(row.model_dump_json() + "\n" for row in rows)
    draft.replace(path)


_EMPTY: Final = _made(np.zeros((0, 4), np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32), ())
