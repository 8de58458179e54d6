"""Concepts in a text: everyday words of twelve languages by what they mean, harmless ones as well as others.

The lists are `data/concepts/<language>.txt`, read like those of `terms`. Unlike terms they are broad and short: "kick",
"patada" and "蹴" are `hurting`, whoever kicks whatever. `safety.text.learned` weighs which of them stand together. Only
the lists of the languages that a text seems to be in are read, for "die" is an article in German.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safety.text.fold import DATA, TABLE
from safety.text.sounds import is_han, is_kana
from safety.text.terms import Term, load

FOLDER: Final = DATA / "concepts"
SMALL: Final = "small"  # the label of articles and the like, which tell a language
ENOUGH: Final = 400  # words of a text that tell its language
CLITICS: Final = ("", "ال", "و", "ب", "ل", "ي", "ت", "ن", "وال", "بال", "لل")  # written together with an Arabic word
SHORT_ARABIC, SHORTEST_ARABIC = 5, 2
SCRIPTS: Final = {"ru": (0x0400, 0x04FF), "ar": (0x0600, 0x06FF), "hi": (0x0900, 0x097F), "ko": (0xAC00, 0xD7A3)}
UNSPACED: Final = ("zh", "ja")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A concept in a text: code points of the original, end exclusive."""

    start: int
    end: int
    name: str


class Concepts:
    """The compiled lists; immutable, so one instance serves all threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        by_language: dict[str, list[Term]] = defaultdict(list)
        for term in load(folder):
            by_language[term.language].append(term)
        self.names = sorted({t.label for terms in by_language.values() for t in terms} - {SMALL})
        self._small = {
            language: frozenset(_folded(t.text)[0].strip() for t in terms if t.label == SMALL)
            for language, terms in by_language.items()
            if any(t.label == SMALL for t in terms)
        }
        self._automata = {language: _automaton(language, terms) for language, terms in by_language.items()}

    def find(self, text: str) -> list[Place]:
        """The concepts of a text in the order of their places. Linear in its length and in what is found."""
        folded, at = _folded(text)
        found: set[Place] = set()
        for language in self._languages(text, folded):
            for last, (size, names) in self._automata[language].iter(folded):
                first = last + 1 - size
                start = at[first + (folded[first] == " ")]
                end = at[last - (folded[last] == " ")] + 1
                found.update(Place(start, end, name) for name in names)
        return sorted(found)

    def _languages(self, text: str, folded: str) -> list[str]:
        codes = {ord(char) for char in set(text)}
        found = [language for language, (low, high) in SCRIPTS.items() if any(low <= c <= high for c in codes)]
        if any(is_kana(chr(c)) for c in codes):
            found.append("ja")
        elif any(is_han(chr(c)) for c in codes):
            found.append("zh")
        if any(0x41 <= c <= 0x7A for c in codes):
            found += self._latin(folded.split(maxsplit=ENOUGH)[:ENOUGH])
        return [language for language in found if language in self._automata]

    def _latin(self, words: Sequence[str]) -> list[str]:
        """Those whose small words are the most frequent; all of them when there is none."""
        counts = {language: sum(word in small for word in words) for language, small in self._small.items()}
        most = max(counts.values(), default=0)
        return [language for language, count in counts.items() if count == most]


def _folded(text: str) -> tuple[str, list[int]]:
    """Skeleton letters with one space between words, one at each end, and where each of them came from."""
    letters, at = [" "], [0]
    for place, char in enumerate(text):
        for letter in TABLE[char]:
            if letter != " " or letters[-1] != " ":
                letters.append(letter)
                at.append(place)
    if letters[-1] != " ":
        letters.append(" ")
        at.append(max(0, len(text) - 1))
    return "".join(letters), at


def _automaton(language: str, terms: Iterable[Term]) -> Any:
    import ahocorasick

    named: dict[str, set[str]] = defaultdict(set)
    for term in terms:
        if term.label != SMALL:
            for form in _forms(language, term):
                named[form].add(term.label)
    automaton = ahocorasick.Automaton()
    for form, names in named.items():
        automaton.add_word(form, (len(form), tuple(sorted(names))))
    automaton.make_automaton()
    return automaton


def _forms(language: str, term: Term) -> tuple[str, ...]:
    """What to look for in a folded text: a space is the edge of a word."""
    word = _folded(term.text)[0].strip()
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
