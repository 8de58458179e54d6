"""Find every name and term of a text, in all its readings."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import Codes, Offsets, Spelling, codes_of, runs, spread, text_of
from safety.text.edges import SUFFIXES, is_mark
from safety.text.fold import TABLE, View
from safety.text.patterns import DIGITS_TOO, NO_ASCII, Pattern, Patterns, split_codes
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
_OPENINGS: Final = np.array(
    [ord(chr(code).lower()) if chr(code).isalnum() else 0 for code in range(128)] + [0], np.uint8
)
NINE: Final = ord("9")


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
        first, last, among = _candidates(patterns, first, last, bucket, words.openings[at[first]], backwards)
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


def _candidates(
    patterns: Patterns, first: Offsets, last: Offsets, bucket: Offsets, openings: NDArray[np.uint8], backwards: bool
) -> tuple[Offsets, Offsets, Offsets]:
    """First and last letter and number of the patterns of buckets, less short ones with another first letter."""
    held, row = spread(patterns.firsts[bucket], patterns.firsts[bucket + 1])
    number = patterns.numbers[held]
    if not backwards:
        wanted, here = patterns.opens[number], openings[row]
        other = (wanted != 0) & (here != 0) & (here != wanted & NO_ASCII) & ((here > NINE) | (wanted >= DIGITS_TOO))
        row, number = row[~other], number[~other]
    return first[row], last[row], number


class Words:
    """Where words go on: at which offsets no word begins, because the character before belongs to the same word.

    Attributes:
        stops: end of the word for each offset inside one; 0 elsewhere.
        openings: each character as a small ASCII letter or digit; 0 where it is none.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.stops: Offsets = np.zeros(len(text) + 1, np.int64)
        codes = codes_of(text)
        self.openings = _OPENINGS[np.minimum(codes, len(_OPENINGS) - 1)]
        traits, _, _ = _TRAITS.of(codes)
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
