"""The index of protected pictures: hashes, never the pictures themselves.

One JSON object per line in a file that the host fills; adding and removing takes effect at once.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import RLock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from errors import UsageError
from safety.detectors.pdq import Hashes, entry_hashes
from safety.registry import picture_file
from safety.registry.hamming import HammingIndex, Near
from safety.registry.picture_file import SURE, PictureRow, pack
from safety.registry.rows import Stamp, stamp

SECOND_VOTE: Final = 48, 10  # PDQ bits that count where no more pHash bits differ
FAR_VOTE: Final = 60, 6  # the same, where two pairs of views agree
MOST_FAINT: Final = 0.9  # of the bits of a view; with more, it is a gradient or stripes
LEAST_VIEWS: Final = 30  # of 90 or more; with fewer, the picture is too plain to be told from others
LEAST_BYTES: Final = 150, 280  # of the picture in 64 x 64 pixels of 16 levels, deflated; times its faint bits
SIMPLE_BYTES: Final = 300  # below, fewer bits may differ
log = logging.getLogger(__name__)


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
    """What memory keeps of a row beside its hashes; `digest` names the row."""

    id: str
    threshold: int
    digest: int


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
    """Registered pictures in memory, written through to `path` when one is given, and read again when another process
    has changed it. Where that cannot be read, what was held before stays in use, and the log says so.

    Memory holds parts that do not change, each at least twice as large as the next, as a log-structured tree does: a
    new picture makes a small part, which swallows those that are not much larger.

    Raises:
        UsageError: a line of the file is malformed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = RLock()
        self._parts: tuple[_Part, ...] = ()
        self._version = _version(())
        self._put: dict[str, tuple[PictureRow, ...]] = {}  # by prefix; the file is not asked about these
        self._stamp = stamp(path)
        if path is not None and self._stamp is not None:
            self._read(path)

    def load(self, rows: Iterable[PictureRow]) -> None:
        """Hold these rows in memory, one by one, instead of what was there; the file stays as it is."""
        self._hold([_part((row.digest, row) for row in rows)])

    def __len__(self) -> int:
        return sum(len(part.entries) for part in self._current())

    @property
    def version(self) -> str:
        """Names the registered pictures and their thresholds."""
        self._current()
        return self._version

    @property
    def size_bytes(self) -> int:
        """Of the hashes and their tables."""
        return sum(part.index.size_bytes + part.phash.nbytes + part.owner.nbytes for part in self._parts)

    def add(
        self, entry: str, rgb: NDArray[np.uint8], *, title: str = "", owner: str = "", threshold: int | None = None
    ) -> None:
        """Register a picture (uint8 [H, W, 3]); replaces a row of the same id. Works at once.

        Raises:
            UsageError: the picture has too little detail to be told from others, or a line of the file is malformed.
        """
        row = row_of(entry, rgb, title=title, owner=owner, threshold=threshold)
        self._change(lambda other: other == entry, [row])

    def put(self, prefix: str, rows: Sequence[PictureRow]) -> None:
        """Make these the only rows whose id begins with `prefix`, also when the file cannot be written: who puts them
        keeps them. Works at once; changes nothing when they are.
        """
        rows = [row for row in rows if _readable(row)]
        with self._lock:
            self._put[prefix] = tuple(rows)
            if _digests(self._current(), prefix) == {row.digest for row in rows}:
                return
            try:
                self._change(_begins(prefix), rows)
            except (UsageError, OSError) as error:
                self._replace(_begins(prefix), rows)
                log.error("pictures are protected from now on, but could not be written: %s", error)

    def remove(self, entry: str) -> None:
        """Take a picture out. Works at once.

        Raises:
            UsageError: no such picture, or a line of the file is malformed.
        """
        if not any(held.id == entry for part in self._current() for held in part.entries):
            raise UsageError("error.registry.picture_unknown", entry=entry)
        self._change(lambda other: other == entry, ())

    def nearest(self, query: Hashes) -> PictureMatch | None:
        """The best match of any view, or None when nothing is near enough."""
        found = [match for part in self._current() if (match := _nearest(part, query)) is not None]
        return max(found, key=lambda match: match.score, default=None)

    def _change(self, gone: Callable[[str], bool], rows: Sequence[PictureRow]) -> None:
        with self._lock:
            if self._path is None:
                return self._replace(gone, rows)
            with picture_file.locked(self._path):
                self._current()  # what others wrote meanwhile stays
                self._replace(gone, rows)
                picture_file.rewrite(self._path, gone, rows)
                self._stamp = stamp(self._path)
            return None

    def _replace(self, gone: Callable[[str], bool], rows: Sequence[PictureRow]) -> None:
        self._hold(_replaced(self._parts, gone, rows))

    def _hold(self, parts: Sequence[_Part]) -> None:
        self._parts = _settled(parts)
        self._version = _version(self._parts)

    def _current(self) -> tuple[_Part, ...]:
        """The parts, after the file was read again if another process has changed it."""
        if self._path is None or _stamp(self._path) == self._stamp:
            return self._parts
        with self._lock:
            now = _stamp(self._path)
            if now != self._stamp:
                try:
                    self._read(self._path)
                except (UsageError, OSError) as error:
                    log.error("%s cannot be read, the pictures read before stay protected: %s", self._path.name, error)
                self._stamp = now
            return self._parts

    def _read(self, path: Path) -> None:
        """Hold what the file says, and what was put here; only lines that are new are parsed and filed."""
        here = set[int]()
        new = _part(_unknown(picture_file.read(path, _digests(self._parts)), here))
        parts = [*(_without(part, lambda entry: entry.digest not in here) for part in self._parts), new]
        for prefix, rows in self._put.items():
            if _digests(parts, prefix) != {row.digest for row in rows}:
                parts = _replaced(parts, _begins(prefix), rows)
        self._hold(parts)


def row_of(
    entry: str, rgb: NDArray[np.uint8], *, title: str = "", owner: str = "", threshold: int | None = None
) -> PictureRow:
    """The row of a picture (uint8 [H, W, 3]): its hashes, from which it cannot be drawn again.

    Where no threshold is given, fewer bits may differ from a simple picture, which others resemble.

    Raises:
        UsageError: the picture has too little detail to be told from others.
    """
    views = entry_hashes(rgb)
    kept = views.only(views.faint <= MOST_FAINT)
    if len(kept) < LEAST_VIEWS:
        raise UsageError("error.registry.picture_plain", entry=entry)
    length = _bytes(views.pictures[0])
    if length < LEAST_BYTES[0] + LEAST_BYTES[1] * views.faint[0]:  # a disc, a ring, a box, a cross
        raise UsageError("error.registry.picture_plain", entry=entry)
    return PictureRow(
        id=entry,
        title=title,
        owner=owner,
        threshold=round(SURE * min(1.0, length / SIMPLE_BYTES)) if threshold is None else threshold,
        pdq=pack(kept.pdq),
        phash=pack(kept.phash(range(len(kept)))),
    )


def _bytes(picture: NDArray[np.uint8]) -> int:
    """How long a description of the picture uint8 [64, 64] is."""
    return len(zlib.compress((picture >> 4).tobytes(), 9))


def _nearest(part: _Part, query: Hashes) -> PictureMatch | None:
    near = part.index.near(query, max(FAR_VOTE[0], int(part.thresholds.max())))
    owner = part.owner[near.row]
    threshold = part.thresholds[owner]
    second = np.full(len(owner), 64)
    sure = near.bits <= threshold
    if not sure.any():
        second = _second(part, query, near)
        strict = np.minimum(1.0, threshold / SURE)  # fewer bits of its own, fewer here
        sure = (near.bits <= SECOND_VOTE[0] * strict) & (second <= SECOND_VOTE[1])
        sure |= _twice(near, owner, (near.bits <= FAR_VOTE[0] * strict) & (second <= FAR_VOTE[1]))
    if not sure.any():
        return None
    least = np.maximum(1, threshold)
    score = np.where(sure, 1 - np.minimum(near.bits, 2 * least) / (4 * least), 0.0)
    best = int(np.argmax(score))
    entry = part.entries[int(owner[best])]
    return PictureMatch(entry.id, int(near.bits[best]), int(second[best]), round(float(score[best]), 3))


def _second(part: _Part, query: Hashes, near: Near) -> NDArray[np.int_]:
    """int [n]: how many bits of the second hash differ; it takes half a millisecond a view."""
    second = np.full(len(near.row), 64)
    for asked in np.unique(near.asked[near.bits <= FAR_VOTE[0]]):
        these = near.asked == asked
        second[these] = np.bitwise_count(part.phash[near.row[these]] ^ query.phash([asked])[0])
    return second


def _twice(near: Near, owner: NDArray[np.int32], which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool [n]: those of `which` whose entry has two different pairs of views among them."""
    pairs = np.unique(np.stack((owner[which], near.asked[which], near.row[which])), axis=1)
    entries, counts = np.unique(pairs[0], return_counts=True)
    return which & np.isin(owner, entries[counts > 1])


def _part(rows: Iterable[tuple[int, PictureRow]]) -> _Part:
    """Of rows and their digests, read into growing pieces of memory: a million arrays would need twice as much."""
    pdq, phash, entries, counts = bytearray(), bytearray(), list[_Entry](), list[int]()
    for digest, row in rows:
        hashes = row.hashes()
        pdq += hashes[0].tobytes()
        phash += hashes[1].tobytes()
        entries.append(_Entry(row.id, row.threshold, digest))
        counts.append(len(hashes[1]))
    if not entries:
        return _EMPTY
    owner = np.repeat(np.arange(len(entries), dtype=np.int32), counts)
    second = np.frombuffer(phash, np.uint64).copy()
    first = np.frombuffer(pdq, np.uint64).reshape(-1, 4).copy()  # numpy asks for huge pages: far fewer misses
    del pdq
    return _made(first, second, owner, tuple(entries))


def _readable(row: PictureRow) -> bool:
    """Whether the row holds hashes; one that does not keeps no other from being protected."""
    try:
        row.hashes()
    except ValueError:
        log.error("the registered picture %s holds no hashes and is not protected", row.id)
        return False
    return True


def _unknown(lines: Iterable[tuple[int, PictureRow | None]], here: set[int]) -> Iterator[tuple[int, PictureRow]]:
    """Of lines of the file, those that were parsed; notes the digests of all of them."""
    for digest, row in lines:
        here.add(digest)
        if row is not None:
            yield digest, row


def _digests(parts: Iterable[_Part], prefix: str = "") -> set[int]:
    return {entry.digest for part in parts for entry in part.entries if entry.id.startswith(prefix)}


def _begins(prefix: str) -> Callable[[str], bool]:
    return lambda entry: entry.startswith(prefix)


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp(path)
    except OSError:
        return None


def _version(parts: Iterable[_Part]) -> str:
    digests = (entry.digest for entry in chain.from_iterable(part.entries for part in parts))
    return f"{sum(digests) % 2**48:012x}"


def _made(
    pdq: NDArray[np.uint64], phash: NDArray[np.uint64], owner: NDArray[np.int32], entries: tuple[_Entry, ...]
) -> _Part:
    thresholds = np.array([entry.threshold for entry in entries], np.int32)
    return _Part(pdq, phash, owner, entries, thresholds, HammingIndex(pdq))


def _without(part: _Part, gone: Callable[[_Entry], bool]) -> _Part:
    """The part without some entries; the same object when it has none of them."""
    keep = np.array([not gone(entry) for entry in part.entries], np.bool_)
    if keep.all():
        return part
    rows, numbers = keep[part.owner], np.cumsum(keep, dtype=np.int32) - 1
    entries = tuple(entry for entry, kept in zip(part.entries, keep, strict=True) if kept)
    return _made(part.pdq[rows], part.phash[rows], numbers[part.owner[rows]], entries) if entries else _EMPTY


def _replaced(parts: Iterable[_Part], gone: Callable[[str], bool], rows: Sequence[PictureRow]) -> list[_Part]:
    return [*(_without(part, lambda entry: gone(entry.id)) for part in parts), _part((r.digest, r) for r in rows)]


def _settled(parts: Iterable[_Part]) -> tuple[_Part, ...]:
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


_EMPTY: Final = _made(np.zeros((0, 4), np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32), ())
