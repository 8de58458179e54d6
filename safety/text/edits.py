"""Words one edit apart: a letter missing, extra, wrong, or swapped with its neighbour. In arrays, and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from operator import ne
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import Offsets, codes_of

LONGEST_WORD: Final = 24  # letters
MOST_ARE_SHORTER: Final = 10  # letters
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


class Spelled(NamedTuple):
    """Words as rows of letters (at most `LONGEST_WORD`, no higher than 0xFFFF, zeros behind) and their lengths."""

    letters: NDArray[np.uint16]
    sizes: Offsets

    @classmethod
    def of(cls, words: Sequence[str]) -> Spelled:
        """Rows of words; a longer one is cut and one letter too long to be near to anything."""
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        codes = np.minimum(codes_of("".join(words)), 0xFFFF).astype(np.uint16)
        rows = np.zeros((len(words), LONGEST_WORD + 2), np.uint16)
        row = np.repeat(np.arange(len(words)), sizes)
        column = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        kept = column <= LONGEST_WORD
        rows[row[kept], column[kept]] = codes[kept]
        return cls(rows, np.minimum(sizes, LONGEST_WORD + 1))

    def part(self, rows: slice) -> Spelled:
        return Spelled(self.letters[rows], self.sizes[rows])

    def forms(self) -> tuple[Hashes, Offsets]:
        """Hashes of each word and of its forms with one letter less, and the row of each."""
        width = self.letters.shape[1]
        mixed = (self.letters.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        mixed[self.letters == 0] = 0
        powers = np.cumprod(np.full(width, _BASE), dtype=np.uint64)
        here, earlier = mixed * powers, mixed[:, 1:] * powers[:-1]
        upto = np.cumsum(here, axis=1, dtype=np.uint64)
        left = np.concatenate([np.zeros((len(here), 1), np.uint64), upto[:, :-1]], axis=1)
        total = np.cumsum(earlier[:, ::-1], axis=1, dtype=np.uint64)[:, ::-1]
        right = np.concatenate([total, np.zeros((len(here), 1), np.uint64)], axis=1)
        shorter = np.arange(width) < self.sizes[:, None]
        rows = np.concatenate([np.arange(len(here)), np.nonzero(shorter)[0]])
        return np.concatenate([upto[:, -1], (left + right)[shorter]]), rows


def equal_rows(a: Spelled, rows_a: Offsets, b: Spelled, rows_b: Offsets) -> NDArray[np.bool_]:
    """Whether words of at most `LONGEST_WORD` letters are the same, for pairs of rows."""
    same: NDArray[np.bool_] = (a.sizes[rows_a] == b.sizes[rows_b]) & (a.sizes[rows_a] <= LONGEST_WORD)
    same &= _same_end(a, rows_a, b, rows_b, first=True) & _same_end(a, rows_a, b, rows_b, first=False)
    likely = np.flatnonzero(same)
    same[likely] = (a.letters[rows_a[likely]] == b.letters[rows_b[likely]]).all(axis=1)
    return same


def _same_end(a: Spelled, rows_a: Offsets, b: Spelled, rows_b: Offsets, *, first: bool) -> NDArray[np.bool_]:
    """Whether the first, or the last, letters are the same, for pairs of rows."""
    one, other = (0, 0) if first else (a.sizes[rows_a] - 1, b.sizes[rows_b] - 1)
    same: NDArray[np.bool_] = a.letters[rows_a, one] == b.letters[rows_b, other]
    return same


def near_rows(a: Spelled, rows_a: Offsets, b: Spelled, rows_b: Offsets) -> NDArray[np.bool_]:
    """`one_edit` for pairs of rows.

    One edit changes one end at most of a word of three letters, so pairs with other letters at both need no look at
    all their letters; of the rest, words of up to `MOST_ARE_SHORTER` letters are compared apart from longer ones.
    """
    sizes_a, sizes_b = a.sizes[rows_a], b.sizes[rows_b]
    longest = np.maximum(sizes_a, sizes_b)
    near = _same_end(a, rows_a, b, rows_b, first=True) | _same_end(a, rows_a, b, rows_b, first=False) | (longest < 3)
    near &= np.abs(sizes_a - sizes_b) <= 1
    for width, fits in ((MOST_ARE_SHORTER + 2, longest <= MOST_ARE_SHORTER), (None, longest > MOST_ARE_SHORTER)):
        likely = np.flatnonzero(near & fits)
        near[likely] = _near_letters(a, rows_a[likely], b, rows_b[likely], width)
    return near


def _near_letters(a: Spelled, rows_a: Offsets, b: Spelled, rows_b: Offsets, width: int | None) -> NDArray[np.bool_]:
    """As `near_rows`, by the first `width` letters of each, which are all that are compared."""
    one, other = a.letters[rows_a, :width], b.letters[rows_b, :width]
    more = a.sizes[rows_a] - b.sizes[rows_b]
    turned = (more < 0)[:, None]
    longer, shorter = np.where(turned, other, one), np.where(turned, one, other)
    wrong = longer != shorter
    wrongs = wrong.sum(axis=1)
    first = wrong.argmax(axis=1)
    pair = np.arange(len(first))
    after = np.minimum(first + 1, wrong.shape[1] - 1)
    swapped = (longer[pair, first] == shorter[pair, after]) & (longer[pair, after] == shorter[pair, first])
    same_size = (wrongs <= 1) | ((wrongs == 2) & wrong[pair, after] & swapped)
    behind = (longer[:, 1:] != shorter[:, :-1]) & (np.arange(wrong.shape[1] - 1) >= first[:, None])
    near: NDArray[np.bool_] = np.where(more == 0, same_size, (np.abs(more) == 1) & ~behind.any(axis=1))
    return near


def one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns a into b."""
    if len(a) == len(b):
        wrong: int = sum(map(ne, a, b))
        if wrong != 2:
            return wrong < 2
        i = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
        return a[i] == b[i + 1] and a[i + 1] == b[i]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(longer) - len(shorter) > 1:
        return False
    for i, (x, y) in enumerate(zip(longer, shorter, strict=False)):
        if x != y:
            return longer[i + 1 :] == shorter[i:]
    return True
