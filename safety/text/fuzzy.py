"""Misspelled names: one edit in a word (missing, extra, wrong or swapped letters), or masked vowels.

A deletion index (SymSpell, Garbe 2012) over the words of the names, and a tree of names by words; both are arrays, and
all words of a text are looked up at once. Ordinary words are never read as misspellings of a one-word name, and a name
of several words needs all its words in a row. Of a prompt each word is looked up by itself and remembered; what names
follow from it is then read from dictionaries, which for a few words take a tenth of the time of arrays.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise
from operator import ne
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety.registry.load import Registry
from safety.text.arrays import BREAK, LONG, Offsets, Spelling, codes_of, distinct, spread, text_of
from safety.text.fold import LONGEST_KEPT, PLAIN, folded, plain, skeleton_of_name
from safety.text.patterns import Pattern, Patterns
from safety.text.verify import Hit

SHORTEST_WORD: Final = 3
LONGEST_WORD: Final = 24  # letters
SHORTEST_SINGLE: Final = 6
SHORTEST_SMALL: Final = 7  # letters of a misspelt name in small letters: shorter ones lie near too many words
MOST_WORDS: Final = 20_000
MOST_IN_NAME: Final = 4
WIDEST_GAP: Final = 2  # characters between two words of a name
MOST_NEAR: Final = 200
MOST_OF_A_KIND: Final = 200  # more misspelt people change nothing of what is said about a text
INDEXED: Final = 4_096  # words whose forms are made at once
BLOCK: Final = 500_000  # chains that are made longer at once
READINGS_KEPT: Final = 4_096  # words, about 12 MiB
_WORDS: Final = re.compile(
    r"(?:(?<!\w)(?:[$!|€£]|@(?=[^\W\d_]*[\d@$!|€£]))(?=[^\W_]))?[^\W_]"
    r"(?:[^\W_]+|[*#'’\u0300-\u036f\u200b-\u200d\u2060\ufeff\u00ad]|[@$!|€£+](?=[^\W_])|(?<=[^\W_])[$@|](?=\s))*"
)
_VOWELS: Final = re.compile(r"[aeiouyаеёиоуыэюя]")
_LETTERS: Final = re.compile(r"[\W_]")
_SWAPPED: Final = re.compile(r"[\d@$!|€£+]")  # letters written as digits or symbols
_PLAIN: Final = Spelling(lambda char: char if char == "\n" else PLAIN[char])
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)

Token = tuple[int, int, str]  # start, end, letters
Hashes = NDArray[np.uint64]


class Spelled(NamedTuple):
    """Words as rows of letters (at most `LONGEST_WORD`, no higher than 0xFFFF, zeros behind) and their lengths."""

    letters: NDArray[np.uint16]
    sizes: Offsets

    @classmethod
    def of(cls, words: Sequence[str]) -> Spelled:
        """Rows of words; a longer one is cut and one letter too long to be near to anything."""
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        codes = np.minimum(codes_of("".join(words)), 0xFFFF).astype(np.uint16)
        rows = np.zeros((len(words), LONGEST_WORD + 2), np.uint16)
        row = np.repeat(np.arange(len(words)), sizes)
        column = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        kept = column <= LONGEST_WORD
        rows[row[kept], column[kept]] = codes[kept]
        return cls(rows, np.minimum(sizes, LONGEST_WORD + 1))

    def part(self, rows: slice) -> Spelled:
        return Spelled(self.letters[rows], self.sizes[rows])

    def forms(self) -> tuple[Hashes, Offsets]:
        """Hashes of each word and of its forms with one letter less, and the row of each."""
        width = self.letters.shape[1]
        mixed = (self.letters.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        mixed[self.letters == 0] = 0
        powers = np.cumprod(np.full(width, _BASE), dtype=np.uint64)
        here, earlier = mixed * powers, mixed[:, 1:] * powers[:-1]
        upto = np.cumsum(here, axis=1, dtype=np.uint64)
        left = np.concatenate([np.zeros((len(here), 1), np.uint64), upto[:, :-1]], axis=1)
        total = np.cumsum(earlier[:, ::-1], axis=1, dtype=np.uint64)[:, ::-1]
        right = np.concatenate([total, np.zeros((len(here), 1), np.uint64)], axis=1)
        shorter = np.arange(width) < self.sizes[:, None]
        rows = np.concatenate([np.arange(len(here)), np.nonzero(shorter)[0]])
        return np.concatenate([upto[:, -1], (left + right)[shorter]]), rows


class Near(NamedTuple):
    """How tokens can be read: for each token, from `firsts[t]` to `firsts[t + 1]`, words of names and their edits."""

    firsts: Offsets
    words: Offsets
    edits: Offsets
    short: NDArray[np.bool_]  # a word of two letters of which one is wrong


class Chains(NamedTuple):
    """Readings of tokens in a row as the first words of some name: one for each row of the arrays.

    Attributes:
        starts: place of the first token.
        nodes: node of the tree of names.
        edits: edits so far.
        short: whether a word of two letters with a wrong one is among them; then all others are right.
    """

    starts: Offsets
    nodes: Offsets
    edits: Offsets
    short: NDArray[np.bool_]

    def where(self, kept: NDArray[np.bool_] | slice) -> Chains:
        return Chains(self.starts[kept], self.nodes[kept], self.edits[kept], self.short[kept])


class Word(NamedTuple):
    """A token as it stands, its skeleton and its ordinary reading."""

    text: str
    skeleton: str
    plain: str


class Step(NamedTuple):
    """A reading of tokens in a row as the first words of some name: one row of `Chains`."""

    node: int
    edits: int
    short: bool


class Reading(NamedTuple):
    """What a token may be part of.

    Attributes:
        near: for each word of names that it is near to, its edits and whether it is a word of two letters of which one
            is wrong.
        names: numbers of the names of one word that it misspells.
        follows: for each word that comes second in a name which the token may begin, the steps so far.
    """

    word: Word
    near: Mapping[int, tuple[int, bool]]
    names: Sequence[int]
    follows: Mapping[int, Sequence[Step]]


class FuzzyIndex:
    """Names by words, and words by their forms with one letter less, as hashes: collisions are compared away."""

    def __init__(self, patterns: Patterns, registry: Registry) -> None:
        self._items = patterns.items
        self._kinds = [entry.kind for entry in registry.entries]
        self._ordinary = frozenset(plain(w) for w in registry.ordinary)
        ids: dict[str, int] = {}
        spellings: dict[tuple[int, str], None] = {}
        names, numbers = array("i"), array("i")
        masked: list[tuple[int, int]] = []
        for number, pattern in enumerate(patterns.items):
            if pattern.entry >= 0 and pattern.script == "alpha" and pattern.label == "name" and pattern.whole:
                words = self._read(pattern, number, ids, spellings, masked)
                if words:
                    names.extend(words + [-1] * (MOST_IN_NAME - len(words)))
                    numbers.append(number)
        self._count = len(ids)
        masked.sort()
        self._masked = array("q", (key for key, _ in masked)), array("i", (number for _, number in masked))
        self._grow(np.frombuffer(names, np.int32).reshape(-1, MOST_IN_NAME), np.frombuffer(numbers, np.int32))
        self._index(list(ids), list(spellings))
        self._short_words = {word: row for word, row in ids.items() if len(word) < SHORTEST_WORD}
        self._pairs: dict[str, list[int]] = {}  # letter -> words of two letters
        for word, row in ids.items():
            for char in set(word) if len(word) == 2 else ():
                self._pairs.setdefault(char, []).append(row)
        self._readings: dict[str, Reading] = {}

    def forget(self) -> None:
        """Drop the remembered words."""
        self._readings = {}

    def _read(
        self,
        pattern: Pattern,
        number: int,
        ids: dict[str, int],
        spellings: dict[tuple[int, str], None],
        masked: list[tuple[int, int]],
    ) -> list[int]:
        parts = pattern.text.replace("-", " ").split()
        if not 1 <= len(parts) <= MOST_IN_NAME:
            return []
        words = [skeleton_of_name(part) for part in parts]
        if (len(words) == 1 and len(words[0]) < SHORTEST_SINGLE) or sum(map(len, words)) < SHORTEST_SINGLE:
            return []
        bare = [_VOWELS.sub("", _LETTERS.sub("", p.lower())) for p in parts]
        if sum(map(len, bare)) >= 4:
            masked.append((hash(" ".join(bare)), number))
        rows = [ids.setdefault(word, len(ids)) for word in words]
        for row, word, part in zip(rows, words, parts, strict=True):
            if len(word) >= SHORTEST_WORD:
                spellings[row, plain(part)] = None
        return rows

    def _grow(self, names: NDArray[np.int32], numbers: NDArray[np.int32]) -> None:
        """The tree of names. The nodes of level k are rows of `_levels[k]`: parent * words + word, ascending."""
        self._levels: list[Offsets] = []
        self._ends: list[NDArray[np.int32]] = []  # number of the name that ends at a node, or -1
        parents = np.zeros(len(names), np.int64)
        for level in range(MOST_IN_NAME):
            there = names[:, level] >= 0
            keys, nodes = np.unique(
                parents[there] * self._count + names[there, level].astype(np.int64), return_inverse=True
            )
            parents[there] = nodes
            last = there if level + 1 == MOST_IN_NAME else there & (names[:, level + 1 :] < 0).all(axis=1)
            ends = np.full(len(keys), -1, np.int32)
            ends[parents[last][::-1]] = numbers[last][::-1]  # the first name of several
            self._levels.append(keys)
            self._ends.append(ends)

    def _index(self, words: Sequence[str], spellings: Sequence[tuple[int, str]]) -> None:
        self._row_words = np.array([row for row, _ in spellings], np.int32)
        self._skeletons = Spelled.of([words[row] for row, _ in spellings])
        self._spelled = Spelled.of([letters for _, letters in spellings])
        other = ~_equal(self._skeletons, slice(None), self._spelled, slice(None))
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

    def find(self, text: str) -> Iterator[Hit]:
        """Misspelled names in a text. Linear in its words, but for sorting them."""
        tokens = [(*m.span(), m.group()) for m in islice(_WORDS.finditer(text), MOST_WORDS)]
        if not tokens:
            return
        yield from self._in_a_prompt(tokens) if len(text) < LONG else self._in_a_long_text(tokens)
        for at, (_, _, token) in enumerate(tokens):
            if "*" in token or "#" in token:
                yield from self._unmasked(tokens, at)

    def _in_a_long_text(self, tokens: Sequence[Token]) -> Iterator[Hit]:
        kinds: dict[str, int] = {}
        read = np.fromiter((kinds.setdefault(t, len(kinds)) for _, _, t in tokens), np.int64, len(tokens))
        windows, window = _windows(read, tokens)
        spelled = _Tokens(list(kinds))
        named: dict[int, list[tuple[int, int]]] = {}
        sure: Counter[str] = Counter()  # strong names found so far
        for row, length, number in self._misspelt(self._near(spelled), windows):
            pattern = self._items[number]
            kind = self._kinds[pattern.entry]
            if sure[kind] < MOST_OF_A_KIND and self._fits_name(
                [spelled.word(kind) for kind in windows[row, :length]], number
            ):
                named.setdefault(row, []).append((length, number))
                sure[kind] += not pattern.weak
        for at in np.flatnonzero(np.isin(window, list(named))).tolist() if named else ():
            for length, number in sorted(named[int(window[at])]):
                yield Hit(number, tokens[at][0], tokens[at + length - 1][1], False, "fuzzy")

    def _in_a_prompt(self, tokens: Sequence[Token]) -> Iterator[Hit]:
        """As `_in_a_long_text`, one token at a time."""
        readings = self._readings_of([token for _, _, token in tokens])
        for at, reading in enumerate(readings):
            found = [(1, number) for number in reading.names]
            steps: Sequence[Step] = ()
            for length in range(2, min(MOST_IN_NAME, len(tokens) - at) + 1):
                last = at + length - 1
                if tokens[last][0] - tokens[last - 1][1] > WIDEST_GAP:
                    break
                steps = self._onwards(reading, steps, readings[last].near, length)
                if not steps:
                    break
                ends, words = self._ends[length - 1], [r.word for r in readings[at : last + 1]]
                numbers = (int(ends[step.node]) for step in steps if step.edits)
                found += [(length, n) for n in numbers if n >= 0 and self._fits_name(words, n)]
            for length, number in sorted(found):
                yield Hit(number, tokens[at][0], tokens[at + length - 1][1], False, "fuzzy")

    def _onwards(
        self, first: Reading, steps: Sequence[Step], near: Mapping[int, tuple[int, bool]], length: int
    ) -> Sequence[Step]:
        """The steps with one token more, whose words are `near`; `length` counts it and those before it."""
        if length == 2:
            pairs = [(step, *near[word]) for word in first.follows.keys() & near.keys() for step in first.follows[word]]
        else:
            edges, count = self._levels[length - 1], self._count
            wanted = [(s.node * count + w, s, *own) for s in steps for w, own in near.items()]
            nodes = _places(edges, np.array([key for key, *_ in wanted], np.int64)).tolist()
            pairs = [
                (Step(node, s.edits, s.short), e, short)
                for node, (_, s, e, short) in zip(nodes, wanted, strict=True)
                if node >= 0
            ]
        longer = [Step(s.node, s.edits + edits, s.short or short) for s, edits, short in pairs]
        return [step for step in longer if step.edits <= (1 if step.short else 2)]

    def _readings_of(self, texts: Sequence[str]) -> list[Reading]:
        known = self._readings
        new = {text: None for text in texts if text not in known}
        if not new:
            return [known[text] for text in texts]
        found = self._looked_up(list(new))
        readings = [known.get(text) or found[text] for text in texts]
        kept = {text: reading for text, reading in found.items() if len(text) <= LONGEST_KEPT}
        if len(known) + len(kept) > READINGS_KEPT:
            self._readings = kept
        else:
            known.update(kept)
        return readings

    def _looked_up(self, texts: list[str]) -> dict[str, Reading]:
        tokens = _Tokens(texts)
        near = self._near(tokens)
        roots = _places(self._levels[0], near.words)
        columns = (near.words, near.edits, near.short, roots)
        rows: list[tuple[int, int, bool, int]] = list(zip(*(column.tolist() for column in columns), strict=True))
        parts = (rows[first:last] for first, last in pairwise(near.firsts.tolist()))
        return {
            text: self._reading(tokens.word(at), part) for at, (text, part) in enumerate(zip(texts, parts, strict=True))
        }

    def _reading(self, word: Word, rows: Sequence[tuple[int, int, bool, int]]) -> Reading:
        """`rows`: words that the token is near to, edits, whether they are short, and nodes as first words, or -1."""
        starts = [Step(root, edits, short) for _, edits, short, root in rows if root >= 0]
        ends = (int(self._ends[0][step.node]) for step in starts if step.edits)
        names = tuple(number for number in ends if number >= 0 and self._fits_name([word], number))
        count, edges = self._count, self._levels[1]
        bounds = np.searchsorted(edges, [[s.node * count, (s.node + 1) * count] for s in starts]) if starts else ()
        follows: dict[int, list[Step]] = {}
        for (node, edits, short), (low, high) in zip(starts, bounds, strict=True):
            for child, key in enumerate(edges[low:high].tolist(), int(low)):
                follows.setdefault(key - node * count, []).append(Step(child, edits, short))
        return Reading(word, {w: (edits, short) for w, edits, short, _ in rows}, names, follows)

    def _near(self, tokens: _Tokens) -> Near:
        """Words of names that are the tokens or one edit away from them."""
        skeletons, own = Spelled.of(tokens.skeletons), Spelled.of(tokens.plain)
        hashes, source = (np.concatenate(both) for both in zip(skeletons.forms(), own.forms(), strict=True))
        good = (own.sizes >= SHORTEST_WORD - 1) & (own.sizes <= LONGEST_WORD)
        hashes, source = hashes[good[source]], source[good[source]]
        order = np.argsort(hashes)  # searching for ascending numbers takes a fifth of the time
        hashes, source = hashes[order], source[order]
        first, last = (np.searchsorted(self._keys, hashes, side) for side in ("left", "right"))
        at, which = spread(first, last)
        size = max(1, len(self._row_words))
        pairs = distinct(source[which].astype(np.int64) * size + self._rows[at])
        token, row = (part.astype(np.int64) for part in np.divmod(pairs, size))
        word = self._row_words[row].astype(np.int64)
        same = _equal(skeletons, token, self._skeletons, row)
        written = _equal(own, token, self._spelled, row)
        kept = same.copy()
        rest = np.flatnonzero(~same & tokens.ascii[token])
        kept[rest] = near_rows(skeletons, token[rest], self._skeletons, row[rest])
        rest = np.flatnonzero(~kept)
        kept[rest] = near_rows(own, token[rest], self._spelled, row[rest])
        token, word, edits = token[kept], word[kept], np.where(same & (written | tokens.swapped[token]), 0, 1)[kept]
        short = np.zeros(len(token), np.bool_)
        few, few_words, few_edits = self._of_two_letters(tokens)
        token, word = np.append(token, few), np.append(word, few_words)
        edits, short = np.append(edits, few_edits), np.append(short, few_edits > 0)
        order = np.lexsort((edits, word, token))
        token, word, edits, short = token[order], word[order], edits[order], short[order]
        once = np.append(True, (token[1:] != token[:-1]) | (word[1:] != word[:-1]))[: len(token)]
        token, word, edits, short = token[once], word[once], edits[once], short[once]
        rank = np.arange(len(token)) - np.searchsorted(token, token)
        few_enough = (rank < MOST_NEAR) | (edits == 0)
        token, word, edits, short = token[few_enough], word[few_enough], edits[few_enough], short[few_enough]
        return Near(np.searchsorted(token, np.arange(len(tokens.plain) + 1)), word, edits, short)

    def _of_two_letters(self, tokens: _Tokens) -> tuple[Offsets, Offsets, Offsets]:
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

    def _misspelt(self, near: Near, windows: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
        """Row of a window, number of its tokens that misspell a name, and number of that name."""
        count = self._count
        known = np.repeat(np.arange(len(near.firsts) - 1), np.diff(near.firsts)) * count + near.words
        roots = _places(self._levels[0], near.words)
        at, row = spread(near.firsts[windows[:, 0]], near.firsts[windows[:, 0] + 1])
        chains = Chains(row, roots[at], near.edits[at], near.short[at]).where(roots[at] >= 0)
        for level in range(MOST_IN_NAME):
            ends = self._ends[level][chains.nodes]
            for found in np.flatnonzero((ends >= 0) & (chains.edits > 0)).tolist():
                yield int(chains.starts[found]), level + 1, int(ends[found])
            if level + 1 == MOST_IN_NAME:
                return
            chains = chains.where(windows[chains.starts, level + 1] >= 0)
            tokens = windows[chains.starts, level + 1]
            edges = self._levels[level + 1]
            low, high = (np.searchsorted(edges, (chains.nodes + more) * count) for more in (0, 1))
            width = np.minimum(high - low, near.firsts[tokens + 1] - near.firsts[tokens])
            blocks = np.cumsum(width) // BLOCK
            parts = []
            for block in range(int(blocks[-1]) + 1 if len(blocks) else 0):
                own = blocks == block
                parts.append(_longer(chains.where(own), tokens[own], low[own], high[own], near, known, edges, count))
            if not parts:
                return
            chains = Chains(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _fits_name(self, tokens: Sequence[Word], number: int) -> bool:
        """Whether the words of a name are misspelt here, and not others that only lie near to them."""
        words = [skeleton_of_name(part) for part in self._items[number].text.replace("-", " ").split()]
        wrong = sum(
            token.skeleton != word or (plain(part) != token.plain and _SWAPPED.search(token.text) is None)
            for token, word, part in zip(tokens, words, self._items[number].text.replace("-", " ").split(), strict=True)
        )
        if wrong > 1 and (sum(map(len, words)) < 10 or min(map(len, words)) < 5):
            return False
        return self._spelled_like(tokens, number) and self._rare(tokens, words)

    def _spelled_like(self, tokens: Sequence[Word], number: int) -> bool:
        """A one-word name is near in its own letters, not only in its skeleton, unless it has digits or symbols."""
        if len(tokens) > 1 or _SWAPPED.search(tokens[0].text):
            return True
        return one_edit(tokens[0].plain, self._items[number].key)

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
                key = hash(" ".join(_VOWELS.sub("", t.lower().replace("*", "").replace("#", "")) for _, _, t in part))
                keys, numbers = self._masked
                for place in range(bisect_left(keys, key), bisect_right(keys, key)):
                    if self._fits(part, number := numbers[place]):
                        yield Hit(number, part[0][0], part[-1][1], False, "masked")


class _Tokens:
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


def _windows(read: Offsets, tokens: Sequence[Token]) -> tuple[NDArray[np.int64], Offsets]:
    """Different rows of tokens that may be one name, -1 where a wide gap ends them, and the row at each token."""
    ends = np.array([end for _, end, _ in tokens[:-1]], np.int64)
    starts = np.array([start for start, _, _ in tokens[1:]], np.int64)
    goes_on = np.append(starts - ends <= WIDEST_GAP, False)
    columns, whole = [read], goes_on
    for place in range(1, MOST_IN_NAME):
        following = np.append(read[place:], np.full(min(place, len(read)), -1))
        columns.append(np.where(whole, following, -1))
        whole = whole & np.append(goes_on[place:], np.zeros(min(place, len(read)), np.bool_))
    key = columns[0]
    for column in columns[1:]:
        key = key * (MOST_WORDS + 1) + column + 1
    _, first, window = np.unique(key, return_index=True, return_inverse=True)
    return np.stack(columns, axis=1)[first], window


def _longer(
    chains: Chains, tokens: Offsets, low: Offsets, high: Offsets, near: Near, known: Offsets, edges: Offsets, count: int
) -> Chains:
    """The chains with one token more, as far as some name goes on that way.

    Either all words with which a name goes on are looked for among those near the token, or the other way round,
    whichever are fewer.

    Args:
        tokens: the next token of each chain.
        low, high: where the words with which each chain goes on stand in `edges`.
        known: token * count + word of each row of `near`, ascending.
        edges: node * count + word, ascending.
        count: number of words.
    """
    first, last = near.firsts[tokens], near.firsts[tokens + 1]
    by_name = high - low < last - first
    child, row = spread(low[by_name], high[by_name])
    row = np.flatnonzero(by_name)[row]
    at = _places(known, tokens[row] * count + edges[child] - chains.nodes[row] * count)
    fit = at >= 0
    parts = [(row[fit], child[fit], at[fit])]
    at, row = spread(first[~by_name], last[~by_name])
    row = np.flatnonzero(~by_name)[row]
    child = _places(edges, chains.nodes[row] * count + near.words[at])
    fit = child >= 0
    parts.append((row[fit], child[fit], at[fit]))
    row, child, at = (np.concatenate(both) for both in zip(*parts, strict=True))
    edits, short = chains.edits[row] + near.edits[at], chains.short[row] | near.short[at]
    return Chains(chains.starts[row], child, edits, short).where(edits <= np.where(short, 1, 2))


def _places(ordered: Offsets, wanted: Offsets) -> Offsets:
    """Where each number stands in an ascending array, or -1."""
    at = np.searchsorted(ordered, wanted)
    if not len(ordered):
        return np.full(len(wanted), -1)
    return np.where(ordered[np.minimum(at, len(ordered) - 1)] == wanted, at, -1)


def _equal(a: Spelled, rows_a: Offsets | slice, b: Spelled, rows_b: Offsets | slice) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (a.letters[rows_a] == b.letters[rows_b]).all(axis=1)
    same &= a.sizes[rows_a] <= LONGEST_WORD
    return same


def near_rows(a: Spelled, rows_a: Offsets, b: Spelled, rows_b: Offsets) -> NDArray[np.bool_]:
    """`one_edit` for pairs of rows."""
    one, other = a.letters[rows_a], b.letters[rows_b]
    more = a.sizes[rows_a] - b.sizes[rows_b]
    turned = (more < 0)[:, None]
    longer, shorter = np.where(turned, other, one), np.where(turned, one, other)
    wrong = longer != shorter
    wrongs = wrong.sum(axis=1)
    first = wrong.argmax(axis=1)
    pair = np.arange(len(first))
    after = np.minimum(first + 1, wrong.shape[1] - 1)
    swapped = (longer[pair, first] == shorter[pair, after]) & (longer[pair, after] == shorter[pair, first])
    same_size = (wrongs <= 1) | ((wrongs == 2) & wrong[pair, after] & swapped)
    behind = (longer[:, 1:] != shorter[:, :-1]) & (np.arange(wrong.shape[1] - 1) >= first[:, None])
    near: NDArray[np.bool_] = np.where(more == 0, same_size, (np.abs(more) == 1) & ~behind.any(axis=1))
    return near


def _reached(name: str, place: int, most: int) -> Iterator[int]:
    """Where one stands in a name after at most `most` letters, digits or underscores from a place."""
    yield place
    while most > 0 and place < len(name) and (name[place].isalnum() or name[place] == "_"):
        place, most = place + 1, most - 1
        yield place


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
