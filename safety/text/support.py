"""When a name that is also an ordinary word counts: beside a cue, or beside its own world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from safety.registry.load import Registry
from safety.text.patterns import Pattern
from safety.text.verify import Hit

Span = tuple[int, int]
ADJACENT: Final = 12
SAME_TEXT: Final = 90
CUES: Final = {"person": "cue_person", "character": "cue_character", "franchise": "cue_character", "brand": "cue_brand"}
SENTENCE_ENDS: Final = frozenset(".!?:;\n\"'“‘(「『。！？：；")


def capitalised(text: str, start: int, end: int) -> bool:
    """Written as a name inside a sentence whose other words are not all capitalised."""
    piece = text[start:end]
    words = piece.split()
    if not words or not all(w[:1].isupper() for w in words):
        return False
    before = text[:start].rstrip()
    inside = bool(before) and before[-1] not in SENTENCE_ENDS
    around = text[max(0, start - 60) : start] + text[end : end + 60]
    lower = any(w[:1].islower() for w in around.split())
    return inside and lower


def near(spans: Sequence[Span], hit: Hit, reach: int) -> bool:
    """Whether a cue stands within `reach` code points and outside the hit itself."""
    return any(max(s - hit.end, hit.start - e) <= reach and not (s < hit.end and hit.start < e) for s, e in spans)


def supported(
    hit: Hit,
    pattern: Pattern,
    registry: Registry,
    text: str,
    cues: Mapping[str, Sequence[Span]],
    worlds: Mapping[str, int],
) -> bool:
    """Whether a weak hit may count.

    Args:
        cues: places of the cue words by class.
        worlds: number of different entries hit so far by franchise or occupation (`Entry.field`).
    """
    entry = registry.entries[pattern.entry]
    if (
        entry.kind == "character"
        and entry.field
        and worlds.get(entry.field, 0) >= 2
        and (pattern.script != "alpha" or capitalised(text, hit.start, hit.end))
    ):
        return True
    spans = cues.get(CUES.get(entry.kind, ""), ())
    if pattern.script != "alpha":
        return near(spans, hit, ADJACENT)
    if any(c.isupper() for c in text[hit.start : hit.end]) or text[hit.start : hit.end].isupper():
        return capitalised(text, hit.start, hit.end) and near(spans, hit, SAME_TEXT)
    return near(spans, hit, 2) and len(pattern.key) >= 4
