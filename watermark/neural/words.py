"""How our 64-bit word fills what a neural mark can carry. Soft bits in, a checked word or nothing out.

`false_positive` bounds the chance that random bits give a word for one key in one call of `read`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from watermark.invisible import code
from watermark.invisible.keys import Key
from watermark.invisible.payload import CHECKED_BITS, INFO_BITS, WORD_BITS, Payload, from_bits
from watermark.neural import bch

Bits = NDArray[np.uint8]
Soft = NDArray[np.float32]


class Words(Protocol):
    """A layout of the word.

    Attributes:
        bits: what one item (a frame, a picture, a second) carries.
        items: how many items in a row it takes to carry the whole word.
        false_positive: see above.
    """

    @property
    def bits(self) -> int: ...
    @property
    def items(self) -> int: ...
    @property
    def false_positive(self) -> float: ...
    def write(self, payload: Payload, count: int) -> Bits:
        """uint8 [count, bits] of 0 and 1."""
        ...

    def read(self, soft: Soft, key: Key) -> Payload | None:
        """The word of `key` in float32 [count, bits]; positive means 1, larger means surer."""
        ...

    def value(self, payload: Payload) -> str:
        """The word as a C2PA soft binding states it."""
        ...


class Punctured:
    """The code of our own mark with as many of its symbols as there is room for; each item carries all of them.

    Args:
        bits: room for symbols; the code has 88 information bits, so 200 and more leave it some strength.
    """

    items = 1
    false_positive = code.LIST_SIZE * 2.0**-CHECKED_BITS

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._kept = np.arange(bits) * code.SYMBOLS // bits

    def write(self, payload: Payload, count: int) -> Bits:
        symbols = code.encode(payload)[self._kept]
        return np.tile((symbols > 0).astype(np.uint8), (count, 1))

    def read(self, soft: Soft, key: Key) -> Payload | None:
        symbols = np.zeros(code.SYMBOLS, np.float32)
        symbols[self._kept] = soft.mean(axis=0)
        return code.decode(symbols, key).payload

    def value(self, payload: Payload) -> str:
        return payload.hex


class TrustMarkLayout:
    """Layout BCH_4 of TrustMark: our word, four zeros, 28 check bits, four bits that name the layout.

    There is no room for a CRC: the BCH code, the zeros, tag and check bits take its place. Of random words 1.3 % lie
    within four flips of a codeword; 5 of 16 have a layout with at most one flip.
    """

    items = 1
    bits = 100
    _SCHEMA: Final = np.array([0, 0, 1, 0], np.uint8)
    _TRIED_BITS: ClassVar = 3
    false_positive = 2**_TRIED_BITS * 0.013 * 5 / 16 * 2.0 ** -(4 + 8 + 16)

    def write(self, payload: Payload, count: int) -> Bits:
        return np.tile(np.concatenate([bch.encode(_data(payload)), self._SCHEMA]), (count, 1))

    def read(self, soft: Soft, key: Key) -> Payload | None:
        mean = soft.mean(axis=0)
        hard = (mean > 0).astype(np.uint8)
        if np.count_nonzero(hard[bch.SENT_BITS :] != self._SCHEMA) > 1:
            return None
        for tried in _variants(hard[: bch.SENT_BITS], np.abs(mean[: bch.SENT_BITS]), self._TRIED_BITS):
            data = bch.decode(tried)
            if data is None or data[WORD_BITS:].any():
                continue
            word = Payload(int.from_bytes(np.packbits(data[:WORD_BITS]).tobytes()))
            if word.belongs_to(key):
                return word
        return None

    def value(self, payload: Payload) -> str:
        return "2*" + "".join(map(str, _data(payload).tolist()))


class Multiplexed:
    """Sixteen bits a second: five name the part (three of number, two of parity), eleven are an eighth of word and CRC.

    Eight seconds in a row carry the whole word, from wherever they start; less of them carry nothing that is read.
    """

    items = 8
    bits = 16
    _HEAD_BITS = 5
    _TRIED_BITS = 6
    false_positive = 2**_TRIED_BITS * 2.0**-CHECKED_BITS

    def write(self, payload: Payload, count: int) -> Bits:
        parts = payload.bits().reshape(self.items, INFO_BITS // self.items)
        rows = [np.concatenate([_head(n % self.items), parts[n % self.items]]) for n in range(count)]
        return np.stack(rows).astype(np.uint8) if rows else np.empty((0, self.bits), np.uint8)

    def read(self, soft: Soft, key: Key) -> Payload | None:
        total, seen = np.zeros((self.items, INFO_BITS // self.items), np.float32), set()
        for row in soft:
            number = _part((row[: self._HEAD_BITS] > 0).astype(np.uint8))
            if number is not None:
                total[number] += row[self._HEAD_BITS :]
                seen.add(number)
        if len(seen) < self.items:
            return None
        flat = total.reshape(-1)
        for tried in _variants((flat > 0).astype(np.uint8), np.abs(flat), self._TRIED_BITS):
            word = from_bits(tried)
            if word is not None and word.belongs_to(key):
                return word
        return None

    def value(self, payload: Payload) -> str:
        return payload.hex


def _data(payload: Payload) -> Bits:
    """uint8 [68]: the word and four zeros."""
    return np.concatenate([payload.bits()[:WORD_BITS], np.zeros(bch.DATA_BITS - WORD_BITS, np.uint8)])


def _head(number: int) -> Bits:
    high, middle, low = number >> 2 & 1, number >> 1 & 1, number & 1
    return np.array([high, middle, low, high ^ middle, middle ^ low], np.uint8)


def _part(head: Bits) -> int | None:
    number = int(head[0]) << 2 | int(head[1]) << 1 | int(head[2])
    return number if np.array_equal(head, _head(number)) else None


def _variants(hard: Bits, surety: Soft, count: int) -> Iterator[Bits]:
    """`hard`, then with each choice of the `count` least sure bits flipped (Chase's second algorithm)."""
    doubtful = np.argsort(surety, kind="stable")[:count].tolist()
    for size in range(count + 1):
        for places in combinations(doubtful, size):
            tried = hard.copy()
            tried[list(places)] ^= 1
            yield tried
