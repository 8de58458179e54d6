"""From registry rows and word lists to one Aho-Corasick automaton over skeletons.

Every pattern knows its ordinary reading, so a hit can be told from a coincidence of skeletons.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from safety.registry.load import Registry
from safety.registry.schema import Entry
from safety.text import sounds
from safety.text.fold import forget, plain, skeleton_of_name
from safety.text.terms import Term

LONG_ENOUGH_TO_BE_GLUED: Final = 9
SHORTEST_DISGUISE: Final = 5  # skeleton letters; shorter names match only in their ordinary spelling


class Pattern:
    """A name or a term to look for.

    Attributes:
        text: as written in its source.
        key: ordinary reading (`fold.plain`).
        size: length of the skeleton.
        script: ``alpha``, ``han``, ``kana`` or ``hangul``.
        entry: index of the registry entry, or -1 for a term.
        label: class of a term, or how a name was derived (``name``, ``swap``, ``pinyin``, ``initial`` ...).
        weak: also an ordinary word or private name; needs support.
        prefix: a term whose ending is free.
        whole: a misspelling of it may count: it is strong, or counts when written as a name.
    """

    __slots__ = ("_key", "entry", "label", "prefix", "script", "size", "text", "weak", "whole")

    def __init__(
        self, text: str, entry: int, label: str, weak: bool, prefix: bool = False, whole: bool = False
    ) -> None:
        self.text = text
        self._key: str | None = None
        self.size = 0
        self.script = script_of(text)
        self.entry = entry
        self.label = label
        self.weak = weak
        self.prefix = prefix
        self.whole = whole or not weak

    @property
    def key(self) -> str:
        """Worked out at the first hit; most patterns never have one."""
        if self._key is None:
            self._key = plain(self.text)
        return self._key


def script_of(text: str) -> str:
    """Which boundary rules a name follows."""
    if text.isascii():
        return "alpha"
    if any(sounds.is_han(c) for c in text):
        return "han"
    if any("가" <= c <= "힣" for c in text):
        return "hangul"
    return "kana" if any(sounds.is_kana(c) for c in text) else "alpha"


@dataclass(slots=True)
class Patterns:
    """All patterns and the automaton that finds them. `automaton` yields numbers of buckets.

    The patterns of bucket b are `items[n]` for n in `numbers[firsts[b] : firsts[b + 1]]`; `sizes[b]` is the length of
    their common skeleton. `loose` tells for each bucket whether one of its patterns may begin and end inside a word of
    Latin or Cyrillic letters (2), only end there (1), or neither (0); `turns` whether one of them is long enough to be
    read backwards.
    """

    items: list[Pattern] = field(default_factory=list)
    numbers: Sequence[int] = ()
    firsts: Sequence[int] = ()
    sizes: Sequence[int] = ()
    loose: bytearray = field(default_factory=bytearray)
    turns: bytearray = field(default_factory=bytearray)
    automaton: Any = None


def build(registry: Registry, terms: Iterable[Term]) -> Patterns:
    """Compile; about a second for 30,000 names."""
    import ahocorasick

    found: dict[str, int | list[int]] = {}  # most skeletons have one pattern
    items: list[Pattern] = []
    for pattern in _all(registry, terms):
        number = len(items)
        items.append(pattern)
        text = pattern.text
        forms = {skeleton_of_name(text)}
        if " " in text:
            forms.add(skeleton_of_name(text.replace(" ", "")))
        pattern.size = min(len(f) for f in forms)
        for form in forms:
            known = found.get(form) if form else 0
            if known is None:
                found[form] = number
            elif form:
                found[form] = [*known, number] if isinstance(known, list) else [known, number]
    forget()
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    numbers, firsts, sizes, loose, turns = array("I"), array("I", [0]), array("I"), bytearray(), bytearray()
    for form, held in found.items():
        automaton.add_word(form, len(sizes))
        own = held if isinstance(held, list) else [held]
        numbers.extend(own)
        firsts.append(len(numbers))
        sizes.append(len(form))
        loose.append(max(_loose(items[n]) for n in own))
        turns.append(any(may_turn(items[n]) for n in own))
    if found:
        automaton.make_automaton()
    return Patterns(items, numbers, firsts, sizes, loose, turns, automaton if found else None)


def _loose(pattern: Pattern) -> int:
    if pattern.script != "alpha" or (pattern.entry >= 0 and pattern.size >= LONG_ENOUGH_TO_BE_GLUED):
        return 2
    return int(pattern.prefix)


def may_turn(pattern: Pattern) -> bool:
    """Long enough to be read backwards."""
    return pattern.size >= (8 if pattern.entry < 0 else SHORTEST_DISGUISE)


def _all(registry: Registry, terms: Iterable[Term]) -> Iterator[Pattern]:
    for number, entry in enumerate(registry.entries):
        seen: set[str] = set()
        weak = frozenset(entry.weak)
        for text in names_of(entry):
            for spelled, label in derived(text, entry):
                if spelled not in seen:
                    seen.add(spelled)
                    whole = len(text) >= 6 and text in entry.proper
                    yield Pattern(spelled, number, label, _is_weak(text, spelled, label, weak), whole=whole)
    for phrase in registry.traps:
        yield Pattern(phrase, -1, "trap", False)
    for term in terms:
        yield Pattern(term.text, -1, term.label, False, term.prefix)


def _is_weak(text: str, spelled: str, label: str, weak: frozenset[str]) -> bool:
    return text in weak or spelled in weak or (bool(weak) and label in ("romaji", "romanised", "translit"))


def names_of(entry: Entry) -> Iterator[str]:
    """All names of a row as written."""
    yield entry.name
    for names in entry.names.values():
        yield from names


def derived(text: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """A name and its regular variants: (spelling, how it was derived)."""
    yield text, "name"
    script = script_of(text)
    if script == "alpha":
        yield from _alphabetic(text, entry)
    elif script == "han" and all(sounds.is_han(c) for c in text) and len(text) >= 2:
        spelled = " ".join(sounds.pinyin(c) for c in text)
        if len(spelled) >= 8 or (len(text) == 2 and len(spelled) >= 7):
            yield spelled, "pinyin"
    elif script == "kana" and len(text) >= 4:
        for spelled in sounds.romaji(text.replace("・", " ")):
            if len(spelled) >= 6 and spelled.isascii():
                yield spelled, "romaji"
    elif script == "hangul" and len(text) >= 3:
        spelled = sounds.revised_romanisation(text)
        if len(spelled) >= 7 and spelled.isascii():
            yield spelled, "romanised"


def _alphabetic(text: str, entry: Entry) -> Iterator[tuple[str, str]]:
    words = text.split(" ")
    low = text.lower()
    if any("а" <= c <= "я" for c in low):
        if len(text) >= 4:
            yield from ((form, "declined") for form in sounds.declined(text))
        if len(text) >= 7:
            yield sounds.latin_of_cyrillic(text), "translit"
    if entry.kind in ("character", "franchise") and 2 <= len(words) <= 4 and min(len(words[0]), len(words[-1])) >= 3:
        yield " ".join([words[-1], *words[:-1]]), "swap"
    if entry.kind != "person" or not 2 <= len(words) <= 4 or min(map(len, words)) < 2:
        return
    yield " ".join([words[-1], *words[:-1]]), "swap"
    if len(words) == 3 and words[0] != "The" and text == entry.name:
        yield f"{words[0]} {words[2]}", "short"
    if len(words[-1]) >= 4 and text.isascii():
        yield f"{words[0][0]} {words[-1]}", "initial"
