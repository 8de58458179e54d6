"""The index of protected recordings: acoustic fingerprints, never the sound itself.

One JSON object per line in a file that the host fills (`python -m safety.registry track add`); a running service reads
it again when it has changed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from errors import UsageError
from safety.detectors.landmarks import HOP_S, Landmarks, landmarks
from safety.registry.rows import FileRow, parsed, stamp

FILE_NAME: Final = "tracks.jsonl"  # in the data folder
LEAST: Final = 60  # different pairs that a recording must have to be told from others
SURE: Final = 10  # different pairs at one shift that name a recording
SPREAD_S: Final = 1.5  # they lie at least this far apart: one chord is no recording
_SLACK: Final = 1  # hops by which a shift may waver


class TrackRow(FileRow):
    """One registered recording.

    Attributes:
        title, owner: for reviewers.
        codes, hops: base64 of little-endian uint32 and int32 of equal length (`safety.detectors.landmarks`).
    """

    title: str = Field("", max_length=200)
    owner: str = Field("", max_length=200)
    codes: str
    hops: str

    def check(self) -> None:
        self.landmarks()

    def landmarks(self) -> Landmarks:
        """Raises ValueError when the row does not hold pairs."""
        codes, hops = (base64.b64decode(text, validate=True) for text in (self.codes, self.hops))
        found = Landmarks(np.frombuffer(codes, "<u4").astype(np.uint32), np.frombuffer(hops, "<i4").astype(np.int32))
        if len(found.codes) != len(found.hops) or not len(found.codes):
            raise ValueError("uneven pairs")
        return found


@dataclass(frozen=True, slots=True)
class TrackMatch:
    """A registered recording that was heard.

    Attributes:
        entry: its id.
        pairs: how many pairs agree.
        starts_s: where in the sound that was asked about, seconds.
        score: [0.5, 1).
    """

    entry: str
    pairs: int
    starts_s: float
    score: float


@dataclass(frozen=True, slots=True)
class _Table:
    codes: NDArray[np.uint32]  # sorted
    hops: NDArray[np.int32]
    owner: NDArray[np.int32]
    rows: tuple[TrackRow, ...]
    version: str


class TrackIndex:
    """Registered recordings in memory, written through to `path` when one is given.

    Raises:
        UsageError: a line of the file is malformed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._lock = path, Lock()
        self._stamp = stamp(path)
        self._table = _table(_read(path))

    def __len__(self) -> int:
        return len(self._current().rows)

    @property
    def version(self) -> str:
        """Names the registered recordings."""
        return self._current().version

    @property
    def rows(self) -> tuple[TrackRow, ...]:
        return self._current().rows

    def add(self, entry: str, samples: NDArray[np.float32], *, title: str = "", owner: str = "") -> None:
        """Register mono samples float32 [n] at 8 kHz; replaces a row of the same id. Works at once.

        Raises:
            UsageError: too short or too uniform to be told from others.
        """
        row = row_of(entry, samples, title=title, owner=owner)
        self._change([r for r in self.rows if r.id != entry] + [row])

    def remove(self, entry: str) -> None:
        """Take a recording out. Works at once.

        Raises:
            UsageError: no such recording.
        """
        rows = [r for r in self.rows if r.id != entry]
        if len(rows) == len(self.rows):
            raise UsageError("error.registry.track_unknown", entry=entry)
        self._change(rows)

    def find(self, asked: Landmarks) -> TrackMatch | None:
        """The registered recording with most agreeing pairs, or None when too few agree."""
        table = self._current()
        if not len(table.codes) or not len(asked.codes):
            return None
        left, right = (np.searchsorted(table.codes, asked.codes, side=side) for side in ("left", "right"))
        counts = right - left
        if not counts.sum():
            return None
        which = np.repeat(np.arange(len(counts)), counts)
        at = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(left, counts)
        return _voted(table, asked.hops[which].astype(np.int64), at)

    def _current(self) -> _Table:
        """The table, read again when another process has changed the file."""
        now = stamp(self._path)
        with self._lock:
            if now != self._stamp:
                self._table, self._stamp = _table(_read(self._path)), now
            return self._table

    def _change(self, rows: Sequence[TrackRow]) -> None:
        with self._lock:
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                draft = self._path.with_suffix(".part")
                draft.write_text("".join(r.model_dump_json() + "\n" for r in rows), "utf-8")
                draft.replace(self._path)
                self._stamp = stamp(self._path)
            self._table = _table(rows)


def row_of(entry: str, samples: NDArray[np.float32], *, title: str = "", owner: str = "") -> TrackRow:
    """The row of mono samples float32 [n] at 8 kHz.

    Raises:
        UsageError: too short or too uniform to be told from others.
    """
    found = landmarks(samples)
    if len(np.unique(found.codes)) < LEAST:
        raise UsageError("error.registry.track_plain", entry=entry)
    return TrackRow(
        id=entry, title=title, owner=owner, codes=base64.b64encode(found.codes.astype("<u4").tobytes()).decode(),
        hops=base64.b64encode(found.hops.astype("<i4").tobytes()).decode(),
    )  # fmt: skip


def _voted(table: _Table, hops: NDArray[np.int64], at: NDArray[np.int64]) -> TrackMatch | None:
    """The recording and shift that most pairs agree on, where they are many and spread over time."""
    shift = hops - table.hops[at]
    ballots = table.owner[at].astype(np.int64) * 2**32 + shift + 2**31
    order = np.argsort(ballots, kind="stable")
    ballots, hops, codes = ballots[order], hops[order], table.codes[at][order]
    ends = np.searchsorted(ballots, ballots + _SLACK, side="right")
    for start in np.argsort(np.arange(len(ballots)) - ends, kind="stable")[:32]:
        if ends[start] - start < SURE:
            return None
        agreed = np.unique(hops[start : ends[start]])
        pairs = len(np.unique(codes[start : ends[start]]))  # a steady tone repeats one pair
        if pairs >= SURE and (agreed[-1] - agreed[0]) * HOP_S >= SPREAD_S:
            row = table.rows[int(ballots[start] >> 32)]
            return TrackMatch(row.id, pairs, round(float(agreed[0]) * HOP_S, 2), _score(pairs))
    return None


def _score(pairs: int) -> float:
    """0.5 at the least number of pairs, 0.9 at five times as many."""
    return round(1 - 0.5 * (SURE / pairs), 4)


def _read(path: Path | None) -> list[TrackRow]:
    if path is None or not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return [parsed(TrackRow, line, path, number) for number, line in enumerate(lines, 1)]


def _table(rows: Sequence[TrackRow]) -> _Table:
    found = [row.landmarks() for row in rows]
    version = hashlib.sha256("|".join(sorted(f"{row.id}:{row.codes}" for row in rows)).encode()).hexdigest()[:12]
    if not rows:
        return _Table(np.zeros(0, np.uint32), np.zeros(0, np.int32), np.zeros(0, np.int32), (), version)
    codes, hops = (np.concatenate(part) for part in zip(*found, strict=True))
    owner = np.repeat(np.arange(len(rows), dtype=np.int32), [len(each.codes) for each in found])
    order = np.argsort(codes, kind="stable")
    return _Table(codes[order], hops[order], owner[order], tuple(rows), version)
