"""Long texts as arrays of code points: the same answers as one character at a time, without a turn of a loop for each.

Texts of a few words are faster one word at a time (`safety.text.fold`); from `LONG` code points on, arrays are.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Offsets = NDArray[np.int64]
LONG: Final = 600  # code points
CODE_POINTS: Final = 0x110000
SPACE: Final = 32
BREAK: Final = 0x10FFFF  # no character; stands between stretches that no name reaches across


def codes_of(text: str, *, breaks: bool = False) -> Codes:
    """Code points of a text, lone surrogates among them; `BREAK` becomes a space, unless `breaks` are wanted."""
    codes = _raw(text)
    return codes if breaks or chr(BREAK) not in text else np.where(codes == BREAK, np.uint32(SPACE), codes)


def _raw(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def text_of(codes: Codes) -> str:
    """The text of code points."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


class Spelling:
    """What each character is written as: a function of one character, asked once for each and then looked up.

    The tables take memory only for the pages of Unicode that were met, and hold one row for each code point at most.
    """

    def __init__(self, spell: Callable[[str], str]) -> None:
        self._spell = spell
        self._sizes = np.zeros(CODE_POINTS, np.uint8)  # letters and one more; 0: not asked yet
        self._places = np.zeros(CODE_POINTS, np.uint32)
        self._letters = np.zeros(1024, np.uint32)
        self._used = 0
        self._lock = Lock()

    def of(self, codes: Codes) -> tuple[Codes, Offsets, NDArray[np.int64]]:
        """Letters of a text, the place that each came from, and the number of letters of each place."""
        sizes = self._sizes[codes].astype(np.int64) - 1
        if sizes.size and sizes.min() < 0:
            self._learn(np.unique(codes[sizes < 0]))
            sizes = self._sizes[codes].astype(np.int64) - 1
        letters, places = self._letters, self._places[codes].astype(np.int64)
        if sizes.size and sizes.min() == sizes.max() == 1:
            return letters[places], np.arange(len(codes)), sizes
        source = np.repeat(np.arange(len(codes)), sizes)
        within = np.arange(len(source)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return letters[places[source] + within], source, sizes

    def _learn(self, codes: Codes) -> None:
        with self._lock:
            for code in codes.tolist():
                spelled = _raw(self._spell(chr(code)))[:200]
                end = self._used + len(spelled)
                if end > len(self._letters):
                    self._letters = np.concatenate([self._letters, np.zeros(max(end, len(self._letters)), np.uint32)])
                self._letters[self._used : end] = spelled
                self._places[code] = self._used
                self._used = end
                self._sizes[code] = len(spelled) + 1  # last: readers look at it first


class Flags:
    """Whether a character is of a kind, for whole texts at once."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        self._spelling = Spelling(lambda char: "1" if test(char) else "0")

    def of(self, codes: Codes) -> NDArray[np.bool_]:
        letters, _, _ = self._spelling.of(codes)
        return np.equal(letters, ord("1"))


BLANK: Final = Flags(str.isspace)


def runs(inside: NDArray[np.bool_]) -> tuple[Offsets, Offsets]:
    """Starts and ends (exclusive) of the stretches where `inside` is true."""
    edges = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


def distinct(numbers: Offsets) -> Offsets:
    """Numbers in ascending order, each once, as `np.unique` gives them, which takes several times as long."""
    ordered = np.sort(numbers)
    once: Offsets = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return once


def spread(first: Offsets, last: Offsets) -> tuple[Offsets, Offsets]:
    """All numbers from each `first` to its `last` (exclusive), and the row of each."""
    sizes = last - first
    row = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(len(row)) + np.repeat(first - (np.cumsum(sizes) - sizes), sizes), row


def summed(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of what stands before each place, and of all; one longer than `values`."""
    return np.concatenate([[0], np.cumsum(values)])


def over_root(
    values: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sums of `values` from each `first` to its `last` (exclusive), over the root of how many they count as."""
    sums, root = summed(values), np.sqrt(np.maximum(counts, 1))
    return np.asarray((sums[last] - sums[first]) / root, np.float64)
