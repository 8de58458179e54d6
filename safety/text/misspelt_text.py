"""Misspelled names in a long text: all its words are looked up at once, and names are read from them in arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import Offsets, spread
from safety.text.misspelt import MOST_IN_NAME, WIDEST_GAP, Near, SpelledNames, Token, Tokens, places_in
from safety.text.verify import Hit

MOST_WORDS: Final = 20_000
MOST_OF_A_KIND: Final = 200  # more misspelt people change nothing of what is said about a text
BLOCK: Final = 500_000  # chains that are made longer at once


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


def find(names: SpelledNames, tokens: Sequence[Token]) -> Iterator[Hit]:
    """Misspelled names in at most `MOST_WORDS` tokens. Linear in their number, but for sorting them."""
    texts = [token for _, _, token in tokens]
    kinds = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    read = np.fromiter(map(kinds.__getitem__, texts), np.int64, len(texts))
    windows, window = _windows(read, tokens)
    spelled = Tokens(list(kinds))
    named: dict[int, list[tuple[int, int]]] = {}
    sure: Counter[str] = Counter()  # strong names found so far
    for row, length, number in _misspelt(names, names.near(spelled), windows):
        pattern = names.items[number]
        kind = names.kinds[pattern.entry]
        if sure[kind] < MOST_OF_A_KIND and names.fits([spelled.word(token) for token in windows[row, :length]], number):
            named.setdefault(row, []).append((length, number))
            sure[kind] += not pattern.weak
    for at in np.flatnonzero(np.isin(window, list(named))).tolist() if named else ():
        for length, number in sorted(named[int(window[at])]):
            yield Hit(number, tokens[at][0], tokens[at + length - 1][1], False, "fuzzy")


def _misspelt(names: SpelledNames, near: Near, windows: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Row of a window, number of its tokens that misspell a name, and number of that name."""
    count = names.count
    known = np.repeat(np.arange(len(near.firsts) - 1), np.diff(near.firsts)) * count + near.words
    roots = places_in(names.levels[0], near.words)
    at, row = spread(near.firsts[windows[:, 0]], near.firsts[windows[:, 0] + 1])
    chains = Chains(row, roots[at], near.edits[at], near.short[at]).where(roots[at] >= 0)
    for level in range(MOST_IN_NAME):
        ends = names.ends[level][chains.nodes]
        for found in np.flatnonzero((ends >= 0) & (chains.edits > 0)).tolist():
            yield int(chains.starts[found]), level + 1, int(ends[found])
        if level + 1 == MOST_IN_NAME:
            return
        chains = chains.where(windows[chains.starts, level + 1] >= 0)
        tokens = windows[chains.starts, level + 1]
        edges = names.levels[level + 1]
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
    at = places_in(known, tokens[row] * count + edges[child] - chains.nodes[row] * count)
    fit = at >= 0
    parts = [(row[fit], child[fit], at[fit])]
    at, row = spread(first[~by_name], last[~by_name])
    row = np.flatnonzero(~by_name)[row]
    child = places_in(edges, chains.nodes[row] * count + near.words[at])
    fit = child >= 0
    parts.append((row[fit], child[fit], at[fit]))
    row, child, at = (np.concatenate(both) for both in zip(*parts, strict=True))
    edits, short = chains.edits[row] + near.edits[at], chains.short[row] | near.short[at]
    return Chains(chains.starts[row], child, edits, short).where(edits <= np.where(short, 1, 2))
