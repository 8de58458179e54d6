"""The readings of a text: each undoes one family of disguises. All are linear in its length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.text import sounds
from safety.text.arrays import BLANK, BREAK, Codes, Flags, Offsets, Spelling, codes_of, runs
from safety.text.components import COMPONENTS_SEEN, COMPOSED
from safety.text.emoji import PICTURES, spoken
from safety.text.fold import NOTHING, SYMBOL_LEET, View, folded, reversed_skeletons, skeleton

Reading = tuple[Codes, Offsets]  # code points, and the offsets that they came from
REACH: Final = 64  # letters of a skeleton; the longest bundled name has 49

DIGITS: Final = frozenset("0123456789")
MULTI: Final = {
    "|\\/|": "m", "/\\/\\": "m", "|\\|": "n", "/\\/": "n", "\\/\\/": "w", "\\/": "v", "/\\": "a", "|-|": "h", "]-[": "h",
    "}{": "h", "|)": "d", "|>": "d", "[)": "d", "|3": "b", "|<": "k", "|_|": "u", "(_)": "u", "()": "o", "[]": "o", "|_": "l",
    "|=": "f", "|°": "p", "|2": "r", "><": "x", "'/": "y", "(": "c", "<": "c", "¢": "c", "7_": "z",
}  # fmt: skip
_MULTI: Final = re.compile("|".join(re.escape(k) for k in sorted(MULTI, key=len, reverse=True)))
_MULTI_MARKS: Final = frozenset("|\\/()<>[]{}")
DIGITS_OF_CYRILLIC: Final = {"6": "б", "1": "и", "$": "с", "4": "ч"}  # where they differ from those of Latin
_CYRILLIC: Final = (
    Spelling(lambda char: DIGITS_OF_CYRILLIC.get(char, char)),
    Spelling(lambda char: char if char == "4" else DIGITS_OF_CYRILLIC.get(char, char)),  # "4" may be "а", too
)
_NUMERAL: Final = re.compile(r"^[ \t]*(\d{1,2})[.)](?=\s)", re.MULTILINE)
_KANA: Final = Flags(sounds.is_kana)
_HAN: Final = Flags(sounds.is_han)


def views(text: str) -> Iterator[View]:
    """Every reading that this text calls for; the plain skeleton comes first.

    A reading that differs from the plain one only where certain characters stand is made of the stretches around them.
    """
    text = _unnumbered(text)
    base = skeleton(text)
    yield base
    yield from reversed_skeletons(text)
    marks = set(text)
    codes = codes_of(text)
    letters = np.asarray(base.at, np.int64)

    def around(changed: NDArray[np.bool_], read: Callable[[Codes], Reading], name: str, drop: frozenset[str]) -> View:
        return _stretches(read(codes), _near(codes, letters, np.flatnonzero(changed)), name, drop)

    if marks & SYMBOL_LEET:
        yield around(_among(codes, SYMBOL_LEET), _as_it_is, "symbols", SYMBOL_LEET)
    if marks & DIGITS:
        yield around(_among(codes, DIGITS | SYMBOL_LEET), _as_it_is, "digits", DIGITS | SYMBOL_LEET)
    if marks & _MULTI_MARKS and _MULTI.search(text):
        changed, reading = _drawn(text, codes)
        yield around(changed, lambda _: reading, "leet", NOTHING)
    if marks & DIGITS_OF_CYRILLIC.keys() and any("а" <= c <= "я" for c in marks):
        changed = _among(codes, frozenset(DIGITS_OF_CYRILLIC))
        for spelling in _CYRILLIC:
            yield around(changed, partial(_respelled, spelling), "cyrillic digits", NOTHING)
    kana, han = any(map(sounds.is_kana, marks)), any(map(sounds.is_han, marks))
    if kana:
        yield around(_KANA.of(codes), sounds.romaji_reading, "romaji", NOTHING)
    if han:
        yield around(_HAN.of(codes), sounds.pinyin_reading, "pinyin", NOTHING)
        changed, reading = _composed(text, codes)
        if changed.any():
            yield around(changed, lambda _: reading, "components", NOTHING)
    if marks & PICTURES:
        yield around(_among(codes, PICTURES), spoken, "emoji", NOTHING)


def _among(codes: Codes, chars: frozenset[str]) -> NDArray[np.bool_]:
    return np.isin(codes, [ord(char) for char in chars])


def _respelled(spelling: Spelling, codes: Codes) -> Reading:
    letters, at, _ = spelling.of(codes)
    return letters, at


def _as_it_is(codes: Codes) -> Reading:
    return codes, np.arange(len(codes))


def _near(codes: Codes, letters: Offsets, places: Offsets) -> NDArray[np.bool_]:
    """Which characters lie within `REACH` letters of a place, or in a word that begins or ends there.

    Args:
        letters: offsets of the letters of the skeleton, which tell letters from what is invisible.
        places: offsets, ascending.
    """
    size = len(codes)
    bounds = np.concatenate([[0], letters, [size]])
    at = np.searchsorted(letters, places)
    starts = np.minimum(bounds[np.maximum(at + 1 - REACH, 0)], places)
    upto = np.searchsorted(letters, places, "right") + REACH
    ends = np.maximum(bounds[np.minimum(upto + 1, len(bounds) - 1)], places + 1)
    starts, ends = runs(_covered(size, starts, ends))
    blank = np.flatnonzero(np.concatenate([[True], BLANK.of(codes), [True]]))  # one more than the offset
    before = blank[np.searchsorted(blank, starts, "right") - 1]
    after = blank[np.searchsorted(blank, ends + 1)] - 1
    return _covered(size, np.maximum(before, starts - REACH), np.minimum(after, ends + REACH))


def _covered(size: int, starts: Offsets, ends: Offsets) -> NDArray[np.bool_]:
    steps = np.bincount(np.maximum(starts, 0), minlength=size + 1) - np.bincount(ends, minlength=size + 1)
    return np.cumsum(steps)[:size] > 0


def _stretches(reading: Reading, inside: NDArray[np.bool_], name: str, drop: frozenset[str]) -> View:
    """One view of the stretches of a reading that lie inside; no name reaches from one to the next."""
    codes, at = reading
    if inside.all():
        return folded(codes, at, name, drop)
    kept = inside[at]
    heads, _ = runs(kept)
    codes, at = np.insert(codes, heads, BREAK), np.insert(at, heads, at[heads])
    kept = np.insert(kept, heads, True)
    return folded(codes[kept], at[kept], name, drop)


def _unnumbered(text: str) -> str:
    """The text with blanks for the numbers of a list, 1, 2, 3 at the heads of its lines; of the same length.

    They stand for no letter: "3. Der Flakon" names nobody called Eder. Numbers that do not count up are left alone.
    """
    found = list(_NUMERAL.finditer(text))
    if len(found) < 2 or [int(number[1]) for number in found] != list(range(1, len(found) + 1)):
        return text
    chars = list(text)
    for number in found:
        chars[slice(*number.span(1))] = " " * len(number[1])
    return "".join(chars)


def _composed(text: str, codes: Codes) -> tuple[NDArray[np.bool_], Reading]:
    """Where two characters are the parts of one, and the text with that one."""
    changed, kept, written = np.zeros(len(codes), np.bool_), np.ones(len(codes), np.bool_), codes.copy()
    for match in COMPONENTS_SEEN.finditer(text):
        start = match.start()
        changed[start], kept[start + 1], written[start] = True, False, ord(COMPOSED[match.group()])
    return changed, (written[kept], np.flatnonzero(kept))


def _drawn(text: str, codes: Codes) -> tuple[NDArray[np.bool_], Reading]:
    """Where letters are drawn of several characters, and the text with these letters."""
    changed, kept, written = np.zeros(len(codes), np.bool_), np.ones(len(codes), np.bool_), codes.copy()
    for match in _MULTI.finditer(text):
        start, end = match.span()
        changed[start] = True
        kept[start + 1 : end] = False
        written[start] = ord(MULTI[match.group()])
    return changed, (written[kept], np.flatnonzero(kept))
