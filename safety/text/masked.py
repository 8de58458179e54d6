"""Names whose vowels are masked ("T*yl*r Sw*ft"): found by their consonants, then compared letter for letter."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from safety.text.misspelt import Token, parts_of
from safety.text.patterns import Pattern
from safety.text.verify import Hit

SHORTEST: Final = 4  # consonants
_VOWELS: Final = re.compile(r"[aeiouyаеёиоуыэюя]")
_LETTERS: Final = re.compile(r"[\W_]")


class MaskedNames:
    """Some of the patterns, by hashes of their consonants."""

    def __init__(self, items: Sequence[Pattern], numbers: Iterable[int]) -> None:
        self._items = items
        held: list[tuple[int, int]] = []
        for number in numbers:
            bare = [_VOWELS.sub("", _LETTERS.sub("", part.lower())) for part in parts_of(items[number])]
            if sum(map(len, bare)) >= SHORTEST:
                held.append((hash(" ".join(bare)), number))
        held.sort()
        self._keys, self._numbers = array("q", (key for key, _ in held)), array("i", (number for _, number in held))

    def find(self, tokens: Sequence[Token]) -> Iterator[Hit]:
        """Masked names, in the order of the tokens that have a mask."""
        for at, (_, _, token) in enumerate(tokens):
            if "*" in token or "#" in token:
                yield from self._around(tokens, at)

    def _around(self, tokens: Sequence[Token], at: int) -> Iterator[Hit]:
        for first in range(max(0, at - 3), at + 1):
            for length in range(at - first + 1, min(5, len(tokens) - first + 1)):
                part = tokens[first : first + length]
                key = hash(" ".join(_VOWELS.sub("", t.lower().replace("*", "").replace("#", "")) for _, _, t in part))
                for place in range(bisect_left(self._keys, key), bisect_right(self._keys, key)):
                    if self._fits(part, number := self._numbers[place]):
                        yield Hit(number, part[0][0], part[-1][1], False, "masked")

    def _fits(self, part: Sequence[Token], number: int) -> bool:
        """Letter for letter the name, a star for any letter, or stars left out of the count."""
        seen = "".join(t for _, _, t in part).lower()
        name = self._items[number].text.replace(" ", "").replace("-", "").lower()
        places = {0}
        for char, group in groupby(seen, lambda c: "*" if c in "*#" else c):
            count = len(list(group))
            if char == "*":
                places = {end for place in places for end in _reached(name, place, 2 * count)}
            else:
                places = {place + count for place in places if name.startswith(char * count, place)}
            if not places:
                return False
        return len(name) in places


def _reached(name: str, place: int, most: int) -> Iterator[int]:
    """Where one stands in a name after at most `most` letters, digits or underscores from a place."""
    yield place
    while most > 0 and place < len(name) and (name[place].isalnum() or name[place] == "_"):
        place, most = place + 1, most - 1
        yield place
