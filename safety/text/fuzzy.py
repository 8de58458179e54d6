"""Misspelled names: one edit in a word (missing, extra, wrong or swapped letters), or masked vowels.

A deletion index (SymSpell, Garbe 2012) over the words of the names. Ordinary words are never read
as misspellings of a one-word name, and a name of several words needs all its words in a row.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby, islice, repeat
from operator import ne
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety.text.fold import plain, skeleton_of_name
from safety.text.patterns import Pattern, Patterns
from safety.text.verify import Hit

SHORTEST_WORD: Final = 3
LONGEST_WORD: Final = 24  # letters; longer words would cost their length squared
SHORTEST_SINGLE: Final = 6
MOST_WORDS: Final = 20_000
WIDEST_GAP: Final = 2  # characters between two words of a name
MOST_NEAR: Final = 200
MOST_REMEMBERED: Final = 20_000  # words whose neighbours are kept between texts
_WORDS: Final = re.compile(r"[^\W_](?:[^\W_]|[*#'’\u0300-\u036f\u200b-\u200d\u2060\ufeff\u00ad])*")
_VOWELS: Final = re.compile(r"[aeiouy]")
_LETTERS: Final = re.compile(r"[\W_]")


Token = tuple[int, int, str]  # start, end, letters
Chain = tuple[tuple[str, ...], int, Set[str]]  # words so far, edits, words with which some name goes on
NO_WORDS: Final[frozenset[str]] = frozenset()


class Near(NamedTuple):
    """How a token can be read: words of names -> edits, and the chains that it begins.

    `alone`: names that it misspells by itself. `ordinary`: an everyday word.
    """

    words: dict[str, int]
    starts: list[Chain]
    alone: tuple[int, ...] = ()
    ordinary: bool = False


UNREADABLE: Final = Near({}, [])


class FuzzyIndex:
    """Names by words and by words with one letter less.

    The latter are kept as sorted 64-bit hashes beside rows of a word list: a tenth of the memory of a dict of strings.
    Two forms of one hash only make a candidate more, which is then compared letter by letter.
    """

    def __init__(self, patterns: Patterns, ordinary: frozenset[str]) -> None:
        self._items = patterns.items
        self._names: dict[tuple[str, ...], int] = {}
        self._masked: dict[str, tuple[int, ...]] = {}
        self._next: dict[tuple[str, ...], set[str]] = {}
        self._cache: dict[str, Near] = {}
        self._ordinary = frozenset(plain(w) for w in ordinary)
        self._longest = 1
        words: dict[str, set[str]] = {}
        shared: dict[str, str] = {}
        for number, pattern in enumerate(patterns.items):
            if pattern.entry >= 0 and pattern.script == "alpha" and pattern.label == "name" and pattern.whole:
                self._add(pattern, number, words, shared)
        self._spellings = {w: tuple(shared.setdefault(p, p) for p in sorted(plains)) for w, plains in words.items()}
        self._words = sorted(words)
        self._keys, self._rows = self._hashed(words)
        pairs = ((start, tuple(w for w in following if len(w) == 2)) for start, following in self._next.items())
        self._pairs = {start: short for start, short in pairs if short}
        self._opening: dict[str, list[str]] = {}  # letter -> words of two letters with which a name begins
        for word in self._pairs.get((), ()):
            for char in set(word):
                self._opening.setdefault(char, []).append(word)

    def _hashed(self, words: Mapping[str, set[str]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Hashes of the words and of their forms with one letter less, sorted, and the row of the word of each."""
        keys, rows = array("q"), array("i")
        for row, word in enumerate(self._words):
            forms = {word, *_shorter(word), *(skeleton_of_name(s) for p in words[word] for s in _shorter(p))}
            keys.extend(map(hash, forms))
            rows.extend(repeat(row, len(forms)))
        hashes = np.frombuffer(keys, np.int64)
        order = np.argsort(hashes, kind="stable")
        return hashes[order], np.frombuffer(rows, np.int32)[order]

    def _add(self, pattern: Pattern, number: int, known: dict[str, set[str]], shared: dict[str, str]) -> None:
        parts = pattern.text.replace("-", " ").split()
        if not parts or len(parts) > 4:
            return
        words = tuple(shared.setdefault(w, w) for w in map(skeleton_of_name, parts))
        if (len(words) == 1 and len(words[0]) < SHORTEST_SINGLE) or sum(map(len, words)) < SHORTEST_SINGLE:
            return
        self._names.setdefault(words, number)
        bare = [_VOWELS.sub("", _LETTERS.sub("", p.lower())) for p in parts]
        if sum(map(len, bare)) >= 4:
            key = " ".join(bare)
            self._masked[key] = (*self._masked.get(key, ()), number)
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
        cache = self._cache
        self._learn({t for _, _, t in tokens if t not in cache}, cache)
        near = [cache[t] for _, _, t in tokens]
        goes_on: dict[tuple[str, str], bool] = {}
        for at in range(len(tokens)):
            if self._may_begin(tokens, near, at, goes_on):
                yield from self._from(tokens, near, at)
            if "*" in tokens[at][2] or "#" in tokens[at][2]:
                yield from self._unmasked(tokens, at)

    def _may_begin(
        self, tokens: Sequence[Token], near: Sequence[Near], at: int, goes_on: dict[tuple[str, str], bool]
    ) -> bool:
        """Whether a misspelled name may begin at a token: it is one by itself, or the next token goes on with one."""
        token = tokens[at][2]
        if near[at].alone or (len(token) == 2 and not near[at].ordinary):
            return True
        if not near[at].starts or at + 1 == len(tokens) or tokens[at + 1][0] - tokens[at][1] > WIDEST_GAP:
            return False
        following = tokens[at + 1][2]
        if len(following) == 2 and not near[at + 1].ordinary:
            return True
        known = goes_on.get((token, following))
        if known is None:
            words = near[at + 1].words.keys()
            known = goes_on[token, following] = any(not known.isdisjoint(words) for _, _, known in near[at].starts)
        return known

    def forget(self) -> None:
        """Drop the remembered words."""
        self._cache = {}

    def _learn(self, tokens: Set[str], cache: dict[str, Near]) -> None:
        """Put into the cache how these tokens can be read; all are looked up at once."""
        spelled = [(token, skeleton_of_name(token), plain(token)) for token in tokens]
        hashes, sources = array("q"), array("i")
        for number, (_, word, letters) in enumerate(spelled):
            if SHORTEST_WORD - 1 <= len(letters) <= LONGEST_WORD:
                forms = {word, *_shorter(word), *(skeleton_of_name(s) for s in _shorter(letters))}
                hashes.extend(map(hash, forms))
                sources.extend(repeat(number, len(forms)))
        found: dict[int, set[int]] = {}
        wanted = np.frombuffer(hashes, np.int64)
        first, last = (np.searchsorted(self._keys, wanted, side) for side in ("left", "right"))
        for at in np.flatnonzero(first < last):
            found.setdefault(sources[at], set()).update(self._rows[first[at] : last[at]].tolist())
        for number, (token, word, letters) in enumerate(spelled):
            cache[token] = self._reading(token, word, letters, sorted(found.get(number, ())))

    def _reading(self, token: str, word: str, spelled: str, rows: Sequence[int]) -> Near:
        """The word itself and the words of names one edit away (`rows` of those that share a form with it)."""
        written = self._spellings.get(word)
        known = (
            {word: 0 if written is None or spelled in written else 1} if written or len(word) < SHORTEST_WORD else {}
        )
        own = word if token.isascii() else ""
        candidates = (self._words[row] for row in rows)
        near = (n for n in candidates if n != word and self._one_edit(own, spelled, n))
        known |= dict.fromkeys(islice(near, MOST_NEAR), 1)
        first = self._next.get((), NO_WORDS)
        starts = [self._chain((w,), edits) for w, edits in known.items() if w in first]
        if not known:
            return UNREADABLE
        chains = [c for c in starts if c[1] or c[2]]
        whole = (0, len(token), token)
        named = (self._named([whole], c) for c in chains if c[1] and c[0] in self._names)
        return Near(known, chains, tuple(n for n in named if n is not None), spelled in self._ordinary)

    def _one_edit(self, word: str, spelled: str, name: str) -> bool:
        """Near in the skeleton, or in the ordinary spelling: "Federr" loses two letters of its skeleton."""
        return one_edit(word, name) or any(one_edit(spelled, s) for s in self._spellings.get(name, ()))

    def _from(self, tokens: Sequence[Token], near: Sequence[Near], at: int) -> Iterator[Hit]:
        for number in near[at].alone:
            yield Hit(number, tokens[at][0], tokens[at][1], False, "fuzzy")
        chains: list[Chain] = near[at].starts + [self._chain((w,), e) for w, e in self._short((), tokens[at][2])]
        length = 1
        while chains:
            after = at + length
            if length == self._longest or after >= len(tokens) or tokens[after][0] - tokens[after - 1][1] > WIDEST_GAP:
                return
            chains = self._longer(chains, near[after].words, tokens[after][2])
            length += 1
            for chain in chains:
                if chain[1] and chain[0] in self._names:
                    named = self._named(tokens[at : at + length], chain)
                    if named is not None:
                        yield Hit(named, tokens[at][0], tokens[at + length - 1][1], False, "fuzzy")

    def _named(self, tokens: Sequence[Token], chain: Chain) -> int | None:
        """The name that these tokens misspell when they are read as a chain whose words are one."""
        words, edits, _ = chain
        if not 0 < edits <= (2 if sum(map(len, words)) >= 10 and min(map(len, words)) >= 5 else 1):
            return None
        number = self._names[words]
        return number if self._spelled(tokens, number) and self._rare(tokens, words) else None

    def _chain(self, words: tuple[str, ...], edits: int) -> Chain:
        return words, edits, self._next.get(words, NO_WORDS)

    def _longer(self, chains: Sequence[Chain], near: Mapping[str, int], token: str) -> list[Chain]:
        """The chains with one token more, as far as some name goes on that way."""
        found = []
        for words, edits, known in chains:
            if len(known) < len(near):
                following = [(word, near[word]) for word in known if word in near]
            else:
                following = [(word, edit) for word, edit in near.items() if word in known]
            if len(token) == 2 and known:
                following += self._short(words, token)
            found += [self._chain((*words, word), edits + seen) for word, seen in following if edits + seen <= 2]
        return found

    def _short(self, words: tuple[str, ...], token: str) -> list[tuple[str, int]]:
        """A word of two letters of which one is wrong ("Ana dt Armas", "Jf Vance")."""
        if len(token) != 2 or plain(token) in self._ordinary:
            return []
        own = set(token.lower())
        if words:
            return [(w, 1) for w in self._pairs.get(words, ()) if w != token.lower() and own & set(w)]
        return [(w, 1) for w in sorted({w for char in own for w in self._opening.get(char, ())}) if w != token.lower()]

    def _spelled(self, tokens: Sequence[Token], number: int) -> bool:
        """A one-word name is near in its own letters, not only in its skeleton."""
        return len(tokens) > 1 or one_edit(plain(tokens[0][2]), self._items[number].key)

    def _rare(self, tokens: Sequence[Token], words: tuple[str, ...]) -> bool:
        """One changed word must not be ordinary; among several words one exact rare word is enough."""
        seen = [(plain(t), skeleton_of_name(t)) for _, _, t in tokens]
        if len(words) == 1:
            return seen[0][0] not in self._ordinary and len(seen[0][0]) >= SHORTEST_SINGLE - 1
        right = [p for (p, s), w in zip(seen, words, strict=True) if s == w]
        capitals = sum(t[:1].isupper() for _, _, t in tokens)
        if capitals == len(words) and (len(words) >= 3 or any(len(p) > 3 for p in right)):
            return True  # written as a name, and one word of it is right
        if len(words) >= 3 and capitals >= 2 and sum(len(p) > 2 for p in right) >= 2:
            return True
        if any(not t[:1].isupper() and any(c.isupper() for c in t[1:]) for _, _, t in tokens) and right:
            return True  # "aLma": the capital has moved with its letter
        changed = [p for (p, s), w in zip(seen, words, strict=True) if s != w]
        return not any(c in self._ordinary for c in changed) or any(
            len(k) > 3 and k not in self._ordinary for k in right
        )

    def _fits(self, part: Sequence[Token], number: int) -> bool:
        """Letter for letter the name, a star for any letter, or stars left out of the count."""
        seen = "".join(t for _, _, t in part).lower()
        name = self._items[number].text.replace(" ", "").replace("-", "").lower()
        places = {0}
        for char, group in groupby(seen, lambda c: "*" if c in "*#" else c):
            count = len(list(group))
            if char == "*":
                places = {end for place in places for end in _reached(name, place, 2 * count)}
            else:
                places = {place + count for place in places if name.startswith(char * count, place)}
            if not places:
                return False
        return len(name) in places

    def _unmasked(self, tokens: Sequence[Token], at: int) -> Iterator[Hit]:
        for first in range(max(0, at - 3), at + 1):
            for length in range(at - first + 1, min(5, len(tokens) - first + 1)):
                part = tokens[first : first + length]
                words = " ".join(_VOWELS.sub("", t.lower().replace("*", "").replace("#", "")) for _, _, t in part)
                for number in self._masked.get(words, ()):
                    if self._fits(part, number):
                        yield Hit(number, part[0][0], part[-1][1], False, "masked")


def _reached(name: str, place: int, most: int) -> Iterator[int]:
    """Where one stands in a name after at most `most` letters, digits or underscores from a place."""
    yield place
    while most > 0 and place < len(name) and (name[place].isalnum() or name[place] == "_"):
        place, most = place + 1, most - 1
        yield place


def _shorter(word: str) -> Iterator[str]:
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def one_edit(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns a into b."""
    if len(a) == len(b):
        wrong: int = sum(map(ne, a, b))
        if wrong != 2:
            return wrong < 2
        i = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
        return a[i] == b[i + 1] and a[i + 1] == b[i]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(longer) - len(shorter) > 1:
        return False
    for i, (x, y) in enumerate(zip(longer, shorter, strict=False)):
        if x != y:
            return longer[i + 1 :] == shorter[i:]
    return True
