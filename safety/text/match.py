"""Find every name and term of a text, in all its readings."""

from __future__ import annotations

from typing import Final

from safety.text.patterns import Pattern, Patterns
from safety.text.verify import Hit, verify
from safety.text.views import views

MOST_HITS: Final = 4_000


def find(patterns: Patterns, text: str) -> list[Hit]:
    """Hits in text order; each pattern once per place, an ordinary spelling before a disguise."""
    found: dict[tuple[int, int], Hit] = {}
    items, buckets, sizes = patterns.items, patterns.buckets, patterns.sizes
    if patterns.automaton is None:
        return []
    for view in views(text):
        for last, bucket in patterns.automaton.iter(view.text):
            for number in buckets[bucket]:
                pattern = items[number]
                if view.name == "reversed" and not _readable_backwards(pattern):
                    continue
                hit = verify(pattern, number, text, view, last + 1 - sizes[bucket], last)
                if hit is not None:
                    known = found.get((number, hit.start))
                    if known is None or (hit.exact and not known.exact):
                        found[(number, hit.start)] = hit
        if len(found) > MOST_HITS:
            break
    return sorted(found.values(), key=lambda h: (h.start, h.end))


def _readable_backwards(pattern: Pattern) -> bool:
    """Long enough that it is no coincidence when it stands backwards in a text."""
    if pattern.entry < 0:
        return pattern.size >= 8
    return pattern.size >= 8 or (pattern.size >= 6 and min(map(len, pattern.text.split())) >= 3)
