"""The text screen: names, descriptions, intents and harms of one text, with places in the original."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, NamedTuple

from safety.registry.load import Registry
from safety.registry.schema import Entry, Row
from safety.text import ages, concepts, rules, sounds, terms
from safety.text.described import Descriptions
from safety.text.edges import JOSA
from safety.text.fold import plain
from safety.text.fuzzy import FuzzyIndex
from safety.text.languages import TOLD, Spoken
from safety.text.learned import Learned
from safety.text.looks import Looks
from safety.text.match import find
from safety.text.patterns import Pattern, Patterns, build, names_of
from safety.text.places import NOWHERE, Places
from safety.text.support import CUE_CLASSES, of_its_world, supported
from safety.text.verify import KANA, Hit

Span = tuple[int, int]
Known = tuple[Hit, Pattern]
KIND_SIGNAL: Final = {
    "person": "name.person",
    "character": "name.character",
    "franchise": "name.franchise",
    "brand": "name.brand",
}
LIKELY: Final = "harm.likely_"  # signals of the second opinion
CLEARED: Final = 0.2  # score of what the second opinion clears: below every threshold of `safety/policies/harm.json`
EXACT: Final = 1.0
DISGUISED: Final = 0.95
WEAK: Final = 0.85
MOST_STYLED: Final = 8
BESIDE: Final = 2  # letters of an ordinary word before or after what looks like a name
LONGEST_AFFIX: Final = 6  # likewise in scripts with spaces
SHORT_WORD: Final = 4
SOUNDED: Final = frozenset({"pinyin", "romaji", "romanised", "translit"})  # spellings in which no name has a small word
MOST_SPACED: Final = 3  # letters apart, from which they are one word
LINKS: Final = frozenset({
    "the", "and", "und", "der", "die", "das", "von", "les", "des", "dans", "sur", "las", "los", "del", "con", "por",
    "que", "dan", "и", "в", "на", "с", "у", "к", "о", "по", "за", "из", "في", "من", "على",
})  # fmt: skip


class Found(NamedTuple):
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
        self._looks = Looks()
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
            *self._harms(text, labelled),
        ]

    def _harms(self, text: str, labelled: dict[str, list[Span]]) -> list[Found]:
        """What the rules and the second opinion say; what the latter clears is told, too, but stopped by no policy."""
        second = self.learned.look(text, labelled)
        found = [Found(LIKELY + o.kind, o.score, o.spans, "", o.detail) for o in second.opinions]
        for match in rules.apply(self.rules, labelled):
            cleared = match.weak and second.harmless
            score, detail = (CLEARED, f"{match.detail}:cleared") if cleared else (match.score, match.detail)
            found.append(Found(match.signal, score, match.spans, "", detail))
        return found

    def _is_generic(self, entry: Row | Entry, pattern: Pattern) -> bool:
        """ "A cute unicorn character" is nobody's Unicorn, though one is a character of that name."""
        return entry.kind in ("character", "franchise") and pattern.key in self._generic

    def _pointed(self, text: str, labelled: dict[str, list[Span]]) -> list[Found]:
        """Who is meant and not named: by role or nickname, and by looks, in the words of one language or of twelve."""
        said = [(p.entry, p.score, p.spans, p.how) for p in self._descriptions.look(text, labelled.get("role", ()))]
        said += [(p.entry, p.score, p.spans, "looks") for p in self._looks.look(text)]
        return [
            Found("likeness.indirect" if _is_role(entry, how) else "likeness.described", score, spans, entry, how)
            for entry, score, spans, how in said
        ]

    def _names(self, named: Sequence[Known], text: str, labelled: dict[str, list[Span]]) -> list[Found]:
        cues = {label: Places(labelled[label]) for label in CUE_CLASSES if label in labelled}
        worlds = self._worlds(named)
        return [found for hit, pattern in named if (found := self._name(hit, pattern, text, cues, worlds)) is not None]

    def _worlds(self, named: Sequence[Known]) -> dict[str, int]:
        entries: dict[str, set[int]] = defaultdict(set)
        starts: dict[str, set[int]] = defaultdict(set)
        for hit, pattern in named:
            field = self.registry.entries[pattern.entry].field
            entries[field].add(pattern.entry)
            starts[field].add(hit.start)
        return {field: min(len(entries[field]), len(starts[field])) for field in entries}

    def _name(
        self, hit: Hit, pattern: Pattern, text: str, cues: dict[str, Places], worlds: dict[str, int]
    ) -> Found | None:
        entry = self.registry.entries[pattern.entry]
        if entry.kind == "public_domain":
            if not cues.get("cue_version", NOWHERE).reaches(hit.start, hit.end, 24):
                return None
            return Found("name.character", WEAK, ((hit.start, hit.end),), entry.id, "version:" + _how(hit, pattern))
        if self._is_generic(entry, pattern) and not of_its_world(entry.field, hit, text):
            return None
        piece = text[hit.start : hit.end].lower()
        as_written = hit.exact and pattern.label == "name" and _same_spelling(piece, pattern.text.lower())
        if not as_written and _everyday(hit, piece, text, self.registry.ordinary):
            return None  # "huge" is no "Hu Ge", "gem" no "G.E.M.", "leopards" no misspelt "Liepard"
        if _of_other_words(hit, pattern, text, self.registry.ordinary):
            return None  # "a sexy red dress" is no "Sexyy Red", "Joel en la playa" no "Ellen Joe"
        disguised = hit.view == "letter by letter"  # a word that was altered on purpose is meant as a name
        if hit.exact and _inside_ordinary_word(hit, pattern, text, self.registry.ordinary):
            return None
        if pattern.label == "pinyin" and all(map(sounds.is_han, piece)) and not _homophones(piece, entry):
            return None
        if pattern.weak and not disguised and not supported(hit, pattern, self.registry, text, cues, worlds):
            return None
        if pattern.label == "initial" and not _initialled(text, hit):
            return None
        score = WEAK if pattern.weak or pattern.label == "initial" else EXACT if hit.exact else DISGUISED
        return Found(KIND_SIGNAL[entry.kind], score, ((hit.start, hit.end),), entry.id, _how(hit, pattern))


def _how(hit: Hit, pattern: Pattern) -> str:
    return f"{pattern.label}:{'plain' if hit.exact else hit.view}"


def _same_spelling(piece: str, name: str) -> bool:
    """Letter for letter; accents may be left out of a long name ("pokemon"), not of a short one ("rose" is no Rosé)."""
    return piece == name or (len(name) >= 6 and name.isalpha() and piece == plain(name))


def _homophones(piece: str, entry: Row | Entry) -> bool:
    """Han characters that sound like those of a strong name of the entry and are none of its names."""
    own = [name.replace("·", "") for name in names_of(entry) if name not in entry.weak]
    return piece not in own and any(sounds.homophones(piece, name) for name in own)


def _is_role(entry: str, how: str) -> bool:
    return how in ("role", "phrase") or (how == "looks" and entry.startswith("person:"))


def classes(patterns: Patterns, text: str) -> dict[str, list[Span]]:
    """Places of the classes of terms in a text, sorted."""
    return _labelled(_outside_traps(_known(patterns, find(patterns, text))), text)


def _known(patterns: Patterns, hits: Iterable[Hit]) -> list[Known]:
    items = patterns.items
    return [(hit, items[hit.number]) for hit in hits]


def _labelled(known: Sequence[Known], text: str) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    spoken = Spoken(text)
    safe = Places((hit.start, hit.end) for hit, pattern in known if pattern.label == "safe")
    for hit, pattern in known:
        if pattern.entry >= 0 or not _of_its_language(pattern, text, hit, spoken):
            continue
        if pattern.label == "safe" or not safe.covers(hit.start, hit.end):
            spans.setdefault(pattern.label, []).append((hit.start, hit.end))
    stated = ages.spans(text)
    if stated:
        spans.setdefault(ages.LABEL, []).extend(stated)
    return {label: sorted(set(places)) for label, places in spans.items()}


def _of_its_language(pattern: Pattern, text: str, hit: Hit, spoken: Spoken) -> bool:
    """Whether a term counts at a place: it is written so, or the words around may be of its language."""
    told = pattern.language in TOLD
    return not told or _spelled(pattern, text, hit) or spoken.may_be(pattern.language, hit.start, hit.end)


def _spelled(pattern: Pattern, text: str, hit: Hit) -> bool:
    """The term as it is written: a word that several languages share is one in all of them."""
    end = _affix(text, hit.end, 1, str.isalpha)
    word = plain(text[hit.start : end])
    return word.startswith(pattern.key) if pattern.prefix else word == pattern.key


def _everyday(hit: Hit, piece: str, text: str, ordinary: frozenset[str]) -> bool:
    """An ordinary word, or a part of one; in Korean with its particle ("오리와")."""
    if piece in ordinary:
        return True
    if "가" <= piece[0] <= "힣":
        return any(piece.endswith(particle) and piece.removesuffix(particle) in ordinary for particle in JOSA)
    if piece[0] < KANA:
        start, end = _affix(text, hit.start, -1, str.isalnum), _affix(text, hit.end, 1, str.isalnum)
        return text[start:end].lower() in ordinary
    starts = range(max(0, hit.start - BESIDE), hit.start + 1)
    ends = range(hit.end, min(len(text), hit.end + BESIDE) + 1)
    return any(text[first:last] in ordinary for first in starts for last in ends)


def _affix(text: str, edge: int, step: int, of_word: Callable[[str], bool]) -> int:
    """The further edge of what goes on in the same word before (`step` -1) or after (1) an edge of a hit."""
    furthest = max(0, min(len(text), edge + step * LONGEST_AFFIX))
    while edge != furthest and of_word(text[edge if step > 0 else edge - 1]):
        edge += step
    return edge


def _of_other_words(hit: Hit, pattern: Pattern, text: str, ordinary: frozenset[str]) -> bool:
    """Ordinary words in a row whose letters happen to be those of a name, or one of them beside a capitalised word."""
    piece = text[hit.start : hit.end]
    words, small = piece.split(), piece == piece.lower()
    if len(words) >= MOST_SPACED and sum(len(word) == 1 for word in words) >= len(words) - 1:
        return False  # "Т о м К р у з"
    if len(words) > 1 and not _links().isdisjoint(words) and _is_linked(words, hit, pattern, small, ordinary):
        return True
    if pattern.label == "name" and (hit.exact or hit.view not in ("skeleton", "reversed")):
        return False
    if small:
        return not hit.exact and hit.view in ("skeleton", "reversed") and all(word in ordinary for word in words)
    unlike = [word for word in words if word in ordinary and word == word.lower()]
    return bool(unlike) and not _own_words(hit, pattern, small).issuperset(unlike)


def _is_linked(words: Sequence[str], hit: Hit, pattern: Pattern, small: bool, ordinary: frozenset[str]) -> bool:
    """Small words are among them: "makes in" is no "Makesi", "fund in" no "Fundin", "Brown dans" no "Brown, Dan"."""
    links = _links().intersection(words) - _own_words(hit, pattern, small)
    if not links:
        return False
    if pattern.label != "name" or (not hit.exact and hit.view in ("fuzzy", "skeleton")):
        return True
    return all(word in links or word.lower() in ordinary for word in words)


def _own_words(hit: Hit, pattern: Pattern, small: bool) -> set[str]:
    """The words of a name, as the hit would have them."""
    if pattern.label in SOUNDED and not small:
        return set()
    own = (pattern.text.lower() if pattern.label == "name" else pattern.text).split()
    return {word[::-1] for word in own} if hit.view == "reversed" else set(own)


@cache
def _links() -> frozenset[str]:
    """Small words that no name is made of, with those of one and two letters that tell a language."""
    return LINKS.union(term.text for term in concepts.small() if len(term.text) <= 2)


def _inside_ordinary_word(hit: Hit, pattern: Pattern, text: str, ordinary: frozenset[str]) -> bool:
    """The name is the stem of an everyday word ("Librari" in "libraries"), or ends in one ("Wilson dans le jardin")."""
    end = _affix(text, hit.end, 1, str.isalpha)
    if end == hit.end:
        return False
    whole = text[hit.start : end].lower()
    last = whole.split()[-1]
    return whole in ordinary or (
        last != whole and last in ordinary and (pattern.label == "swap" or len(last) <= SHORT_WORD)
    )


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
