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
        bare: dict[str, str] = {}
        for at, (_, _, token) in enumerate(tokens):
            if "*" in token or "#" in token:
                yield from self._around(tokens, at, bare)

    def _around(self, tokens: Sequence[Token], at: int, bare: dict[str, str]) -> Iterator[Hit]:
        """Masked names that hold a token. `bare`: consonants of tokens, filled as they are met."""
        for _, _, token in tokens[max(0, at - 3) : at + 4]:
            if token not in bare:
                bare[token] = _VOWELS.sub("", token.lower().replace("*", "").replace("#", ""))
        for first in range(max(0, at - 3), at + 1):
            for length in range(at - first + 1, min(5, len(tokens) - first + 1)):
                part = tokens[first : first + length]
                for number in self._numbered(hash(" ".join([bare[token] for _, _, token in part]))):
                    if self._fits(part, number):
                        yield Hit(number, part[0][0], part[-1][1], False, "masked")

    def _numbered(self, key: int) -> Sequence[int]:
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            return ()
        return self._numbers[place : bisect_right(self._keys, key)]

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
