"""Find every name and term of a text, in all its readings."""

from __future__ import annotations

import re
from typing import Final

from safety.text.fold import TABLE
from safety.text.patterns import Pattern, Patterns
from safety.text.verify import SUFFIXES, UNHEARD, Hit, cuts_a_character, verify
from safety.text.views import views

MOST_HITS: Final = 4_000
LONGEST_ENDING: Final = 6


def find(patterns: Patterns, text: str) -> list[Hit]:
    """Hits in text order; each pattern once per place, an ordinary spelling before a disguise."""
    found: dict[tuple[int, int], Hit] = {}
    refused: set[tuple[int, int, int]] = set()
    items, numbers, firsts, sizes = patterns.items, patterns.numbers, patterns.firsts, patterns.sizes
    if patterns.automaton is None:
        return []
    stops, loose, turns = _stops(text), patterns.loose, patterns.turns
    may_end: dict[int, bool] = {}  # offsets inside a word
    for view in views(text):
        at, backwards = view.at, view.name == "reversed"
        same = view.name != "pinyin" and not backwards  # judged alike in all these views
        for last, bucket in patterns.automaton.iter(view.text):
            if backwards and not turns[bucket]:
                continue
            start = last + 1 - sizes[bucket]
            if loose[bucket] < 2:
                end = at[last] + 1
                if stops[end - 1 if backwards else at[start]]:
                    continue
                if stops[end] and not backwards and not loose[bucket]:
                    if end not in may_end:
                        may_end[end] = _may_end(text, end, stops[end])
                    if not may_end[end]:
                        continue
            for number in numbers[firsts[bucket] : firsts[bucket + 1]]:
                pattern = items[number]
                if backwards and not _readable_backwards(pattern, text, at[last]):
                    continue
                if same:
                    known = found.get((number, at[start]))
                    if (known is not None and known.exact) or (number, at[start], at[last]) in refused:
                        continue
                hit = verify(pattern, number, text, view, start, last)
                if hit is None:
                    if same and not cuts_a_character(at, start, last):
                        refused.add((number, at[start], at[last]))
                else:
                    known = found.get((number, hit.start))
                    if known is None or (hit.exact and not known.exact):
                        found[(number, hit.start)] = hit
        if len(found) > MOST_HITS:
            break
    return sorted(found.values(), key=lambda h: (h.start, h.end))


_INSIDE: Final = re.compile(r"(?<=[A-Za-zА-Яа-яЁё])[a-zа-яё]+")


def _stops(text: str) -> list[int]:
    """Where the word ends, for each offset inside one (a small letter after a letter of its kind); 0 elsewhere."""
    stops = [0] * (len(text) + 1)
    for run in _INSIDE.finditer(text):
        start, stop = run.span()
        stops[start:stop] = [stop] * (stop - start)
    return stops


def _may_end(text: str, end: int, stop: int) -> bool:
    """The letters end..stop after a hit are an ending, or were merged into its last letter."""
    before, after = TABLE[text[end - 1]], TABLE[text[end]]
    if before == after or text[end:stop].strip(UNHEARD) == "" or (before in "rn" and after in "nm"):
        return True
    return stop - end <= LONGEST_ENDING and text[end:stop].lower() in SUFFIXES


def _readable_backwards(pattern: Pattern, text: str, at: int) -> bool:
    """Long enough, or with its capital at the wrong end ("levraM"): no coincidence when it stands backwards.

    Never true of a pattern for which `patterns.may_turn` is false.
    """
    if pattern.entry < 0:
        return pattern.size >= 8
    if pattern.size >= 8 or (pattern.size >= 6 and min(map(len, pattern.text.split())) >= 3):
        return True
    return pattern.size >= 5 and text[at].islower() and text[at : at + 24].split(" ")[0].rstrip(".,!?")[-1:].isupper()
