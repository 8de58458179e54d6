"""The text screen: names, descriptions, intents and harms of one text, with places in the original."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from safety.registry.load import Registry
from safety.registry.schema import Entry, Row
from safety.text import ages, rules, sounds, terms
from safety.text.described import Descriptions
from safety.text.fold import plain
from safety.text.fuzzy import FuzzyIndex
from safety.text.learned import Learned
from safety.text.match import find
from safety.text.patterns import Pattern, Patterns, build, names_of
from safety.text.places import NOWHERE, Places
from safety.text.support import CUE_CLASSES, of_its_world, supported
from safety.text.verify import Hit

Span = tuple[int, int]
Known = tuple[Hit, Pattern]
KIND_SIGNAL: Final = {
    "person": "name.person",
    "character": "name.character",
    "franchise": "name.franchise",
    "brand": "name.brand",
}
LIKELY: Final = "harm.likely_"  # signals of the second opinion
EXACT: Final = 1.0
DISGUISED: Final = 0.95
WEAK: Final = 0.85
MOST_STYLED: Final = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found.

    Attributes:
        signal: name of the signal.
        score: [0, 1].
        spans: places in the original text, code points, end exclusive.
        entry: registry id, or an empty text.
        detail: how it was found, e.g. ``name:reversed`` or ``minor+soft``.
    """

    signal: str
    score: float
    spans: tuple[Span, ...]
    entry: str = ""
    detail: str = ""


class TextScreen:
    """Compiled registry and word lists; immutable, so one instance serves all threads."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.rules = rules.load()
        self.patterns: Patterns = build(registry, (*terms.load(), *ages.terms()))
        self._fuzzy = FuzzyIndex(self.patterns, registry)
        self._descriptions = Descriptions()
        self.learned = Learned()
        self._generic = frozenset(map(plain, registry.generic))

    def look(self, text: str) -> list[Found]:
        """Everything found in a text, in no particular order. Linear in its length, apart from sorting."""
        known = _outside_traps(_known(self.patterns, find(self.patterns, text)))
        labelled = _labelled(known, text)
        hits = [(hit, pattern) for hit, pattern in known if pattern.entry >= 0]
        exact = {(hit.start, hit.end) for hit, _ in hits}
        hits += _known(self.patterns, (h for h in self._fuzzy.find(text) if (h.start, h.end) not in exact))
        named = self._names(hits, text, labelled)
        return [
            *named,
            *self._pointed(text, labelled),
            *_styled(named, labelled),
            *(Found(m.signal, m.score, m.spans, "", m.detail) for m in rules.apply(self.rules, labelled)),
            *(Found(LIKELY + o.kind, o.score, o.spans, "", o.detail) for o in self.learned.look(text, labelled)),
        ]

    def _is_generic(self, entry: Row | Entry, pattern: Pattern) -> bool:
        """ "A cute unicorn character" is nobody's Unicorn, though one is a character of that name."""
        return entry.kind in ("character", "franchise") and pattern.key in self._generic

    def _pointed(self, text: str, labelled: dict[str, list[Span]]) -> list[Found]:
        return [
            Found(
                "likeness.described" if p.how == "described" else "likeness.indirect", p.score, p.spans, p.entry, p.how
            )
            for p in self._descriptions.look(text, labelled.get("role", ()))
        ]

    def _names(self, named: Sequence[Known], text: str, labelled: dict[str, list[Span]]) -> list[Found]:
        cues = {label: Places(labelled[label]) for label in CUE_CLASSES if label in labelled}
        worlds = self._worlds(named)
        return [found for hit, pattern in named if (found := self._name(hit, pattern, text, cues, worlds)) is not None]

    def _worlds(self, named: Sequence[Known]) -> dict[str, int]:
        seen: dict[str, set[tuple[int, int]]] = {}
        for hit, pattern in named:
            field = self.registry.entries[pattern.entry].field
            seen.setdefault(field, set()).add((pattern.entry, hit.start))
        return {field: min(len({e for e, _ in s}), len({p for _, p in s})) for field, s in seen.items()}

    def _name(
        self, hit: Hit, pattern: Pattern, text: str, cues: dict[str, Places], worlds: dict[str, int]
    ) -> Found | None:
        entry = self.registry.entries[pattern.entry]
        detail = f"{pattern.label}:{'plain' if hit.exact else hit.view}"
        if entry.kind == "public_domain":
            if not cues.get("cue_version", NOWHERE).reaches(hit.start, hit.end, 24):
                return None
            return Found("name.character", WEAK, ((hit.start, hit.end),), entry.id, "version:" + detail)
        if self._is_generic(entry, pattern) and not of_its_world(entry.field, hit, text):
            return None
        piece = text[hit.start : hit.end].lower()
        as_written = hit.exact and pattern.label == "name" and _same_spelling(piece, pattern.text.lower())
        if piece in self.registry.ordinary and not as_written:
            return None  # "huge" is no "Hu Ge", "gem" no "G.E.M.", "leopards" no misspelt "Liepard"
        lower = hit.view == "skeleton" and not hit.exact and text[hit.start : hit.end] == piece
        if lower and all(w in self.registry.ordinary for w in piece.split()):
            return None  # "a sexy red dress" is no "Sexyy Red", "a black man" no "B. Ackman"
        disguised = hit.view == "letter by letter"  # a word that was altered on purpose is meant as a name
        if hit.exact and _inside_ordinary_word(hit, text, self.registry.ordinary):
            return None
        if pattern.label == "pinyin" and all(map(sounds.is_han, piece)) and not _homophones(piece, entry):
            return None
        if pattern.weak and not disguised and not supported(hit, pattern, self.registry, text, cues, worlds):
            return None
        if pattern.label == "initial" and not _initialled(text, hit):
            return None
        score = WEAK if pattern.weak or pattern.label == "initial" else EXACT if hit.exact else DISGUISED
        return Found(KIND_SIGNAL[entry.kind], score, ((hit.start, hit.end),), entry.id, detail)


def _same_spelling(piece: str, name: str) -> bool:
    """Letter for letter; accents may be left out of a long name ("pokemon"), not of a short one ("rose" is no Rosé)."""
    return piece == name or (len(name) >= 6 and name.isalpha() and piece == plain(name))


def _homophones(piece: str, entry: Row | Entry) -> bool:
    """Han characters that sound like those of a strong name of the entry and are none of its names."""
    own = [name.replace("·", "") for name in names_of(entry) if name not in entry.weak]
    return piece not in own and any(sounds.homophones(piece, name) for name in own)


def classes(patterns: Patterns, text: str) -> dict[str, list[Span]]:
    """Places of the classes of terms in a text, sorted."""
    return _labelled(_outside_traps(_known(patterns, find(patterns, text))), text)


def _known(patterns: Patterns, hits: Iterable[Hit]) -> list[Known]:
    items = patterns.items
    return [(hit, items[hit.number]) for hit in hits]


def _labelled(known: Sequence[Known], text: str) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    safe = Places((hit.start, hit.end) for hit, pattern in known if pattern.label == "safe")
    for hit, pattern in known:
        if pattern.entry < 0 and (pattern.label == "safe" or not safe.covers(hit.start, hit.end)):
            spans.setdefault(pattern.label, []).append((hit.start, hit.end))
    stated = ages.spans(text)
    if stated:
        spans.setdefault(ages.LABEL, []).extend(stated)
    return {label: sorted(set(places)) for label, places in spans.items()}


def _inside_ordinary_word(hit: Hit, text: str, ordinary: frozenset[str]) -> bool:
    """The name is the stem of an everyday word ("Librari" in "libraries")."""
    end = hit.end
    while end < len(text) and end - hit.end < 6 and text[end].isalpha():
        end += 1
    return end > hit.end and text[hit.start : end].lower() in ordinary


def _styled(named: Sequence[Found], labelled: dict[str, list[Span]]) -> list[Found]:
    """Someone's name right after "in the style of"."""
    ends: dict[int, list[Span]] = {}
    starts: dict[int, list[Span]] = {}
    for style in labelled.get("style", ()):
        ends.setdefault(style[1], []).append(style)
        starts.setdefault(style[0], []).append(style)
    found: list[Found] = []
    for one in named if ends else ():
        first, last = one.spans[0]
        before = (style for place in range(first - 12, first + 1) for style in ends.get(place, ()))
        after = (style for place in range(last, last + 5) for style in starts.get(place, ()))
        found += [
            Found("style.living_artist", 0.8, (*one.spans, style), one.entry, "style+name")
            for style in sorted({*before, *after})
        ]
        if len(found) >= MOST_STYLED:
            break
    return found[:MOST_STYLED]


def _initialled(text: str, hit: Hit) -> bool:
    """ "T. Swift" and "T Swift", but not "t swift": the initial is a capital letter."""
    piece = text[hit.start : hit.end]
    return len(piece) > 3 and piece[0].isupper() and (piece[1] == "." or (piece[1] == " " and piece[2].isupper()))


def _outside_traps(known: Sequence[Known]) -> list[Known]:
    traps = Places((hit.start, hit.end) for hit, pattern in known if pattern.label == "trap")
    return [(hit, pattern) for hit, pattern in known if pattern.entry < 0 or not traps.covers_more(hit.start, hit.end)]
