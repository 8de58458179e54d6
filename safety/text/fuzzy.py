"""Misspelled names: one edit in a word (missing, extra, wrong or swapped letters), or masked vowels.

A deletion index (SymSpell, Garbe 2012) over the words of the names. Ordinary words are never read
as misspellings of a one-word name, and a name of several words needs all its words in a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from safety.text.fold import plain, skeleton_of_name
from safety.text.patterns import Pattern, Patterns
from safety.text.verify import Hit

SHORTEST_WORD: Final = 3
LONGEST_WORD: Final = 24  # letters; longer words would cost their length squared
SHORTEST_SINGLE: Final = 6
MOST_WORDS: Final = 20_000
MOST_REMEMBERED: Final = 30_000  # words whose neighbours are kept between texts
_WORDS: Final = re.compile(r"[^\W_](?:[^\W_]|[*#'’\u0300-\u036f\u200b-\u200d\u2060\ufeff\u00ad])*")
_VOWELS: Final = re.compile(r"[aeiouy]")


class FuzzyIndex:
    """Names by words and by words with one letter less."""

    def __init__(self, patterns: Patterns, ordinary: frozenset[str]) -> None:
        self._items = patterns.items
        self._names: dict[tuple[str, ...], int] = {}
        self._near: dict[str, list[str]] = {}
        self._masked: dict[tuple[str, ...], list[int]] = {}
        self._next: dict[tuple[str, ...], set[str]] = {}
        self._cache: dict[str, dict[str, int]] = {}
        self._ordinary = frozenset(plain(w) for w in ordinary)
        self._longest = 1
        words: dict[str, set[str]] = {}
        for number, pattern in enumerate(patterns.items):
            if pattern.entry >= 0 and pattern.script == "alpha" and not pattern.weak and pattern.label == "name":
                self._add(pattern, number, words)
        for word, plains in words.items():
            for form in {word, *_shorter(word), *(skeleton_of_name(s) for p in plains for s in _shorter(p))}:
                self._near.setdefault(form, []).append(word)
        self._spellings = words

    def _add(self, pattern: Pattern, number: int, known: dict[str, set[str]]) -> None:
        parts = pattern.text.replace("-", " ").split()
        if not parts or len(parts) > 4:
            return
        words = tuple(skeleton_of_name(p) for p in parts)
        if (len(words) == 1 and len(words[0]) < SHORTEST_SINGLE) or sum(map(len, words)) < SHORTEST_SINGLE:
            return
        self._names.setdefault(words, number)
        bare = tuple(_VOWELS.sub("", p.lower()) for p in parts)
        if sum(map(len, bare)) >= 4:
            self._masked.setdefault(bare, []).append(number)
        for n, word in enumerate(words):
            self._next.setdefault(words[:n], set()).add(word)
        self._longest = max(self._longest, len(words))
        for word, part in zip(words, parts, strict=True):
            if len(word) >= SHORTEST_WORD:
                known.setdefault(word, set()).add(plain(part))

    def find(self, text: str) -> Iterator[Hit]:
        """Misspelled names in a text. Linear in its words."""
        tokens = [(m.start(), m.end(), m.group()) for m in _WORDS.finditer(text)][:MOST_WORDS]
        if len(self._cache) > MOST_REMEMBERED:
            self._cache = {}
        near = [self._candidates(t, self._cache) for _, _, t in tokens]
        for at in range(len(tokens)):
            yield from self._from(tokens, near, at)
            if "*" in tokens[at][2] or "#" in tokens[at][2]:
                yield from self._unmasked(tokens, at)

    def _candidates(self, token: str, cache: dict[str, dict[str, int]]) -> dict[str, int]:
        known = cache.get(token)
        if known is None:
            word, spelled = skeleton_of_name(token), plain(token)
            known = {word: 0}
            if SHORTEST_WORD - 1 <= len(spelled) <= LONGEST_WORD:
                forms = {word, *_shorter(word), *(skeleton_of_name(s) for s in _shorter(spelled))}
                found = {n for form in forms for n in self._near.get(form, ())}
                latin = token.isascii()
                near = [n for n in sorted(found) if n != word and self._one_edit(word if latin else "", spelled, n)]
                known |= dict.fromkeys(near[:200], 1)
            cache[token] = known
        return known

    def _one_edit(self, word: str, spelled: str, name: str) -> bool:
        """Near in the skeleton, or in the ordinary spelling: "Federr" loses two letters of its skeleton."""
        return one_edit(word, name) or any(one_edit(spelled, s) for s in self._spellings.get(name, ()))

    def _from(self, tokens: Sequence[tuple[int, int, str]], near: Sequence[dict[str, int]], at: int) -> Iterator[Hit]:
        chains: list[tuple[tuple[str, ...], int]] = [((), 0)]
        for length in range(1, self._longest + 1):
            if at + length > len(tokens) or (
                length > 1 and tokens[at + length - 1][0] - tokens[at + length - 2][1] > 2
            ):
                return
            chains = [
                ((*words, word), edits + seen)
                for words, edits in chains
                for word, seen in self._following(words, near[at + length - 1])
                if edits + seen <= 2
            ]
            for words, edits in chains:
                number = self._names.get(words) if edits else None
                if (
                    number is not None
                    and 0 < edits <= (2 if sum(map(len, words)) >= 10 and min(map(len, words)) >= 5 else 1)
                    and self._spelled(tokens[at : at + length], number)
                    and self._rare(tokens[at : at + length], words)
                ):
                    yield Hit(number, tokens[at][0], tokens[at + length - 1][1], False, "fuzzy")

    def _following(self, words: tuple[str, ...], near: dict[str, int]) -> list[tuple[str, int]]:
        """Readings of a token with which some name goes on after `words`."""
        known: set[str] | frozenset[str] = self._next.get(words, frozenset())
        if len(known) < len(near):
            return [(word, near[word]) for word in known if word in near]
        return [(word, edit) for word, edit in near.items() if word in known]

    def _spelled(self, tokens: Sequence[tuple[int, int, str]], number: int) -> bool:
        """A one-word name is near in its own letters, not only in its skeleton."""
        return len(tokens) > 1 or one_edit(plain(tokens[0][2]), self._items[number].key)

    def _rare(self, tokens: Sequence[tuple[int, int, str]], words: tuple[str, ...]) -> bool:
        """One changed word must not be ordinary; among several words one exact rare word is enough."""
        seen = [(plain(t), skeleton_of_name(t)) for _, _, t in tokens]
        if len(words) == 1:
            return seen[0][0] not in self._ordinary and len(seen[0][1]) >= SHORTEST_SINGLE - 1
        capitals = all(t[:1].isupper() for _, _, t in tokens)
        if capitals and (len(words) >= 3 or any(len(s) > 3 and s == w for (_, s), w in zip(seen, words, strict=True))):
            return True  # written as a name, and one word of it is right
        changed = [p for (p, s), w in zip(seen, words, strict=True) if s != w]
        kept = [p for (p, s), w in zip(seen, words, strict=True) if s == w]
        return not any(c in self._ordinary for c in changed) or any(
            len(k) > 3 and k not in self._ordinary for k in kept
        )

    def _fits(self, part: Sequence[tuple[int, int, str]], number: int) -> bool:
        """Letter for letter the name, a star for any letter, or stars left out of the count."""
        seen = "".join(t for _, _, t in part).lower()
        name = self._items[number].text.replace(" ", "").replace("-", "").lower()
        return re.fullmatch("".join("\\w{0,2}" if c in "*#" else re.escape(c) for c in seen), name) is not None

    def _unmasked(self, tokens: Sequence[tuple[int, int, str]], at: int) -> Iterator[Hit]:
        for first in range(max(0, at - 3), at + 1):
            for length in range(at - first + 1, min(5, len(tokens) - first + 1)):
                part = tokens[first : first + length]
                words = tuple(_VOWELS.sub("", t.lower().replace("*", "").replace("#", "")) for _, _, t in part)
                for number in self._masked.get(words, ()):
                    if self._fits(part, number):
                        yield Hit(number, part[0][0], part[-1][1], False, "masked")


def _shorter(word: str) -> Iterator[str]:
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns a into b."""
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
        return swapped or a[i + 1 :] == b[i + 1 :]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]
