"""The wording of a text as numbers: every stretch of two to five letters, hashed into a table of weights.

Concepts (`safety.text.concepts`) say what a text is about, but only for words that somebody wrote down; stretches of
letters catch endings, verbs and turns of phrase that nobody listed. They are cut from skeleton letters, so disguised
letters give the same stretches, and never reach across more than the edge of a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import SPACE, Codes, Offsets, over_root, summed

SIZES: Final = (2, 3, 4, 5)  # letters of a stretch, spaces at its edges among them
BITS: Final = 17
BUCKETS: Final = 1 << BITS
_BASE: Final = np.uint32(0x01000193)  # the prime of FNV-1a, 32 bits
_SPREAD: Final = np.uint32(2_654_435_769)  # 2^32 over the golden ratio: multiplicative hashing (Knuth, TAOCP 3, 6.4)
Buckets = NDArray[np.int64]
Counts = NDArray[np.int64]
Weights = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """The stretches of a text.

    Attributes:
        buckets: of the stretches that start at each letter, shape [4, L], one row for each of `SIZES`; `BUCKETS`
            where there is none.
        at: code point of the original text that each letter came from, ascending, shape [L].
        upto: how many stretches start before each letter, and in all, shape [L + 1].
    """

    buckets: Buckets
    at: Offsets
    upto: Counts

    @classmethod
    def of(cls, letters: Codes, at: Offsets) -> Stretches:
        """From folded letters with one space between words and at either end."""
        count = len(letters)
        buckets = np.full((len(SIZES), count), BUCKETS, np.int64)
        hashed, clear = letters.astype(np.uint32), np.ones(count, bool)
        for size in range(2, SIZES[-1] + 1):
            starts = count - size + 1
            if starts <= 0:
                break
            if size > 2:  # what was the last letter of a shorter stretch is inside this one
                clear = clear[:starts] & (letters[size - 2 : size - 2 + starts] != SPACE)
            hashed = hashed[:starts] * _BASE + letters[size - 1 : size - 1 + starts]
            row = (hashed * _SPREAD) >> np.uint32(32 - BITS)
            buckets[size - 2, :starts] = np.where(clear[:starts], row, BUCKETS)
        return cls(buckets, at, summed((buckets < BUCKETS).sum(axis=0)))

    def reach(self, start: Offsets, end: Offsets) -> tuple[Offsets, Offsets]:
        """The first letter and the one after the last of places of the original text."""
        return np.searchsorted(self.at, start), np.searchsorted(self.at, end)

    def counted(self, first: int, last: int) -> tuple[Buckets, Counts]:
        """Buckets of the stretches that start at the letters `first` to `last` (exclusive), and how often each."""
        chosen = self.buckets[:, first:last]
        return np.unique(chosen[chosen < BUCKETS], return_counts=True)

    def weighed(self, weights: Weights, first: Offsets, last: Offsets) -> NDArray[np.float64]:
        """Sums of `weights` from each `first` to its `last`, over the root of how many stretches there are.

        Args:
            weights: whole numbers, whose sums are the same in any order, shape [BUCKETS + 1]; the last is 0.
        """
        return over_root(weights[self.buckets].sum(axis=0), first, last, self.upto[last] - self.upto[first])


SILENT: Final = Stretches.of(np.zeros(0, np.uint32), np.zeros(0, np.int64))
