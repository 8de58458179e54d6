"""Misspelled names in a prompt: each word is looked up by itself and remembered.

What names follow from it is then read from dictionaries, which for a few words take a tenth of the time of arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from safety.text.fold import LONGEST_KEPT
from safety.text.misspelt import MOST_IN_NAME, WIDEST_GAP, SpelledNames, Token, Tokens, Word, places_in
from safety.text.verify import Hit

READINGS_KEPT: Final = 4_096  # words, about 12 MiB


class Step(NamedTuple):
    """A reading of tokens in a row as the first words of some name: one row of `misspelt_text.Chains`."""

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


class PromptReader:
    """Finds misspelled names among few words."""

    def __init__(self, names: SpelledNames) -> None:
        self._names = names
        self._readings: dict[str, Reading] = {}

    def forget(self) -> None:
        """Drop the remembered words."""
        self._readings = {}

    def find(self, tokens: Sequence[Token]) -> Iterator[Hit]:
        """As `misspelt_text.find`, one token at a time."""
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
                ends, words = self._names.ends[length - 1], [r.word for r in readings[at : last + 1]]
                numbers = (int(ends[step.node]) for step in steps if step.edits)
                found += [(length, n) for n in numbers if n >= 0 and self._names.fits(words, n)]
            for length, number in sorted(found):
                yield Hit(number, tokens[at][0], tokens[at + length - 1][1], False, "fuzzy")

    def _onwards(
        self, first: Reading, steps: Sequence[Step], near: Mapping[int, tuple[int, bool]], length: int
    ) -> Sequence[Step]:
        """The steps with one token more, whose words are `near`; `length` counts it and those before it."""
        if length == 2:
            pairs = [(step, *near[word]) for word in first.follows.keys() & near.keys() for step in first.follows[word]]
        else:
            edges, count = self._names.levels[length - 1], self._names.count
            wanted = [(s.node * count + w, s, *own) for s in steps for w, own in near.items()]
            nodes = places_in(edges, np.array([key for key, *_ in wanted], np.int64)).tolist()
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
        tokens = Tokens(texts)
        near = self._names.near(tokens)
        roots = places_in(self._names.levels[0], near.words)
        columns = (near.words, near.edits, near.short, roots)
        rows: list[tuple[int, int, bool, int]] = list(zip(*(column.tolist() for column in columns), strict=True))
        parts = (rows[first:last] for first, last in pairwise(near.firsts.tolist()))
        return {
            text: self._reading(tokens.word(at), part) for at, (text, part) in enumerate(zip(texts, parts, strict=True))
        }

    def _reading(self, word: Word, rows: Sequence[tuple[int, int, bool, int]]) -> Reading:
        """`rows`: words that the token is near to, edits, whether they are short, and nodes as first words, or -1."""
        starts = [Step(root, edits, short) for _, edits, short, root in rows if root >= 0]
        ends = (int(self._names.ends[0][step.node]) for step in starts if step.edits)
        names = tuple(number for number in ends if number >= 0 and self._names.fits([word], number))
        count, edges = self._names.count, self._names.levels[1]
        bounds = np.searchsorted(edges, [[s.node * count, (s.node + 1) * count] for s in starts]) if starts else ()
        follows: dict[int, list[Step]] = {}
        for (node, edits, short), (low, high) in zip(starts, bounds, strict=True):
            for child, key in enumerate(edges[low:high].tolist(), int(low)):
                follows.setdefault(key - node * count, []).append(Step(child, edits, short))
        return Reading(word, {w: (edits, short) for w, edits, short, _ in rows}, names, follows)
