"""Finds, among millions of 256-bit hashes, those that differ from a question in few bits.

Locality-sensitive hashing (Indyk and Motwani 1998): `TABLES` tables file every row under some of its bits, those of low
frequencies, which edits change least. A question looks under its own bits and, as it knows how far each bit is from
turning over, under those with its most doubtful bits turned (Lv et al. 2007). What is found there is compared bit by
bit. Below `EXACT` rows every row is compared instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.detectors.pdq import Hashes

TABLES: Final = 6
KEY_BITS: Final = 28
DOUBTFUL: Final = 5  # bits of a key that are also tried turned over, in all combinations
LOWEST: Final = 90  # of the 256 bits are in keys: those of the lowest frequencies
EXACT: Final = 16_384
_CHUNK = 1 << 20
_MIX: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_FACTORS: Final = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64)


def _positions() -> NDArray[np.intp]:
    """intp [TABLES, KEY_BITS]: the bits of each table's key, drawn once for ever, each about as often as the others."""
    down, across = np.divmod(np.arange(256), 16)
    lowest = np.argsort(np.hypot(down + 1, across + 1), kind="stable")[:LOWEST]
    rng, uses = np.random.default_rng(20_261_121), np.zeros(LOWEST)
    drawn = []
    for _ in range(TABLES):
        chosen = np.lexsort((rng.random(LOWEST), uses))[:KEY_BITS]
        uses[chosen] += 1
        drawn.append(lowest[chosen])
    return np.stack(drawn).astype(np.intp)


POSITIONS: Final = _positions()
_WORD, _BIT = POSITIONS // 64, np.uint64(1) << (POSITIONS % 64 // 8 * 8 + 7 - POSITIONS % 8).astype(np.uint64)
_MASKS: Final = np.array([[np.bitwise_or.reduce(_BIT[t][_WORD[t] == w], initial=0) for w in range(4)]
                          for t in range(TABLES)], np.uint64)  # fmt: skip
_SUBSETS: Final = (np.arange(2**DOUBTFUL)[:, None] >> np.arange(DOUBTFUL)[None, :] & 1).astype(np.uint64)  # [2^D, D]


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of a question and a row that differ in few bits: their numbers and the number of bits. int [n] each.

    A pair that was found in several tables comes several times.
    """

    asked: NDArray[np.intp]
    row: NDArray[np.intp]
    bits: NDArray[np.intp]


class HammingIndex:
    """An index over rows uint64 [n, 4]; they do not change any more."""

    def __init__(self, rows: NDArray[np.uint64]) -> None:
        self._rows = rows
        self._row_bits = max(9, len(rows).bit_length())
        filed = len(rows) if len(rows) > EXACT else 0
        self._starts = np.empty((TABLES, (1 << self._row_bits - 1) + 1 if filed else 0), np.uint32)  # of slots
        self._filed = np.empty((TABLES, filed), np.uint32)  # rows by slot, the rest of their codes above the number
        for table in range(TABLES if filed else 0):
            self._file(table)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size_bytes(self) -> int:
        return self._rows.nbytes + self._starts.nbytes + self._filed.nbytes

    def near(self, query: Hashes, most_bits: int) -> Near:
        """Rows that differ in at most so many bits from one of the questions."""
        if self._filed.size and len(query):
            return self._compared(query, *self._under(query), most_bits)
        everything = np.arange(len(self))
        found = [self._compared(query, np.array(n), everything, most_bits) for n in range(len(query))]
        return _joined(found)

    def _compared(self, query: Hashes, asked: NDArray[np.intp], row: NDArray[np.intp], most_bits: int) -> Near:
        """Of these pairs, those that differ in few bits; `asked` is one number for all, or one for each row."""
        differ = np.take(self._rows, row, axis=0)
        differ ^= np.take(query.pdq, asked, axis=0)
        bits = _total(np.bitwise_count(differ))
        close = np.flatnonzero(bits <= most_bits)
        return Near(np.broadcast_to(asked, row.shape)[close], row[close], bits[close].astype(np.intp))

    def _file(self, table: int) -> None:
        codes = np.empty(len(self), np.uint32)
        for start in range(0, len(self), _CHUNK):
            part = self._rows[start : start + _CHUNK]
            codes[start : start + _CHUNK] = _codes(((part & _MASKS[table]) * _FACTORS).sum(1, dtype=np.uint64))
        filed = self._filed[table]
        filed[:] = np.argsort(codes)
        filed |= codes[filed] << np.uint32(self._row_bits)
        codes >>= np.uint32(32 - self._row_bits)
        self._starts[table, 0] = 0
        self._starts[table, 1:] = np.cumsum(np.bincount(codes, minlength=1 << self._row_bits - 1))

    def _under(self, query: Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Questions and rows intp [n]: all that is filed under the keys of the questions."""
        tables = np.arange(TABLES)[None, :, None]
        doubtful = np.argpartition(query.margins[:, POSITIONS], DOUBTFUL, axis=2)[:, :, :DOUBTFUL]  # [questions, T, D]
        word, bit = _WORD[tables, doubtful], _BIT[tables, doubtful]
        change = bit * _FACTORS[word]  # to the sum when the bit is turned on
        is_on = query.pdq[np.arange(len(query))[:, None, None], word] & bit != 0
        sums = ((query.pdq[:, None] & _MASKS) * _FACTORS).sum(axis=2, dtype=np.uint64)[:, :, None]
        codes = _codes(sums + np.where(is_on, np.uint64(0) - change, change) @ _SUBSETS.T)
        slots = (codes >> np.uint32(32 - self._row_bits)) + tables * self._starts.shape[1]
        first = self._starts.ravel()[slots].astype(np.int64)
        counts = self._starts.ravel()[slots + 1] - first
        skipped = np.cumsum(counts) - counts.ravel()
        begins = (first + tables * len(self)).ravel() - skipped
        filed = self._filed.ravel()[np.repeat(begins, counts.ravel()) + np.arange(counts.sum())]
        rest = (codes << np.uint32(self._row_bits)).ravel()
        same = (filed ^ np.repeat(rest, counts.ravel())) >> np.uint32(self._row_bits) == 0
        asked = np.repeat(np.arange(len(query)), counts.sum(axis=(1, 2)))
        return asked[same], (filed[same] & np.uint32((1 << self._row_bits) - 1)).astype(np.intp)


def _codes(sums: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Spreads keys evenly over 31 bits: first those of the slot, then those by which its rows are told apart before
    they are fetched from memory."""
    return np.asarray((sums ^ sums >> np.uint64(32)) * _MIX >> np.uint64(33), np.uint32)


def _joined(parts: list[Near]) -> Near:
    none = np.zeros(0, np.intp)
    return Near(*(np.concatenate([none, *(getattr(part, n) for part in parts)]) for n in ("asked", "row", "bits")))


def _total(counts: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """uint32 [n]: sums of the rows of uint8 [n, 4], of at most 64 each; numpy adds so few columns slowly."""
    pairs = counts.view(np.uint32)[:, 0]
    pairs = (pairs & 0x00FF_00FF) + (pairs >> 8 & 0x00FF_00FF)
    return np.asarray((pairs & 0xFFFF) + (pairs >> 16), np.uint32)
