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
        self._tables: list[tuple[NDArray[np.uint32], NDArray[np.uint32]]] = []  # starts of slots, rows by slot
        self._slot_bits = max(8, len(rows).bit_length() - 1)
        if len(rows) > EXACT:
            self._tables = [self._filed(number) for number in range(TABLES)]

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size_bytes(self) -> int:
        return self._rows.nbytes + sum(starts.nbytes + rows.nbytes for starts, rows in self._tables)

    def near(self, query: Hashes, most_bits: int) -> Near:
        """Rows that differ in at most so many bits from one of the questions."""
        if self._tables and len(query):
            pairs = np.concatenate([self._under(number, query) for number in range(TABLES)])
            return self._compared(
                query, (pairs >> 32).astype(np.intp), (pairs & 0xFFFF_FFFF).astype(np.intp), most_bits
            )
        everything = np.arange(len(self))
        found = [self._compared(query, np.array(n), everything, most_bits) for n in range(len(query))]
        return _joined(found)

    def _compared(self, query: Hashes, asked: NDArray[np.intp], row: NDArray[np.intp], most_bits: int) -> Near:
        """Of these pairs, those that differ in few bits; `asked` is one number for all, or one for each row."""
        bits = np.bitwise_count(self._rows[row] ^ query.pdq[asked]).sum(axis=1, dtype=np.intp)
        close = np.flatnonzero(bits <= most_bits)
        return Near(np.broadcast_to(asked, row.shape)[close], row[close], bits[close])

    def _filed(self, table: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        slots = np.empty(len(self), np.uint32)
        for start in range(0, len(self), _CHUNK):
            slots[start : start + _CHUNK] = self._slots(_sums(self._rows[start : start + _CHUNK], table))
        rows = np.argsort(slots).astype(np.uint32)
        counts = np.bincount(slots, minlength=1 << self._slot_bits)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.uint32), rows

    def _slots(self, sums: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Spreads keys evenly over the slots."""
        mixed = (sums ^ sums >> np.uint64(32)) * _MIX
        return np.asarray(mixed >> np.uint64(64 - self._slot_bits), np.intp)

    def _under(self, table: int, query: Hashes) -> NDArray[np.int64]:
        """int64: question << 32 | row, for all rows filed under the keys of the questions."""
        starts, rows = self._tables[table]
        doubtful = np.argpartition(query.margins[:, POSITIONS[table]], DOUBTFUL, axis=1)[:, :DOUBTFUL]
        word, bit = _WORD[table][doubtful], _BIT[table][doubtful]
        change = bit * _FACTORS[word]  # to the sum when the bit is turned on
        is_on = np.take_along_axis(query.pdq, word, axis=1) & bit != 0
        sums = _sums(query.pdq, table)[:, None] + np.where(is_on, np.uint64(0) - change, change) @ _SUBSETS.T
        slots = self._slots(sums).ravel()
        first = starts[slots].astype(np.int64)
        counts = starts[slots + 1] - first
        asked = np.repeat(np.arange(len(slots)) // len(_SUBSETS), counts)
        within = np.arange(len(asked)) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.asarray(asked << 32 | rows[np.repeat(first, counts) + within], np.int64)


def _joined(parts: list[Near]) -> Near:
    none = np.zeros(0, np.intp)
    return Near(*(np.concatenate([none, *(getattr(part, n) for part in parts)]) for n in ("asked", "row", "bits")))


def _sums(rows: NDArray[np.uint64], table: int) -> NDArray[np.uint64]:
    """uint64 [n]: the key of each row; each of its bits adds its own number, modulo 2**64."""
    return np.asarray(((rows & _MASKS[table]) * _FACTORS).sum(axis=1, dtype=np.uint64))
