"""A word that is too faint to be decoded, recognised among the words that were issued.

The decoder has to pick one of 2^88 words and needs a correlation of about eleven standard deviations for it. Whoever
remembers what was issued only has to pick one of those: a word of a million stands out at 8.6, which is 2 to 3 dB less.

A reader that gives up hands out its best `Look`s; the memory compares every issued word with each. In content without
our pattern the sign of each soft symbol is a keyed coin toss, whatever its size, so that for any one word the chance of
a correlation of z standard deviations or more is at most exp(-z^2 / 2) (Hoeffding, J. Am. Stat. Assoc. 58, 1963,
theorem 2). The least z is chosen such that all words in all looks together stay under `CHANCE`. The symbols that
depend on the tag alone are left out: they are the same in every word of a key and would lean towards all at once.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.code import GENERATORS, MEMORY, STEPS, SYMBOLS, branches
from watermark.invisible.keys import Key
from watermark.invisible.payload import CRC_BITS, TAG_BITS, WORD_BITS, Payload, crcs, tag_of

CHANCE: Final = 7.5e-11
"""Bound on a false answer for one track of a file and one list of words, all words and looks counted."""
LOOKS: Final = 24
"""Looks that a reader hands out of one track."""
_SCALE: Final = 32.0  # of a symbol of unit power, as a whole number
_LEGS: Final = (TAG_BITS, 34, 60, STEPS)  # steps after which words that have fallen behind are dropped
_BEHIND: Final = 3.0  # standard deviations

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Look:
    """Soft symbols at a geometry at which something like our pattern was seen.

    Attributes:
        tag: version and issuer of the key whose pattern it was.
        symbols: base64 of int8 [800]; positive means +1.

    Raises:
        ValueError: these are not the symbols of a word.
    """

    tag: int
    symbols: str

    def __post_init__(self) -> None:
        self.values()  # looks come out of the cage: what is damaged is refused where it comes in

    def values(self) -> NDArray[np.float32]:
        """float32 [100, 8], the symbols of each step; the scale means nothing."""
        raw = base64.b64decode(self.symbols, validate=True)
        return np.frombuffer(raw, np.int8).reshape(STEPS, len(GENERATORS)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Recalled:
    """An issued word that a look agrees with; `chance` bounds the odds that it does by accident."""

    payload: Payload
    chance: float


class Looks:
    """The best looks of all that a reader had.

    They are chosen by what is seen of template and pilots: choosing by the symbols would make chance hits likelier.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[float, Look]] = []

    def add(self, score: float, soft: NDArray[np.float32], key: Key) -> None:
        """Keep a look, `soft` as for `look`, if its score is among the best so far."""
        if len(self._kept) < LOOKS or score > self._kept[-1][0]:
            self._keep([(score, look(soft, key))])

    def join(self, other: Looks) -> None:
        """Take over what is better there."""
        self._keep(other._kept)

    def best(self) -> tuple[Look, ...]:
        """At most `LOOKS`, best first."""
        return tuple(each for _, each in self._kept)

    def _keep(self, more: list[tuple[float, Look]]) -> None:
        self._kept = sorted(self._kept + more, key=lambda kept: -kept[0])[:LOOKS]


def look(soft: NDArray[np.float32], key: Key) -> Look:
    """A look as it is handed on: `soft` is float32 [800] of unit power."""
    whole = np.clip(np.rint(soft[:SYMBOLS] * _SCALE), -127, 127).astype(np.int8)
    return Look(tag_of(key), base64.b64encode(whole.tobytes()).decode())


def recall(looks: Sequence[Look], words: Words) -> Recalled | None:
    """The issued word that one of the looks stands for.

    Args:
        looks: what readers handed out for one file.
        words: uint64 [n], every payload that was issued, in any order.
    """
    asked = looks[:LOOKS]
    tries = len(asked) * len(words)
    if not tries:
        return None
    best: tuple[float, int] = (0.0, 0)
    for tag in sorted({each.tag for each in asked}):
        known = words[words >> np.uint64(WORD_BITS - TAG_BITS) == tag]
        seen = np.stack([_standard(each.values()) for each in asked if each.tag == tag], axis=1)
        if len(known):
            best = max(best, _nearest(seen, known, math.sqrt(2 * math.log(tries / CHANCE))))
    chance = min(1.0, tries * math.exp(-(best[0] ** 2) / 2))
    return Recalled(Payload(best[1]), chance) if chance <= CHANCE else None


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scaled such that any word that is not there correlates with standard deviation 1 behind the tag."""
    return np.asarray(values / (np.linalg.norm(values[TAG_BITS:]) + 1e-12), np.float32)


def _nearest(seen: NDArray[np.float32], words: Words, least: float) -> tuple[float, int]:
    """The best correlation of a word with a look, `seen` float32 [100, looks, 8]; (0, 0) when all words fall behind."""
    bits = _bits(words)
    register = bits[:, :TAG_BITS] @ (1 << np.arange(MEMORY + 1 - TAG_BITS, MEMORY + 1))
    total = np.zeros((len(words), seen.shape[1]), np.float32)
    for first, end in pairwise(_LEGS):
        for step in range(first, end):
            register = register >> 1 | bits[:, step].astype(np.int64) << MEMORY
            total += branches(seen[step])[register]
        done = (end - TAG_BITS) / (STEPS - TAG_BITS)
        keep = total.max(1) >= done * least - _BEHIND * math.sqrt(done * (1 - done))
        words, bits, register, total = words[keep], bits[keep], register[keep], total[keep]
        if not len(words):
            return 0.0, 0
    row = int(total.max(1).argmax())
    return float(total[row].max()), int(words[row])


def _bits(words: Words) -> NDArray[np.uint8]:
    """uint8 [n, 100] of 0 and 1: the word, its CRC and the tail, as they go into the encoder."""
    raw = np.empty((len(words), (WORD_BITS + CRC_BITS) // 8), np.uint8)
    raw[:, :8] = words.astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 8:] = crcs(words).astype(">u8").view(np.uint8).reshape(-1, 8)[:, 5:]
    return np.pad(np.unpackbits(raw, axis=1), ((0, 0), (0, MEMORY)))
