"""Find every name and term of a text, in all its readings."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import LONG, Codes, Offsets, Spelling, codes_of, runs, spread, text_of
from safety.text.edges import SUFFIXES, is_mark
from safety.text.fold import PLAIN, TABLE, View
from safety.text.patterns import FIRST_LETTER, LENGTH_FROM, LONGEST_LENGTH, WHOLLY, Pattern, Patterns, split_codes
from safety.text.verify import UNHEARD, Hit, verify
from safety.text.views import views

MOST_HITS: Final = 4_000
LONGEST_ENDING: Final = 6
WORD, LETTER, DIGIT, SMALL, CAPITAL, EAST, ALWAYS = 1, 2, 4, 8, 16, 32, 64


def _traits(char: str) -> str:
    """What `edges.starts_word` asks of a character, as bits; `ALWAYS`: a word may begin there whatever is before."""
    bits = WORD * (char.isalnum() or is_mark(char)) | LETTER * char.isalpha() | DIGIT * char.isdigit()
    bits |= SMALL * char.islower() | CAPITAL * char.isupper() | EAST * (ord(char) >= 0x2E80)
    return chr(bits | ALWAYS * (is_mark(char) or "ء" <= char <= "ۿ"))


_TRAITS: Final = Spelling(_traits)
# Jamo, kana and Hangul may be written as one with what follows.
_COMPOSED: Final = (("\u1100", "\u11ff"), ("\u3040", "\u318f"), ("\uac00", "\ud7ff"), ("\uff65", "\uffdc"))


def _opening(char: str) -> str:
    """The first letter of the ordinary reading of what begins with a character; NUL where that is not sure."""
    return "\0" if any(low <= char <= high for low, high in _COMPOSED) else PLAIN[char][:1] or "\0"


_OPENINGS: Final = Spelling(_opening)
_HEARD: Final = Spelling(lambda char: PLAIN[char])
_FOLDED: Final = Spelling(lambda char: "\0" if is_mark(char) else TABLE[char][:1] or "\0")
_VOICED_APART: Final = frozenset("ﾞﾟ゛゜ーｰ")


def _closed(text: str, codes: Codes) -> NDArray[np.bool_]:
    """At which offsets a hit surely ends that ends there: no mark, merged letter or voicing mark follows."""
    closed = np.zeros(len(text) + 1, np.bool_)
    if not _VOICED_APART.isdisjoint(text):
        return closed
    letters, _, _ = _FOLDED.of(codes)
    before, after = letters[:-1], letters[1:]
    closed[1:-1] = (before != 0) & (after != 0) & (before != after) & ((before != ord("r")) | (after != ord("n")))
    closed[-1] = True
    return closed


def _goes_on(before: Codes, here: Codes) -> NDArray[np.bool_]:
    """`not edges.starts_word`, but for marks and Arabic letters, which have rules of their own."""
    both = (before & here & WORD) != 0
    starts = ((before & LETTER) != 0) & ((here & DIGIT) != 0)
    starts |= ((before & (SMALL | DIGIT)) != 0) & ((here & CAPITAL) != 0)
    starts |= ((before ^ here) & EAST) != 0
    goes_on: NDArray[np.bool_] = both & ~starts & ((here & ALWAYS) == 0)
    return goes_on


def find(patterns: Patterns, text: str) -> list[Hit]:
    """Hits in text order; each pattern once per place, an ordinary spelling before a disguise."""
    found: dict[tuple[int, int], Hit] = {}
    if patterns.automaton is None:
        return []
    items = patterns.items
    words, judged = Words(text), np.zeros(0, np.int64)
    ordinary = Ordinary(text) if len(text) >= LONG else None  # a few hits are sooner verified than sorted out
    for view in views(text):
        backwards = view.name == "reversed"
        at = np.asarray(view.at, np.int64)
        first, last, bucket = _seen(patterns, view, at, words)
        if not backwards:  # what an earlier view has shown at the same place is judged
            place = (at[first] << 42) | (at[last] << 21) | bucket
            new = ~np.isin(place, judged)
            first, last, bucket = first[new], last[new], bucket[new]
            judged = np.concatenate([judged, place[new]])
        if not len(first):
            continue
        held, row = spread(patterns.firsts[bucket], patterns.firsts[bucket + 1])
        first, last, among = first[row], last[row], patterns.numbers[held]
        if ordinary is not None:
            fits = ordinary.may_be(patterns.opens[among], at[first], at[last] + 1)
            first, last, among = first[fits], last[fits], among[fits]
        offsets = at.tolist()
        for start, end, number in zip(first.tolist(), last.tolist(), among.tolist(), strict=True):
            pattern = items[number]
            if backwards and not _readable_backwards(pattern, text, offsets[end]):
                continue
            hit = verify(pattern, number, text, view.name, offsets, start, end)
            if hit is not None:
                known = found.get((number, hit.start))
                if known is None or (hit.exact and not known.exact):
                    found[(number, hit.start)] = hit
        if len(found) > MOST_HITS:
            break
    return sorted(found.values(), key=lambda h: (h.start, h.end))


def _seen(patterns: Patterns, view: View, at: Offsets, words: Words) -> tuple[Offsets, Offsets, Offsets]:
    """First and last letter in a view and bucket of what the automaton finds, less what cuts a word or a character."""
    symbols, letter = split_codes(codes_of(view.text))
    found = patterns.automaton.iter(text_of(symbols))
    pairs = np.fromiter(chain.from_iterable(found), np.int64).reshape(-1, 2)
    last, bucket = letter[pairs[:, 0]], pairs[:, 1]
    backwards = view.name == "reversed"
    if backwards:
        turned = patterns.turns[bucket] != 0
        last, bucket = last[turned], bucket[turned]
    first = last + 1 - patterns.sizes[bucket]
    if len(last):
        beside = np.concatenate([[-1], at, [-1]])
        fits = (beside[first] != at[first]) & (beside[last + 2] != at[last])
        loose = patterns.loose[bucket]
        fits &= (loose == 2) | (words.stops[at[last] if backwards else at[first]] == 0)
        if not backwards:
            end = at[last] + 1
            cut = np.flatnonzero(fits & (loose == 0) & (words.stops[end] != 0))
            fits[cut] = words.may_end(end[cut])
        first, last, bucket = first[fits], last[fits], bucket[fits]
    return first, last, bucket


class Ordinary:
    """The ordinary reading of a text, as far as it tells which short names cannot stand at a place.

    Attributes:
        openings: code point of `_opening` of each character, or 0.
        heard: letters of the ordinary reading before each offset.
        closed: `_closed` of each offset.
        latin: whether a character is an ASCII letter.
    """

    def __init__(self, text: str) -> None:
        codes = codes_of(text)
        self.openings, _, _ = _OPENINGS.of(codes)
        self.heard: Offsets = np.concatenate([[0], np.cumsum(_HEARD.of(codes)[2])])
        self.closed = _closed(text, codes)
        self.latin = (codes | 32) - ord("a") < 26

    def may_be(self, opens: NDArray[np.uint32], start: Offsets, end: Offsets) -> NDArray[np.bool_]:
        """Whether patterns of these `patterns.opening` may count at these places."""
        here, wholly = self.openings[start], opens >= WHOLLY
        letter, length = opens & FIRST_LETTER, (opens >> LENGTH_FROM) & LONGEST_LENGTH
        other = (opens != 0) & (here != 0) & (here != letter) & (wholly | self.latin[start])
        counted = wholly & self.closed[end] & (length < LONGEST_LENGTH)
        fits: NDArray[np.bool_] = ~(other | (counted & (self.heard[end] - self.heard[start] != length)))
        return fits


class Words:
    """Where words go on: at which offsets no word begins, because the character before belongs to the same word.

    Attributes:
        stops: end of the word for each offset inside one; 0 elsewhere.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.stops: Offsets = np.zeros(len(text) + 1, np.int64)
        traits, _, _ = _TRAITS.of(codes_of(text))
        inside = np.zeros(len(text), np.bool_)
        inside[1:] = _goes_on(traits[:-1], traits[1:])
        starts, ends = runs(inside)
        self.stops[:-1][inside] = np.repeat(ends, ends - starts)

    def may_end(self, ends: Offsets) -> NDArray[np.bool_]:
        """Whether the letters from each of these offsets on are an ending, or were merged into the letter before."""
        text, stops = self._text, np.minimum(self.stops[ends], ends + LONGEST_ENDING + 1)
        read = (_may_end(text[e - 1], text[e:stop]) for e, stop in zip(ends.tolist(), stops.tolist(), strict=True))
        return np.fromiter(read, np.bool_, len(ends))


@lru_cache(maxsize=8_000)
def _may_end(before: str, rest: str) -> bool:
    """Whether a hit may end at a letter. `rest`: those behind it in its word, at most seven."""
    if rest.lower() in SUFFIXES:
        return True
    last, following = TABLE[before], TABLE[rest[0]]
    return last == following or (last in "rn" and following in "nm") or rest.strip(UNHEARD) == ""


def _readable_backwards(pattern: Pattern, text: str, at: int) -> bool:
    """Long enough, or with its capital at the wrong end ("levraM"): no coincidence when it stands backwards.

    Never true of a pattern for which `patterns.may_turn` is false.
    """
    if pattern.entry < 0:
        return pattern.size >= 8
    if pattern.script in ("han", "kana"):
        return not pattern.weak
    if pattern.size >= 8 or (pattern.size >= 6 and min(map(len, pattern.text.split())) >= 3):
        return True
    return pattern.size >= 5 and text[at].islower() and text[at : at + 24].split(" ")[0].rstrip(".,!?")[-1:].isupper()
