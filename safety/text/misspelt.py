"""Names by words, and words by their forms with one letter less: what the words of a text may be part of.

A deletion index (SymSpell, Garbe 2012) over the words of the names, and a tree of names by words; both are arrays.
`misspelt_prompt` and `misspelt_text` read names from it.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety.registry.load import Registry
from safety.text.arrays import BREAK, Offsets, Spelling, codes_of, distinct, spread, text_of
from safety.text.edits import LONGEST_WORD, Spelled, equal_rows, near_rows, one_edit
from safety.text.fold import PLAIN, folded, plain, skeleton_of_name
from safety.text.patterns import Pattern, Patterns

SHORTEST_WORD: Final = 3
SHORTEST_SINGLE: Final = 6
SHORTEST_SMALL: Final = 7  # letters of a misspelt name in small letters: shorter ones lie near too many words
MOST_IN_NAME: Final = 4
WIDEST_GAP: Final = 2  # characters between two words of a name
MOST_NEAR: Final = 200
INDEXED: Final = 4_096  # words whose forms are made at once
_SWAPPED: Final = re.compile(r"[\d@$!|€£+]")  # letters written as digits or symbols
_PLAIN: Final = Spelling(lambda char: char if char == "\n" else PLAIN[char])

Token = tuple[int, int, str]  # start, end, letters


class Near(NamedTuple):
    """How tokens can be read: for each token, from `firsts[t]` to `firsts[t + 1]`, words of names and their edits."""

    firsts: Offsets
    words: Offsets
    edits: Offsets
    short: NDArray[np.bool_]  # a word of two letters of which one is wrong


class Word(NamedTuple):
    """A token as it stands, its skeleton and its ordinary reading."""

    text: str
    skeleton: str
    plain: str


class Tokens:
    """Different tokens of a text with their skeletons and ordinary readings, all read at once."""

    def __init__(self, texts: list[str]) -> None:
        joined = codes_of(" \n ".join(texts))
        joined = np.where(joined == ord("\n"), np.uint32(BREAK), joined)
        self.texts = texts
        self.skeletons = folded(joined, np.arange(len(joined)), "").text.split(chr(BREAK))
        letters, _, _ = _PLAIN.of(codes_of(unicodedata.normalize("NFC", "\n".join(texts))))
        self.plain = text_of(letters).split("\n")
        self.swapped = np.fromiter((_SWAPPED.search(text) is not None for text in texts), np.bool_, len(texts))
        self.ascii = np.fromiter(map(str.isascii, texts), np.bool_, len(texts))

    def word(self, number: int) -> Word:
        return Word(self.texts[number], self.skeletons[number], self.plain[number])


class SpelledNames:
    """Names of a registry by words, and words by hashes of their forms: collisions are compared away.

    Attributes:
        count: number of words.
        levels: the tree of names: the nodes of level k are rows of `levels[k]`, parent * `count` + word, ascending.
        ends: for each of these nodes the number of the name that ends there, or -1.
        numbers: numbers of all names that are held.
    """

    def __init__(self, patterns: Patterns, registry: Registry) -> None:
        self.items = patterns.items
        self.kinds = [entry.kind for entry in registry.entries]
        self._ordinary = frozenset(plain(w) for w in registry.ordinary)
        ids: dict[str, int] = {}
        spellings: dict[tuple[int, str], None] = {}
        names, self.numbers = array("i"), array("i")
        for number, pattern in enumerate(patterns.items):
            if pattern.entry >= 0 and pattern.script == "alpha" and pattern.label == "name" and pattern.whole:
                words = _rows_of(pattern, ids, spellings)
                if words:
                    names.extend(words + [-1] * (MOST_IN_NAME - len(words)))
                    self.numbers.append(number)
        self.count = len(ids)
        self._grow(np.frombuffer(names, np.int32).reshape(-1, MOST_IN_NAME), np.frombuffer(self.numbers, np.int32))
        self._index(list(ids), list(spellings))
        self._short_words = {word: row for word, row in ids.items() if len(word) < SHORTEST_WORD}
        self._pairs: dict[str, list[int]] = {}  # letter -> words of two letters
        for word, row in ids.items():
            for char in set(word) if len(word) == 2 else ():
                self._pairs.setdefault(char, []).append(row)

    def _grow(self, names: NDArray[np.int32], numbers: NDArray[np.int32]) -> None:
        """The tree of names. The nodes of level k are rows of `_levels[k]`: parent * words + word, ascending."""
        self.levels: list[Offsets] = []
        self.ends: list[NDArray[np.int32]] = []  # number of the name that ends at a node, or -1
        parents = np.zeros(len(names), np.int64)
        for level in range(MOST_IN_NAME):
            there = names[:, level] >= 0
            keys, nodes = np.unique(
                parents[there] * self.count + names[there, level].astype(np.int64), return_inverse=True
            )
            parents[there] = nodes
            last = there if level + 1 == MOST_IN_NAME else there & (names[:, level + 1 :] < 0).all(axis=1)
            ends = np.full(len(keys), -1, np.int32)
            ends[parents[last][::-1]] = numbers[last][::-1]  # the first name of several
            self.levels.append(keys)
            self.ends.append(ends)

    def _index(self, words: Sequence[str], spellings: Sequence[tuple[int, str]]) -> None:
        self._row_words = np.array([row for row, _ in spellings], np.int32)
        self._skeletons = Spelled.of([words[row] for row, _ in spellings])
        self._spelled = Spelled.of([letters for _, letters in spellings])
        there = np.arange(len(spellings))
        other = ~equal_rows(self._skeletons, there, self._spelled, there)
        keys, rows = array("Q"), array("i")
        for start in range(0, len(spellings), INDEXED):
            part = slice(start, start + INDEXED)
            for spelled, among in ((self._skeletons, None), (self._spelled, other[part])):
                hashes, own = spelled.part(part).forms()
                kept = slice(None) if among is None else among[own]
                keys.frombytes(hashes[kept].tobytes())
                rows.frombytes((own[kept] + start).astype(np.int32).tobytes())
        order = np.argsort(np.frombuffer(keys, np.uint64), kind="stable")
        self._keys, self._rows = np.frombuffer(keys, np.uint64)[order], np.frombuffer(rows, np.int32)[order]

    def near(self, tokens: Tokens) -> Near:
        """Words of names that are the tokens or one edit away from them."""
        skeletons, own = Spelled.of(tokens.skeletons), Spelled.of(tokens.plain)
        hashes, source = (np.concatenate(both) for both in zip(skeletons.forms(), own.forms(), strict=True))
        good = (own.sizes >= SHORTEST_WORD - 1) & (own.sizes <= LONGEST_WORD)
        hashes, source = hashes[good[source]], source[good[source]]
        order = np.argsort(hashes)  # searching for ascending numbers takes a fifth of the time
        hashes, source = hashes[order], source[order]
        first = np.searchsorted(self._keys, hashes)
        held = (
            np.flatnonzero(self._keys[np.minimum(first, len(self._keys) - 1)] == hashes)
            if len(self._keys)
            else first[:0]
        )
        hashes, source, first = hashes[held], source[held], first[held]
        at, which = spread(first, np.searchsorted(self._keys, hashes, "right"))
        size = max(1, len(self._row_words))
        pairs = distinct(source[which].astype(np.int64) * size + self._rows[at])
        token, row = (part.astype(np.int64) for part in np.divmod(pairs, size))
        word = self._row_words[row].astype(np.int64)
        same = equal_rows(skeletons, token, self._skeletons, row)
        written = equal_rows(own, token, self._spelled, row)
        kept = same.copy()
        rest = np.flatnonzero(~same & tokens.ascii[token])
        kept[rest] = near_rows(skeletons, token[rest], self._skeletons, row[rest])
        rest = np.flatnonzero(~kept)
        kept[rest] = near_rows(own, token[rest], self._spelled, row[rest])
        token, word, edits = token[kept], word[kept], np.where(same & (written | tokens.swapped[token]), 0, 1)[kept]
        few, few_words, few_edits = self._of_two_letters(tokens)
        pair = np.append(token * self.count + word, few * self.count + few_words)
        rows = np.sort(pair * 4 + np.append(2 * edits, 3 * few_edits))  # fewest edits first, two letters last
        pair = rows >> 2
        once = np.append(True, pair[1:] != pair[:-1])[: len(pair)]
        token, word = (part.astype(np.int64) for part in np.divmod(pair[once], max(1, self.count)))
        edits, short = rows[once] >> 1 & 1, (rows[once] & 1) != 0
        rank = np.arange(len(token)) - np.searchsorted(token, token)
        few_enough = (rank < MOST_NEAR) | (edits == 0)
        token, word, edits, short = token[few_enough], word[few_enough], edits[few_enough], short[few_enough]
        return Near(np.searchsorted(token, np.arange(len(tokens.plain) + 1)), word, edits, short)

    def _of_two_letters(self, tokens: Tokens) -> tuple[Offsets, Offsets, Offsets]:
        """Tokens of one or two letters, as the words they are and those of two letters they share one with."""
        found: list[tuple[int, int, int]] = []
        for number, skeleton in enumerate(tokens.skeletons):
            if len(skeleton) >= SHORTEST_WORD and len(tokens.texts[number]) != 2:
                continue
            own = self._short_words.get(skeleton) if len(skeleton) < SHORTEST_WORD else None
            if own is not None:
                found.append((number, own, 0))
            if len(tokens.texts[number]) != 2 or tokens.plain[number] in self._ordinary:
                continue
            for row in {row for char in set(tokens.texts[number].lower()) for row in self._pairs.get(char, ())} - {own}:
                found.append((number, row, 1))
        columns = np.array(found, np.int64).reshape(-1, 3)
        return columns[:, 0], columns[:, 1], columns[:, 2]

    def fits(self, tokens: Sequence[Word], number: int) -> bool:
        """Whether the words of a name are misspelt here, and not others that only lie near to them."""
        words = [skeleton_of_name(part) for part in parts_of(self.items[number])]
        wrong = sum(
            token.skeleton != word or (plain(part) != token.plain and _SWAPPED.search(token.text) is None)
            for token, word, part in zip(tokens, words, parts_of(self.items[number]), strict=True)
        )
        if wrong > 1 and (sum(map(len, words)) < 10 or min(map(len, words)) < 5):
            return False
        return self._spelled_like(tokens, number) and self._rare(tokens, words)

    def _spelled_like(self, tokens: Sequence[Word], number: int) -> bool:
        """A one-word name is near in its own letters, not only in its skeleton, unless it has digits or symbols."""
        if len(tokens) > 1 or _SWAPPED.search(tokens[0].text):
            return True
        return one_edit(tokens[0].plain, self.items[number].key)

    def _rare(self, tokens: Sequence[Word], words: Sequence[str]) -> bool:
        """One changed word must not be ordinary, nor short and small; of several one exact rare word is enough."""
        if len(words) == 1:
            token = tokens[0]
            small = token.text.islower() and _SWAPPED.search(token.text) is None
            shortest = SHORTEST_SMALL if small else SHORTEST_SINGLE - 1
            return token.plain not in self._ordinary and len(token.plain) >= shortest
        right = [token.plain for token, word in zip(tokens, words, strict=True) if token.skeleton == word]
        capitals = sum(token.text[:1].isupper() for token in tokens)
        if capitals == len(words) and (len(words) >= 3 or any(len(p) > 3 for p in right)):
            return True  # written as a name, and one word of it is right
        if len(words) >= 3 and capitals >= 2 and sum(len(p) > 2 for p in right) >= 2:
            return True
        if any(not t.text[:1].isupper() and any(c.isupper() for c in t.text[1:]) for t in tokens) and right:
            return True  # "aLma": the capital has moved with its letter
        changed = [token.plain for token, word in zip(tokens, words, strict=True) if token.skeleton != word]
        last = tokens[-1].plain
        if len(words) == 2 and len(last) <= SHORTEST_WORD and last in changed and last in self._ordinary:
            return False  # "howard in the garden" is no "Howard Zinn"
        return not any(c in self._ordinary for c in changed) or any(
            len(k) > 3 and k not in self._ordinary for k in right
        )


def _rows_of(pattern: Pattern, ids: dict[str, int], spellings: dict[tuple[int, str], None]) -> list[int]:
    """Rows of the words of a name, new ones among them; none of a name that is too short or too long."""
    parts = parts_of(pattern)
    if not 1 <= len(parts) <= MOST_IN_NAME:
        return []
    words = [skeleton_of_name(part) for part in parts]
    if (len(words) == 1 and len(words[0]) < SHORTEST_SINGLE) or sum(map(len, words)) < SHORTEST_SINGLE:
        return []
    rows = [ids.setdefault(word, len(ids)) for word in words]
    for row, word, part in zip(rows, words, parts, strict=True):
        if len(word) >= SHORTEST_WORD:
            spellings[row, plain(part)] = None
    return rows


def parts_of(pattern: Pattern) -> list[str]:
    """The words of a name; a hyphen parts them, too."""
    return pattern.text.replace("-", " ").split()


def places_in(ordered: Offsets, wanted: Offsets) -> Offsets:
    """Where each number stands in an ascending array, or -1."""
    at = np.searchsorted(ordered, wanted)
    if not len(ordered):
        return np.full(len(wanted), -1)
    return np.where(ordered[np.minimum(at, len(ordered) - 1)] == wanted, at, -1)
