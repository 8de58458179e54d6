"""The BCH code of TrustMark's layout BCH_4: 68 bits and 28 check bits, four flips corrected.

Narrow-sense code over GF(2^7) with x^7 + x^3 + 1, shortened to 72 data bits of which the last four are always zero and
never sent (`DataLayer` of the package `trustmark`, encoding 2). Any reader of that layout reads our word.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

DATA_BITS: Final = 68
CHECK_BITS: Final = 28
SENT_BITS: Final = DATA_BITS + CHECK_BITS
CORRECTED: Final = 4
_UNSENT_BITS = 4
_FIELD = 0x89
_ORDER = 127


def encode(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [96] of 0 and 1: the 68 data bits, then their check bits."""
    check = _check(data)
    return np.concatenate([data, [check >> shift & 1 for shift in range(CHECK_BITS - 1, -1, -1)]]).astype(np.uint8)


def decode(sent: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The 68 data bits of the codeword within four flips of `sent` (uint8 [96]), or None when there is none."""
    stated = int("".join(map(str, sent[DATA_BITS:].tolist())), 2)
    flips = _flips(_check(sent[:DATA_BITS]) ^ stated)
    if flips is None:
        return None
    fixed = sent[:DATA_BITS].copy()
    for place in flips:
        if place < DATA_BITS:
            fixed[place] ^= 1
    return fixed


def _check(data: NDArray[np.uint8]) -> int:
    check = 0
    for place in np.flatnonzero(data):
        check ^= _syndromes()[int(place)]
    return check


def _flips(syndrome: int) -> tuple[int, ...] | None:
    """The at most four places whose flips explain `syndrome`: unique, as the distance of the code is nine."""
    few = _few()
    if syndrome in few:
        return few[syndrome]
    for known, places in few.items():
        if (rest := few.get(syndrome ^ known)) is not None:
            return places + rest
    return None


@cache
def _few() -> dict[int, tuple[int, ...]]:
    """Syndromes of no, one and two flips."""
    syndromes = _syndromes()
    table: dict[int, tuple[int, ...]] = {0: ()}
    for count in (1, 2):
        for places in combinations(range(SENT_BITS), count):
            total = 0
            for place in places:
                total ^= syndromes[place]
            table[total] = places
    return table


@cache
def _syndromes() -> tuple[int, ...]:
    """What each of the 96 places adds to the check bits: x^k modulo the generator."""
    generator = _generator()
    powers = [1]
    for _ in range(DATA_BITS + _UNSENT_BITS + CHECK_BITS):
        shifted = powers[-1] << 1
        powers.append(shifted ^ generator if shifted >> CHECK_BITS & 1 else shifted)
    top = CHECK_BITS + _UNSENT_BITS + DATA_BITS - 1
    return tuple(powers[top - i] for i in range(DATA_BITS)) + tuple(
        powers[CHECK_BITS - 1 - i] for i in range(CHECK_BITS)
    )


def _generator() -> int:
    """Product of the minimal polynomials of the 1st, 3rd, 5th and 7th power of the root."""
    product = 1
    for first in (1, 3, 5, 7):
        product = _times(product, _minimal(first))
    return product


def _minimal(first: int) -> int:
    """The minimal polynomial of a power of the root, as bits: the product of (x + conjugate)."""
    logs = {first * 2**step % _ORDER for step in range(7)}
    terms = [1]
    for log in logs:
        scaled = [_field_times(term, _power(log)) for term in terms]
        terms = [high ^ low for high, low in zip([*terms, 0], [0, *scaled], strict=True)]
    return int("".join(map(str, terms)), 2)


def _power(log: int) -> int:
    value = 1
    for _ in range(log):
        value <<= 1
        value ^= _FIELD if value >> 7 else 0
    return value


def _field_times(one: int, other: int) -> int:
    product = _times(one, other)
    for shift in range(product.bit_length() - 8, -1, -1):
        product ^= _FIELD << shift if product >> (shift + 7) & 1 else 0
    return product


def _times(one: int, other: int) -> int:
    """Product of two polynomials over GF(2)."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one, other = one << 1, other >> 1
    return product
