"""Word lists of many languages, found in a text in one pass: numbers of what was found, by their places.

Only the lists of the languages that a text seems to be in are read, for "die" is an article in German.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import SPACE, Codes, Offsets, codes_of, distinct, spread, text_of
from safety.text.fold import SPELLED, TABLE
from safety.text.patterns import split, split_codes
from safety.text.sounds import is_han, is_kana
from safety.text.terms import Term

ENOUGH: Final = 400  # words of a text that tell its language
CLITICS: Final = ("", "ال", "و", "ب", "ل", "ي", "ت", "ن", "وال", "بال", "لل")  # written together with an Arabic word
SHORT_ARABIC, SHORTEST_ARABIC = 5, 2
SCRIPTS: Final = {"ru": (0x0400, 0x04FF), "ar": (0x0600, 0x06FF), "hi": (0x0900, 0x097F), "ko": (0xAC00, 0xD7A3)}
UNSPACED: Final = ("zh", "ja")
_LATIN: Final = re.compile("[A-z]")
_EDGE: Final = np.array([SPACE], np.uint32)
Folded = tuple[Codes, Offsets]


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """Concepts in a text of fewer than 2^21 code points, by their places.

    Attributes:
        starts, ends: code points of the original, end exclusive, shape [M].
        names: number of each concept, shape [M].
    """

    starts: Offsets
    ends: Offsets
    names: Offsets

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> Mentions:
        return Mentions(self.starts[rows], self.ends[rows], self.names[rows])

    @classmethod
    def of(cls, starts: Offsets, ends: Offsets, names: Offsets) -> Mentions:
        """Concepts in any order: each is kept once, those of one place in the order of their numbers."""
        keys = distinct((starts << 42) | (ends << 21) | names)
        return cls(keys >> 42, (keys >> 21) & 0x1FFFFF, keys & 0x1FFFFF)


class WordLists:
    """The compiled lists; immutable, so one instance serves all threads.

    Args:
        terms: forms and the number of what each of them means.
        small: by language the articles and the like, which tell it.
    """

    def __init__(self, terms: Iterable[tuple[Term, int]], small: Iterable[Term]) -> None:
        words: dict[str, set[str]] = defaultdict(set)
        for term in small:
            words[term.language].add(_word(term.text))
        self._small: Mapping[str, frozenset[str]] = {language: frozenset(own) for language, own in words.items()}
        numbered: dict[str, list[tuple[Term, int]]] = defaultdict(list)
        for term, number in terms:
            numbered[term.language].append((term, number))
        self._lists = {language: _List.of(language, own) for language, own in numbered.items()}

    def find(self, text: str, read: Folded | None = None) -> Mentions:
        """What a text holds, folded already or not, in the order of its places. Linear in its length and findings."""
        letters, at = read or folded(text)
        symbols, letter = split_codes(letters)
        searched = text_of(symbols)
        found = [self._lists[language].find(searched) for language in self._languages(text, text_of(letters))]
        if not found:
            return Mentions(*np.zeros((3, 0), np.int64))
        last, sizes, names = (np.concatenate(columns) for columns in zip(*found, strict=True))
        last = letter[last]
        first = last + 1 - sizes
        first, last = first + (letters[first] == SPACE), last - (letters[last] == SPACE)
        return Mentions.of(at[first], at[last] + 1, names)

    def _languages(self, text: str, folded: str) -> list[str]:
        codes = {ord(char) for char in set(text) if not char.isascii()}
        found = [language for language, (low, high) in SCRIPTS.items() if any(low <= c <= high for c in codes)]
        if any(is_kana(chr(c)) for c in codes):
            found.append("ja")
        elif any(is_han(chr(c)) for c in codes):
            found.append("zh")
        if _LATIN.search(text):
            found += self._latin(folded.split(maxsplit=ENOUGH)[:ENOUGH])
        return [language for language in found if language in self._lists]

    def _latin(self, words: Sequence[str]) -> list[str]:
        """Those whose small words are the most frequent; all of them when there is none."""
        counts = {language: sum(word in small for word in words) for language, small in self._small.items()}
        most = max(counts.values(), default=0)
        return [language for language, count in counts.items() if count == most]


@dataclass(frozen=True, slots=True, eq=False)
class _List:
    """The forms of a language: form f has `sizes[f]` letters and the concepts `names[firsts[f] : firsts[f + 1]]`."""

    automaton: Any
    sizes: Offsets
    firsts: Offsets
    names: Offsets

    @classmethod
    def of(cls, language: str, terms: Iterable[tuple[Term, int]]) -> _List:
        import ahocorasick

        named: dict[str, set[int]] = defaultdict(set)
        for term, number in terms:
            for form in _forms(language, term):
                named[form].add(number)
        automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for number, form in enumerate(named):
            automaton.add_word(split(form), number)
        automaton.make_automaton()
        return cls(
            automaton,
            np.fromiter(map(len, named), np.int64),
            np.cumsum([0, *map(len, named.values())]),
            np.fromiter(chain.from_iterable(named.values()), np.int64),
        )

    def find(self, symbols: str) -> tuple[Offsets, Offsets, Offsets]:
        """The last symbol of each concept in a text, the letters of its form, and its number."""
        pairs = np.fromiter(chain.from_iterable(self.automaton.iter(symbols)), np.int64).reshape(-1, 2)
        last, form = pairs[:, 0], pairs[:, 1]
        which, row = spread(self.firsts[form], self.firsts[form + 1])
        return last[row], self.sizes[form[row]], self.names[which]


def folded(text: str) -> Folded:
    """Skeleton letters with one space between words and one at each end, and the code point that each came from."""
    letters, at, _ = SPELLED.of(codes_of(text))
    letters, at = np.concatenate([_EDGE, letters, _EDGE]), np.concatenate([[0], at, at[-1:] if len(at) else [0]])
    kept = np.append(True, (letters[1:] != SPACE) | (letters[:-1] != SPACE))
    return letters[kept], at[kept]


def _word(text: str) -> str:
    """Skeleton letters of a word or phrase, one space between words."""
    return " ".join("".join(TABLE[char] for char in text).split())


def _forms(language: str, term: Term) -> tuple[str, ...]:
    """What to look for in a folded text: a space is the edge of a word."""
    word = _word(term.text)
    if not word:
        return ()
    if language in UNSPACED:
        return (word,)
    if language == "ko":
        return (word,) if term.prefix and len(term.text.replace(" ", "")) > 1 else (" " + word,)
    if language == "ar":
        if len(word) <= SHORTEST_ARABIC or not term.prefix:
            return (f" {word} ", f" ال{word} ")
        return (word,) if len(word) >= SHORT_ARABIC else tuple(f" {clitic}{word}" for clitic in CLITICS)
    return (f" {word}" if term.prefix else f" {word} ",)
