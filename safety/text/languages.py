"""Which language a place of a text is in, as far as its small words tell.

A word list is of one language, but a text is searched for all: "tanga" is underwear in Spanish, and the Indonesian
hand "tangan" begins with it. A term of a language written in Latin letters counts unless the words around it are
clearly of another one. English counts everywhere: it is mixed into all.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from functools import cache, cached_property
from itertools import accumulate
from typing import Final

from safety.text.concepts import small

TOLD: Final = ("de", "es", "fr", "id", "it", "pt", "tr")  # others have letters of their own, or are mixed in
REACH: Final = 110  # code points on either side that are looked at
CLEAR: Final = 2  # small words of another language, from which, and by which, it is the clearer one
FURTHER: Final = {
    "it": "il di che una per non con gli della delle nel sono lo un si al da dei le ma come mentre sul alla ai è e",
    "tr": "ve bir bu için ile çok gibi olan ne daha ama sonra kadar var onun kendi üzerinde",
}
_WORD: Final = re.compile(r"[^\W\d_]+")


class Spoken:
    """The small words of one text; read when the first place is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def may_be(self, language: str, start: int, end: int) -> bool:
        """Whether the words around a place may be of a language of `TOLD`. `start`, `end`: code points, exclusive."""
        first, last = (bisect_left(self._starts, at) for at in (start - REACH, end + REACH))
        counts = {name: sums[last] - sums[first] for name, sums in self._sums.items()}
        return max(counts.values()) < CLEAR + 2 * counts[language]

    @cached_property
    def _words(self) -> list[tuple[int, str]]:
        return [(word.start(), word.group().casefold()) for word in _WORD.finditer(self._text)]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self._words]

    @cached_property
    def _sums(self) -> dict[str, list[int]]:
        """Small words of each language before each word, and in all."""
        return {
            language: [0, *accumulate(word in own for _, word in self._words)] for language, own in _small().items()
        }


@cache
def _small() -> Mapping[str, frozenset[str]]:
    words: dict[str, set[str]] = {language: set(more.split()) for language, more in FURTHER.items()}
    for term in small():
        if term.language in (*TOLD, "en"):
            words.setdefault(term.language, set()).add(term.text.casefold())
    return {language: frozenset(own) for language, own in words.items()}
