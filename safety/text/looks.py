"""Protected characters by what they look like and do, and people by their office, without a name, in twelve languages.

`registry/data/looks-*.jsonl` lists the features of an entry as meanings of `data/looks/<language>.txt`; ``red+cap`` is
two meanings close together, and ``!president+france`` points to its entry alone. How much a feature says is how rare it
is in harmless prompts (`data/looks.json`, written by `python -m benchmarks.safety.looks`): features are taken as
independent (naive Bayes), in stretches of a text that are about as long as a description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from errors import UsageError
from safety.registry import load as registry
from safety.text.arrays import Offsets, codes_of, distinct, spread
from safety.text.concepts import small
from safety.text.fold import DATA
from safety.text.terms import read
from safety.text.wordlists import Mentions, WordLists

Span = tuple[int, int]
Numbers = NDArray[np.int64]
Numeric = NDArray[np.float64]
FOLDER: Final = "looks"
RARITIES: Final = DATA / "looks.json"
JOIN, TELLING = "+", "!"
NEAR: Final = 40  # Latin letters between two meanings that are one feature; a letter from `EAST` on counts for `WIDE`
CLOSE: Final = 20  # likewise, of what points to its entry alone
BESIDE: Final = 8  # meanings looked at after each for the other half of a feature
STRETCH: Final = 260  # Latin letters of a description; two halves, the second of which is the first of the next
EAST, WIDE = 0x2E80, 3
TOLD: Final = 0.2  # share of an entry's meanings that a description of it mentions
TOGETHER: Final = 0.3  # of its rarity, that a feature of two meanings says beside what each says by itself
FEWEST: Final = 3  # features that make a description
FROM: Final = 15.5  # log odds from which a text describes an entry
MANY: Final = 1.8  # log odds that the likest stretch has by chance, for each time that there are e times as many
ENOUGH: Final = 60.0  # log odds of what points to its entry alone
RAREST: Final = 9.0  # log rarity that no feature exceeds, however seldom it was met
SURE: Final = 8.0  # log odds above `FROM` at which the score is 0.9


class Feature(NamedTuple):
    """One of an entry.

    Attributes:
        name: meanings, in the order of the alphabet, joined by `JOIN`.
        share: of its rarity that counts.
        alone: it points to its entry by itself.
    """

    name: str
    share: float
    alone: bool


@dataclass(frozen=True, slots=True)
class Pointing:
    """An entry that a text describes.

    Attributes:
        entry: id of the registry row.
        score: [0.6, 0.9].
        spans: places of the features, code points, end exclusive.
        odds: log odds against a harmless text.
    """

    entry: str
    score: float
    spans: tuple[Span, ...]
    odds: float


class Looks:
    """The compiled features; immutable, so one instance serves all threads.

    Attributes:
        meanings: in the order of their numbers.
        features: those of all entries, each one meaning or two, in the order of their numbers.
        entries: ids of the described.
    """

    def __init__(self, data: Path = DATA, rows: Path = registry.DATA, rarities: Path | None = RARITIES) -> None:
        words = read(data / FOLDER)
        self.meanings = sorted({term.label for term in words})
        numbers = {label: number for number, label in enumerate(self.meanings)}
        self._lists = WordLists(((term, numbers[term.label]) for term in words), small())
        described = _rows(rows)
        self.entries = [entry for entry, _ in described]
        self.features = sorted({feature.name for _, features in described for feature in features})
        self._halves(numbers)
        own = {name: number for number, name in enumerate(self.features)}
        cells = sorted((own[f.name], row, f.share, f.alone) for row, (_, of) in enumerate(described) for f in of)
        feature, row, share, alone = (np.array(column) for column in zip(*cells, strict=True))
        self._firsts = np.searchsorted(feature, np.arange(len(self.features) + 1))
        self._features, self._rows = feature, row
        self._counts = np.where(alone, FEWEST, 1)
        self._alone = np.isin(np.arange(len(self.features)), feature[alone])
        self.rarity = _rarities(rarities, self.features)
        self._gains = np.where(alone, ENOUGH, self.rarity[feature] * share + log(TOLD / (1 - TOLD)))
        single = np.array([JOIN not in name for name in self.features])[feature]
        self._most = np.maximum(np.maximum.reduceat(self._gains, self._firsts[:-1]), 0)
        self._base = np.bincount(row[single], minlength=len(described)) * log(1 - TOLD)

    def _halves(self, numbers: Mapping[str, int]) -> None:
        """Which feature a meaning is, or -1; and the features of two meanings by both numbers, ascending."""
        self._single = np.full(len(self.meanings), -1, np.int64)
        double = []
        for number, feature in enumerate(self.features):
            try:
                halves = sorted(numbers[half] for half in feature.split(JOIN))
            except KeyError as error:
                raise UsageError("error.registry.malformed", file=f"{FOLDER}: {error.args[0]}", line=0) from error
            if len(halves) == 1:
                self._single[halves[0]] = number
            else:
                double.append((halves[0] * len(self.meanings) + halves[1], number))
        keys = np.array([*sorted(double), (np.iinfo(np.int64).max, -1)], np.int64)
        self._keys, self._double = keys[:, 0], keys[:, 1]

    def look(self, text: str) -> list[Pointing]:
        """Every entry that some stretch of a text describes. Linear in its length and in what is found."""
        halves, features, spans = self.found(text)
        if self._most[distinct(features)].sum() < FROM:  # whoever it is; most texts end here
            return []
        odds, stretch = self._best(halves, features)
        return [
            self._pointing(row, float(odds[row]), features, spans, (halves - stretch[row]) >> 1 == 0)
            for row in np.flatnonzero(odds >= FROM).tolist()
        ]

    def odds(self, text: str) -> Numeric:
        """Log odds that a text describes each entry; for figures."""
        halves, features, _ = self.found(text)
        return self._best(halves, features)[0]

    def met(self, text: str) -> Numbers:
        """Numbers of the meanings of a text; for figures."""
        return self._lists.find(text).names

    def found(self, text: str) -> tuple[Offsets, Numbers, Numbers]:
        """Features of a text: the halves of stretches that they begin in, their numbers, and their spans [F, 2]."""
        met = self._lists.find(text)
        if not len(met):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2), np.int64)
        at = letters(text)
        starts, ends = at[met.starts], at[met.ends - 1]
        alone = np.flatnonzero(self._single[met.names] >= 0)
        first, second, double = self._pairs(met, starts, ends)
        features = np.concatenate([self._single[met.names[alone]], double])
        left, right = np.concatenate([alone, first]), np.concatenate([alone, second])
        return starts[left] // (STRETCH // 2), features, np.stack([met.starts[left], met.ends[right]], axis=1)

    def _pairs(self, met: Mentions, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets, Numbers]:
        """Rows of two meanings that stand together, and the feature that they are."""
        here = np.arange(len(met))
        second, first = spread(here + 1, np.minimum(here + 1 + BESIDE, len(met)))
        apart = starts[second] - ends[first]
        near = apart <= NEAR
        first, second, apart = first[near], second[near], apart[near]
        names = np.sort(np.stack([met.names[first], met.names[second]]), axis=0)
        keys = names[0] * len(self.meanings) + names[1]
        place = np.searchsorted(self._keys, keys)
        feature = self._double[place]
        kept = (self._keys[place] == keys) & ((apart <= CLOSE) | ~self._alone[feature])
        return first[kept], second[kept], feature[kept]

    def _best(self, half: Offsets, features: Numbers) -> tuple[Numeric, Offsets]:
        """Of each entry the log odds in the stretch that is most like it, and that stretch, two halves long."""
        count = len(self.entries)
        stretches = np.concatenate([half, np.maximum(half - 1, 0)])
        seen = distinct(stretches * len(self.features) + np.tile(features, 2))
        stretch, feature = np.divmod(seen, len(self.features))
        at, row = spread(self._firsts[feature], self._firsts[feature + 1])
        cells = stretch[row] * count + self._rows[at]
        size = (int(stretch.max(initial=0)) + 1) * count
        sums = np.bincount(cells, self._gains[at], size).reshape(-1, count)
        enough = np.bincount(cells, self._counts[at], size).reshape(-1, count) >= FEWEST
        chance = MANY * log(1 + int(half.max(initial=0)))
        odds = np.where(enough, sums + self._base - chance, -np.inf)
        return odds.max(axis=0), odds.argmax(axis=0)

    def _pointing(
        self, row: int, odds: float, features: Numbers, spans: Numbers, inside: NDArray[np.bool_]
    ) -> Pointing:
        own = np.isin(features, self._features[self._rows == row])
        score = round(0.6 + 0.3 * min((odds - FROM) / SURE, 1.0), 2)
        places = dict.fromkeys((start, end) for start, end in spans[own & inside].tolist())
        return Pointing(self.entries[row], score, tuple(places), odds)


def letters(text: str) -> Offsets:
    """Latin letters up to each character of a text and with it, as which wider ones count several times."""
    return np.cumsum(np.where(codes_of(text) >= EAST, WIDE, 1))


def _rarities(path: Path | None, features: Sequence[str]) -> Numeric:
    kept: dict[str, float] = json.loads(path.read_text("utf-8")) if path else {}
    return np.array([min(kept.get(feature, 0.0), RAREST) for feature in features])


def _rows(folder: Path) -> list[tuple[str, list[Feature]]]:
    """Entries and their features, each once; the halves of those of two meanings are features, too."""
    rows = []
    for row in registry.features(folder):
        alone = {name: look.startswith(TELLING) for look in row.looks for name in _names(look)}
        single = [half for name in alone if not alone[name] for half in name.split(JOIN)]
        features = dict.fromkeys([*single, *alone])
        rows.append((row.entry, [Feature(f, TOGETHER if JOIN in f else 1.0, alone.get(f, False)) for f in features]))
    return rows


def _names(look: str) -> Iterator[str]:
    """The names of a feature; one of three meanings counts as two of two."""
    halves = look.removeprefix(TELLING).split(JOIN)
    if len(halves) < 3:
        yield JOIN.join(sorted(halves))
    else:
        yield from (JOIN.join(sorted(pair)) for pair in pairwise(halves))
