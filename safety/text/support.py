"""When a name that is also an ordinary word counts: beside a cue, or beside its own world."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from safety.registry.load import Registry
from safety.text.patterns import Pattern
from safety.text.places import NOWHERE, Places
from safety.text.verify import Hit

ADJACENT: Final = 12
ALTERED: Final = frozenset({"fuzzy", "masked", "reversed"})
SAME_TEXT: Final = 90
CUES: Final = {"person": "cue_person", "character": "cue_character", "franchise": "cue_character", "brand": "cue_brand"}
CUE_CLASSES: Final = frozenset({"cue_version", "cue_job", *CUES.values()})
SENTENCE_ENDS: Final = frozenset(".!?:;\n\"'“‘(「『。！？：；")


def capitalised(text: str, start: int, end: int) -> bool:
    """Written as a name inside a sentence whose other words are not all capitalised."""
    piece = text[start:end]
    words = piece.split()
    if not words or not all(w[:1].isupper() for w in words):
        return False
    last = start
    while last > 0 and text[last - 1].isspace():
        last -= 1
    inside = last > 0 and text[last - 1] not in SENTENCE_ENDS
    around = text[max(0, start - 60) : start] + text[end : end + 60]
    lower = any(w[:1].islower() for w in around.split())
    return inside and lower


_NEXT: Final = re.compile(r"\W{0,2}\s+(\w+)")
_BEFORE: Final = re.compile(r"(\w+)['’]?\s*$")
ARTICLES: Final = frozenset({
    "a", "an", "the", "my", "our", "your", "his", "her", "their", "its", "this", "that",
    "these", "those", "some", "any", "each", "every", "no", "one", "two",
})  # fmt: skip
KIN: Final = frozenset({
    "grandmother", "grandfather", "grandma", "grandpa", "mother", "father", "mom", "dad", "sister", "brother", "uncle",
    "aunt", "cousin", "friend", "neighbour", "neighbor", "colleague", "teacher", "son", "daughter", "wife", "husband",
    "dog", "cat", "king", "queen", "saint", "st", "named", "called", "name",
})  # fmt: skip
# Common nouns that stand without an article.
MASS: Final = frozenset({
    "storm", "flash", "vision", "venom", "carnage", "pink", "sting", "rogue", "raven", "beast", "prince", "neo",
    "trinity", "seal", "gambit", "king",
})  # fmt: skip


def proper(hit: Hit, text: str, ordinary: frozenset[str]) -> bool:
    """Written as the name of somebody: no article before it, and a capital inside a sentence or a verb after it."""
    piece = text[hit.start : hit.end]
    before = _BEFORE.search(text[max(0, hit.start - 24) : hit.start])
    if before is not None and before.group(1).lower() in ARTICLES | KIN:
        return False
    if capitalised(text, hit.start, hit.end):
        return True
    after = _NEXT.match(text[hit.end : hit.end + 24])
    acts = after is not None and after.group(1).endswith(("s", "ing")) and len(after.group(1)) > 3
    low = piece.lower()
    if piece[:1].isupper():
        return low not in ordinary or (acts and low not in MASS)
    return low not in ordinary and (acts or (before is not None and before.group(1).lower() in ("of", "with", "and")))


def of_its_world(field: str, hit: Hit, text: str) -> bool:
    """The work that a character belongs to stands beside the name ("Vi from Arcane")."""
    word = field.removesuffix(" Comics").lower()
    return len(word) > 1 and word in text[max(0, hit.start - 60) : hit.end + 60].lower().replace(
        text[hit.start : hit.end].lower(), ""
    )


def supported(
    hit: Hit,
    pattern: Pattern,
    registry: Registry,
    text: str,
    cues: Mapping[str, Places],
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
    if pattern.text in entry.proper and hit.exact and proper(hit, text, registry.ordinary):
        return True
    if pattern.whole and hit.view in ALTERED and any(c.isupper() for c in text[hit.start : hit.end]):
        return True
    if entry.kind == "character" and of_its_world(entry.field, hit, text):
        return True
    if (
        entry.kind == "person"
        and text[hit.start].isupper()
        and cues.get("cue_job", NOWHERE).beside(hit.start, hit.end, 2)
    ):
        return True
    places = cues.get(CUES.get(entry.kind, ""), NOWHERE)
    if pattern.script != "alpha":
        return places.beside(hit.start, hit.end, ADJACENT)
    if any(c.isupper() for c in text[hit.start : hit.end]) or text[hit.start : hit.end].isupper():
        return capitalised(text, hit.start, hit.end) and places.beside(hit.start, hit.end, SAME_TEXT)
    return pattern.key not in MASS and places.beside(hit.start, hit.end, 2) and len(pattern.key) >= 4
