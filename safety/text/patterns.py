"""From registry rows and word lists to one Aho-Corasick automaton over skeletons.

Every pattern knows its ordinary reading, so a hit can be told from a coincidence of skeletons.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from safety.registry.load import Registry
from safety.registry.schema import Entry, Row
from safety.text import sounds
from safety.text.arrays import Codes, Offsets, codes_of, text_of
from safety.text.fold import forget, plain, skeletons_of_names
from safety.text.terms import Term

_MIDDLE: Final = re.compile("[·•・‧]")
_NUMERAL: Final = re.compile(r"[IVX]+\.?")  # "König Charles III." is not "König III."
LONG_ENOUGH_TO_BE_GLUED: Final = 9
AT_ONCE: Final = 20_000  # patterns whose skeletons are made together
MOST_MADE: Final = 20_000  # patterns that are kept as objects, about 4 MiB
STRONG_SOUND: Final = 7  # letters from which the sound of a name is no ordinary word of Latin letters
SHORTEST_ALIGNED: Final = 3  # letters of a name that may have some of them swapped for look-alikes
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
        language: of a term.
    """

    __slots__ = ("_key", "entry", "label", "language", "prefix", "script", "size", "text", "weak", "whole")

    def __init__(
        self,
        text: str,
        entry: int,
        label: str,
        weak: bool,
        prefix: bool = False,
        whole: bool = False,
        size: int = 0,
        language: str = "",
    ) -> None:
        self.text = text
        self._key: str | None = None
        self.size = size
        self.script = script_of(text)
        self.entry = entry
        self.label = label
        self.language = language
        self.weak = weak
        self.prefix = prefix
        self.whole = whole or not weak

    @property
    def key(self) -> str:
        """Worked out at the first hit; most patterns never have one."""
        if self._key is None:
            self._key = plain(self.text)
        return self._key


class Items(Sequence[Pattern]):
    """Patterns as one stretch of bytes and a few arrays; each becomes an object when it is asked for.

    Of a third of a million patterns a text meets some hundreds; as objects, all would take 60 MiB.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("I", [0])
        self._entries, self._labels = array("i"), array("H")
        self._sizes, self._traits = bytearray(), bytearray()
        self._numbers: dict[tuple[str, str], int] = {}
        self._names: list[tuple[str, str]] = []  # labels with their languages
        self._made: dict[int, Pattern] = {}

    def append(self, pattern: Pattern) -> None:
        """Add one; its size may not exceed 255."""
        self._bytes += pattern.text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        self._entries.append(pattern.entry)
        named = (pattern.label, pattern.language)
        self._labels.append(self._numbers.setdefault(named, len(self._names)))
        if len(self._names) < len(self._numbers):
            self._names.append(named)
        self._sizes.append(min(pattern.size, 255))
        self._traits.append(pattern.weak | pattern.prefix << 1 | pattern.whole << 2)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Pattern: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Pattern]: ...

    def __getitem__(self, index: int | slice) -> Pattern | Sequence[Pattern]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        made = self._made.get(index)
        if made is None:
            if len(self._made) > MOST_MADE:
                self._made = {}
            made = self._made[index] = self._make(index)
        return made

    def __iter__(self) -> Iterator[Pattern]:
        return map(self._make, range(len(self)))

    def _make(self, number: int) -> Pattern:
        text = self._bytes[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")
        weak, prefix, whole = (bool(self._traits[number] & bit) for bit in (1, 2, 4))
        label, language = self._names[self._labels[number]]
        return Pattern(text, self._entries[number], label, weak, prefix, whole, self._sizes[number], language)


def script_of(text: str) -> str:
    """Which boundary rules a name follows."""
    if text.isascii():
        return "alpha"
    return next((script for script, letter in _SCRIPTS.items() if letter.search(text)), "alpha")


_SCRIPTS: Final = {"han": re.compile("[一-鿿]"), "hangul": re.compile("[가-힣]"), "kana": re.compile("[ぁ-ヺー]")}


@dataclass(slots=True)
class Patterns:
    """All patterns and the automaton that finds them. `automaton` yields numbers of buckets.

    The patterns of bucket b are `items[n]` for n in `numbers[firsts[b] : firsts[b + 1]]`; `sizes[b]` is the length of
    their common skeleton. `loose` tells for each bucket whether one of its patterns may begin and end inside a word of
    Latin or Cyrillic letters (2), only end there (1), or neither (0); `turns` whether one of them is long enough to be
    read backwards. `opens[n]` is `opening` of pattern n.
    """

    items: Sequence[Pattern] = ()
    numbers: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    firsts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    sizes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    loose: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    turns: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    opens: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    automaton: Any = None


def build(registry: Registry, terms: Iterable[Term]) -> Patterns:
    """Compile; about five seconds for 320,000 spellings."""
    import ahocorasick

    items = Items()
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    buckets, held = array("I"), array("I")  # bucket and number of each pattern, twice where it may be glued
    sizes, opens, loose, turns = array("I"), array("I"), bytearray(), bytearray()
    for number, (pattern, forms) in enumerate(_formed(_all(registry, terms))):
        pattern.size = min(len(f) for f in forms)
        items.append(pattern)
        opens.append(opening(pattern))
        for form in forms - {""}:
            symbols = split(form)
            bucket = automaton.get(symbols, -1)
            if bucket < 0:
                bucket = len(sizes)
                automaton.add_word(symbols, bucket)
                sizes.append(len(form))
                loose.append(0)
                turns.append(0)
            buckets.append(bucket)
            held.append(number)
            loose[bucket] = max(loose[bucket], _loose(pattern))
            turns[bucket] |= may_turn(pattern)
    forget()
    if sizes:
        automaton.make_automaton()
    own = np.frombuffer(buckets, np.uint32)
    order = np.argsort(own, kind="stable")
    firsts = np.searchsorted(own[order], np.arange(len(sizes) + 1))
    return Patterns(
        items,
        np.frombuffer(held, np.uint32)[order],
        firsts,
        np.frombuffer(sizes, np.uint32).astype(np.int64),
        np.frombuffer(loose, np.uint8),
        np.frombuffer(turns, np.uint8),
        np.frombuffer(opens, np.uint32),
        automaton if sizes else None,
    )


def _formed(patterns: Iterator[Pattern]) -> Iterator[tuple[Pattern, set[str]]]:
    """Each pattern with its skeletons: as written, and in one word where it has several."""
    while batch := list(islice(patterns, AT_ONCE)):
        texts = [pattern.text for pattern in batch]
        for pattern, *forms in zip(
            batch, skeletons_of_names(texts), skeletons_of_names([t.replace(" ", "") for t in texts]), strict=True
        ):
            yield pattern, set(forms)


WHOLLY: Final = 1 << 31
FIRST_LETTER, LENGTH_FROM, LONGEST_LENGTH = (1 << 21) - 1, 21, 255


def opening(pattern: Pattern) -> int:
    """How the ordinary reading of a short name begins, 0 for any: code point, length << `LENGTH_FROM` and `WHOLLY`.

    Of one or two letters only the ordinary spelling counts, which is what `WHOLLY` says. Three or four may have
    look-alikes among them ("5ia"); there, only another ASCII letter is a wrong one.
    """
    shortest = pattern.size < SHORTEST_ALIGNED
    if pattern.script != "alpha" or pattern.size >= SHORTEST_DISGUISE or (pattern.entry < 0 and not shortest):
        return 0
    key = pattern.key
    return ord(key[0]) | min(len(key), LONGEST_LENGTH) << LENGTH_FROM | WHOLLY * shortest if key else 0


HAN: Final = 0x3400
_BLOCK, _WITHIN = 0xE000, 0xF000  # private characters, which no skeleton holds


def split(form: str) -> str:
    """A skeleton with two symbols for each Han character, as the automaton holds it.

    It looks for the next letter in a list; with thousands of characters that a name may begin with, that list is long.
    """
    return text_of(split_codes(codes_of(form))[0]) if form and max(form) >= chr(HAN) else form


def split_codes(codes: Codes) -> tuple[Codes, Offsets]:
    """As `split`, in arrays; and the place of the letter that each symbol belongs to."""
    high = codes >= HAN
    if not high.any():
        return codes, np.arange(len(codes))
    sizes = 1 + high.astype(np.int64)
    symbols = np.repeat(codes, sizes)
    first = (np.cumsum(sizes) - sizes)[high]
    symbols[first] = _BLOCK + (codes[high] >> 7)
    symbols[first + 1] = _WITHIN + (codes[high] & 127)
    return symbols, np.repeat(np.arange(len(codes)), sizes)


def _loose(pattern: Pattern) -> int:
    if pattern.script != "alpha" or pattern.label == "pinyin":
        return 2
    if pattern.entry >= 0 and pattern.size >= LONG_ENOUGH_TO_BE_GLUED:
        return 2
    return int(pattern.prefix)


def may_turn(pattern: Pattern) -> bool:
    """Long enough to be read backwards."""
    if pattern.script in ("han", "kana") and pattern.entry >= 0:
        return len(pattern.text) >= 3
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
        yield Pattern(term.text, -1, term.label, False, term.prefix, language=term.language)


def _is_weak(text: str, spelled: str, label: str, weak: frozenset[str]) -> bool:
    if text in weak or spelled in weak or spelled.title() in weak:
        return True
    return bool(weak) and label in ("romaji", "romanised", "translit") and len(spelled) < STRONG_SOUND


def names_of(entry: Entry | Row) -> Iterator[str]:
    """All names of a row as written."""
    yield entry.name
    for names in entry.names.values():
        yield from names


def derived(text: str, entry: Entry | Row) -> Iterator[tuple[str, str]]:
    """A name and its regular variants: (spelling, how it was derived)."""
    yield text, "name"
    script = script_of(text)
    if script == "alpha":
        yield from _alphabetic(text, entry)
    elif script == "han" and len(text) >= 2:
        for spelled in sounds.spellings(_MIDDLE.sub("", text)):
            if len(spelled) >= 8 or (len(text) == 2 and len(spelled) >= 7):
                yield spelled, "pinyin"
    elif script == "kana" and len(text) >= 4:
        for spelled in sounds.romaji(text.replace("・", " ")):
            if len(spelled) >= 6 and spelled.isascii():
                yield spelled, "romaji"
    elif script == "hangul" and len(text) >= 3:
        spelled = sounds.revised_romanisation(text)
        if len(spelled) >= 6 and spelled.isascii():
            yield spelled, "romanised"


def _alphabetic(text: str, entry: Entry | Row) -> Iterator[tuple[str, str]]:
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
    if len(words) == 3 and words[0] != "The" and text == entry.name and not _NUMERAL.fullmatch(words[2]):
        yield f"{words[0]} {words[2]}", "short"
    if len(words[-1]) >= 4 and text.isascii():
        yield f"{words[0][0]} {words[-1]}", "initial"
