"""A second opinion on harms, learned: which concepts stand together in what has to stop, and in what looks like it.

A linear model on five kinds of features: a concept is there; two are; one follows another closely; what the words mean;
how it is worded. Concepts and glosses mean the same in every language, so what was learned in one is known in all;
stretches of letters know what no list has. Long texts are read in windows of a few places, so that a harm in one
sentence is not outvoted by the others. Trained by `python -m benchmarks.safety.harms train`; figures and limits:
docs/screening-text.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from safety.text.arrays import Offsets, distinct, spread
from safety.text.concepts import Concepts
from safety.text.glosses import NOTHING, Glosses
from safety.text.wording import BUCKETS, SILENT, Stretches, Weights
from safety.text.wordlists import Mentions, folded

WEIGHTS: Final = Path(__file__).parents[1] / "weights" / "harms.npz"
WINDOW: Final = 24  # places that are weighed together
STEP: Final = 12
AT_ONCE: Final = 2_048  # windows, about 1 MiB
MANY: Final = 0.85  # logits for each time that there are e times as many windows
NEAR: Final = 15  # code points between two concepts that follow each other closely
TERMS: Final = (
    "minor", "takeoff", "garment", "victim", "brutal", "group", "civic", "alarm", "newsy", "official", "play",
    "history", "news", "medical", "cooking", "known", "person", "loved", "thing", "harmless", "safe", "gore",
    "selfharm", "scam", "extremism", "disinfo_alone", "drug_alone", "secret", "hurt", "hurt_obj", "loved_obj", "fake",
    "sexual", "intimate", "arms", "drug", "attacker",
)  # fmt: skip
MARK: Final = "term:"
YOUNG: Final = ("child", MARK + "minor")  # one of them has to be there before a text is about minors
LOWER, UPPER = 0.3, 0.5  # where the stretched scores put the operating points of `safety/policies/harm.json`
BODILY: Final = ("sexual", "intimate")  # kinds that are about minors as soon as there is one
MOST_SPANS: Final = 6
MOST_REASONS: Final = 4
MINORS: Final = "minors"
WORDING: Final = "wording"  # what reviewers read where no concept weighs as much
MEANS: Final = "word:"  # before a gloss
Span = tuple[int, int]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Whole = NDArray[np.float32]  # numbers without fractions
Logits = NDArray[np.float64]
_FAR: Final = 1 << 40  # behind every text
_SENTENCE_END: Final = re.compile(r"[.!?\n。！？।؟;](?:(?<![.!?])|(?=\s))")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model holds a text for.

    Attributes:
        kind: class of harm, e.g. ``violence``.
        score: [0, 1]; stretched so that `LOWER` and `UPPER` are the operating points of its kind.
        spans: places of the concepts that weighed most.
        detail: for reviewers: the concepts or pairs that weighed most.
    """

    kind: str
    score: float
    spans: tuple[Span, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the model says of a text.

    Attributes:
        opinions: one for each kind of harm that it is held for.
        harmless: every window lies lower than nearly all harms that weak rules stop.
    """

    opinions: tuple[Opinion, ...]
    harmless: bool


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Numbers of concepts (ascending, each once) and of pairs that follow each other closely, shape [P, 2]."""

    alone: Index
    near: Index


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What is weighed at once: the mentions from `first` to `last` (exclusive), shape [W].

    Attributes:
        close: rows of two mentions of which the second follows the first closely, in the order of the first.
    """

    found: Mentions
    glosses: Glosses
    wording: Stretches
    close: tuple[Index, Index]
    first: Index
    last: Index

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, rows: slice | Mask) -> Windows:
        return Windows(self.found, self.glosses, self.wording, self.close, self.first[rows], self.last[rows])

    @property
    def places(self) -> tuple[Offsets, Offsets]:
        """Code points of each window, from behind the mention before it to the one after it; exclusive, shape [W]."""
        starts, ends = np.append(self.found.starts, _FAR), np.append(0, self.found.ends)
        begin = ends[self.first]
        return begin, np.maximum(begin, starts[self.last])

    @property
    def letters(self) -> tuple[Index, Index]:
        """The letters of each window; exclusive, shape [W]."""
        return self.wording.reach(*self.places)

    @property
    def meant(self) -> tuple[Index, Index]:
        """The glosses of each window; exclusive, shape [W]."""
        return self.glosses.reach(*self.places)

    def present(self, count: int) -> Whole:
        """1 where a window has a concept, 0 elsewhere, shape [W, count]."""
        at, row = spread(self.first, self.last)
        present = np.zeros((len(self), count), np.float32)
        present[row, self.found.names[at]] = 1
        return present

    def near(self, count: int) -> tuple[Index, Index, Index]:
        """Rows of windows, and two of `count` concepts that follow each other closely there; each once in a window."""
        one, other = self.close
        at, row = spread(np.searchsorted(one, self.first), np.searchsorted(one, self.last))
        inside = other[at] < self.last[row]
        at, row = at[inside], row[inside]
        names = self.found.names
        keys = distinct((row * count + names[one[at]]) * count + names[other[at]])
        return keys // count**2, keys // count % count, keys % count


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Weights of N concepts: ``alone`` [N], ``pairs`` [N, N] (upper triangle), ``near`` [N, N] (first, second).

    ``meanings`` [G] are those of the glosses, ``letters`` [BUCKETS + 1] those of the wording, and 0 at the end.

    They are whole numbers of at most 127, whose sums are the same in any order; `scales` is what one of each counts.
    """

    alone: Whole
    pairs: Whole
    near: Whole
    meanings: Weights
    letters: Weights
    scales: tuple[float, float, float, float, float]
    bias: float

    def logits(self, seen: Windows) -> Logits:
        """The sum of the weights of what is there, for each window."""
        count, places = len(self.alone), seen.places
        present, (row, one, other) = seen.present(count), seen.near(count)
        sums = (
            present @ self.alone,
            np.einsum("wn,wn->w", present @ self.pairs, present),
            np.bincount(row, self.near[one, other], len(seen)),
            seen.glosses.weighed(self.meanings, *seen.glosses.reach(*places)),
            seen.wording.weighed(self.letters, *seen.wording.reach(*places)),
        )
        total = np.full(len(seen), self.bias)
        for scale, part in zip(self.scales, sums, strict=True):
            total += scale * part.astype(np.float64)
        return total


@dataclass(frozen=True, slots=True)
class Points:
    """Logits from which a text is held in profile strict and in any, held and blocked for minors; below: harmless."""

    suspected: float
    sure: float
    minors_held: float
    minors_blocked: float
    harmless: float


class Learned:
    """Weighs the concepts of texts. Immutable, so one instance serves all threads.

    Raises:
        Unavailable: the weights are missing, damaged or made for other concepts.
    """

    def __init__(self, weights: Path = WEIGHTS, concepts: Concepts | None = None) -> None:
        self.concepts = concepts or Concepts()
        self.names = names(self.concepts)
        self._young = [self.names.index(name) for name in YOUNG]
        try:
            with np.load(weights, allow_pickle=False) as stored:
                self.version = str(stored["version"])
                self.kinds = tuple(str(kind) for kind in stored["kinds"])
                self._points = Points(*(float(point) for point in stored["points"]))
                self._harm, self._minors = (_head(stored, part) for part in ("harm", "minors"))
                self._kind = np.asarray(stored["kind"], np.float64)
                fits = [str(name) for name in stored["names"]] == self.names
                fits = fits and [str(name) for name in stored["glosses"]] == self.concepts.glosses
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise Unavailable("error.models.unreadable", part=weights.name) from error
        self._bodily = [number for number, kind in enumerate(self.kinds) if kind in BODILY]
        count = len(self.names)
        heads = self._harm, self._minors
        shapes = {array.shape for head in heads for array in (head.pairs, head.near)}
        letters = {(*head.letters.shape, *head.meanings.shape) for head in heads}
        numbers = [*astuple(self._points), *(n for head in heads for n in (*head.scales, head.bias)), self._kind.sum()]
        if (
            not fits
            or not np.isfinite(numbers).all()  # nothing is greater than what is no number, so nothing would be held
            or shapes != {(count, count)}
            or letters != {(BUCKETS + 1, len(self.concepts.glosses))}
            or self._kind.shape != (len(self.kinds), count + 1)
        ):
            raise Unavailable("error.models.unreadable", part=weights.name)

    def look(self, text: str, labelled: Mapping[str, Sequence[Span]]) -> Assessment:
        """The worst window of a text for each kind of harm, where one is past the lower operating point."""
        seen = read(text, labelled, self.concepts)
        at, (harm, minors, kind) = self._points, self._weighed(seen)
        opinions = []
        held: Mask = (minors >= at.minors_held) | (np.isin(kind, self._bodily) & (minors > -np.inf))
        if held.any():
            logits = np.maximum(minors, at.minors_held)
            score = _stretched(logits[held].max(), at.minors_held, at.minors_blocked)
            opinions.append(self._opinion(MINORS, score, self._minors, _worst(seen, logits, held)))
        for number, name in enumerate(self.kinds):
            own = kind == number
            if own.any():
                score = _stretched(harm[own].max(), at.suspected, at.sure)
                opinions.append(self._opinion(name, score, self._harm, _worst(seen, harm, own)))
        return Assessment(tuple(opinions), harmless=bool(harm.max() < at.harmless))

    def logits(self, text: str, labelled: Mapping[str, Sequence[Span]]) -> tuple[float, ...]:
        """How far the worst windows lie past each of `Points`; for figures."""
        harms, young, _ = self._weighed(read(text, labelled, self.concepts))
        harm = float(harms.max())
        minors = float(young.max()) if (young > -np.inf).any() else self._minors.bias
        at = self._points
        reached = harm - at.suspected, harm - at.sure, minors - at.minors_held, minors - at.minors_blocked
        return *reached, harm - at.harmless

    def _weighed(self, seen: Windows) -> tuple[Logits, Logits, Index]:
        """Logits of harm and of harm to minors (minus infinity where nobody is young), and kinds (-1: no harm)."""
        chance = by_chance(len(seen))
        parts = [self._weighed_at_once(seen[at : at + AT_ONCE], chance) for at in range(0, max(1, len(seen)), AT_ONCE)]
        if len(parts) == 1:
            return parts[0]
        harm, minors, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return harm, minors, kind

    def _weighed_at_once(self, seen: Windows, chance: float) -> tuple[Logits, Logits, Index]:
        present = seen.present(len(self.names))
        harm, minors, kind = self._harm.logits(seen) - chance, np.full(len(seen), -np.inf), np.full(len(seen), -1)
        young: Mask = present[:, self._young].max(axis=1) > 0
        if young.any():
            minors[young] = self._minors.logits(seen[young])
        past = harm >= self._points.suspected
        if past.any():
            kind[past] = (present[past].astype(np.float64) @ self._kind[:, :-1].T + self._kind[:, -1]).argmax(axis=1)
        return harm, minors, kind

    def _opinion(self, kind: str, score: float, head: Head, worst: Windows) -> Opinion:
        window = worst.found[worst.first[0] : worst.last[0]]
        reasons = _reasons(head, features(window))
        weighty = np.isin(window.names, [number for group, _ in reasons for number in group])
        spans = zip(window.starts[weighty].tolist(), window.ends[weighty].tolist(), strict=True)
        named = [("+".join(self.names[number] for number in group), weight) for group, weight in reasons]
        named += [(f"{MEANS}{self.concepts.glosses[number]}", weight) for number, weight in _meanings(head, worst)]
        named.append((WORDING, float(head.scales[4] * worst.wording.weighed(head.letters, *worst.letters)[0])))
        detail = " ".join(name for name, weight in sorted(named, key=lambda n: -n[1])[:MOST_REASONS] if weight > 0)
        places = tuple(dict.fromkeys(spans))[:MOST_SPANS] or (_whole(worst),)
        return Opinion(kind, score, places, f"{self.version}: {detail}")


def _worst(seen: Windows, logits: Logits, among: Mask) -> Windows:
    """The first window with the highest logit among some."""
    row = int(np.where(among, logits, -np.inf).argmax())
    return seen[row : row + 1]


def _whole(window: Windows) -> Span:
    """The place of a window in the original text."""
    (first,), (last,) = window.letters
    at = window.wording.at[first:last]
    return (int(at[0]), int(at[-1]) + 1) if len(at) else (0, 0)


def _reasons(head: Head, seen: Features) -> list[tuple[tuple[int, ...], float]]:
    """Concepts and pairs that weigh most for a harm, and how much; the heaviest first."""
    alone, pairs, near, *_ = head.scales
    weighed: list[tuple[tuple[int, ...], float]] = [((int(n),), alone * head.alone[n]) for n in seen.alone]
    weighed += [((int(a), int(b)), pairs * head.pairs[a, b]) for a in seen.alone for b in seen.alone if a < b]
    weighed += [((int(a), int(b)), near * head.near[a, b]) for a, b in seen.near]
    weighed.sort(key=lambda reason: -reason[1])
    return [(group, float(weight)) for group, weight in weighed[:MOST_REASONS] if weight > 0]


def _meanings(head: Head, window: Windows) -> list[tuple[int, float]]:
    """Glosses of one window and how much each weighs for a harm."""
    (first,), (last,) = window.meant
    numbers, times = window.glosses.counted(first, last)
    weights = head.scales[3] * times * head.meanings[numbers] / np.sqrt(max(1, last - first))
    return list(zip(numbers.tolist(), weights.tolist(), strict=True))


def version(weights: Path = WEIGHTS) -> str:
    """What the weights call themselves; ``harms-none`` without them, where every text is held anyway."""
    try:
        with np.load(weights, allow_pickle=False) as stored:
            return str(stored["version"])
    except (OSError, KeyError, ValueError):
        return "harms-none"


def by_chance(windows: int) -> float:
    """How much higher the worst of many windows lies than one would, though nothing is in them; not for minors."""
    return MANY * log(max(1, windows))


def names(concepts: Concepts) -> list[str]:
    """What the model knows, in the order of its weights: concepts, then classes of `terms`."""
    return [*concepts.names, *(MARK + label for label in TERMS)]


def read(text: str, labelled: Mapping[str, Sequence[Span]], concepts: Concepts) -> Windows:
    """All windows of a text."""
    letters = folded(text)
    found, glosses = concepts.find(text, letters)
    return windows(_placed(found, labelled, concepts), text, glosses, Stretches.of(*letters))


def _placed(found: Mentions, labelled: Mapping[str, Sequence[Span]], concepts: Concepts) -> Mentions:
    """Concepts and classes of terms as numbers of `names`, in the order of the text; at one place, of the alphabet."""
    first = len(concepts.names)
    classed = [(*span, first + number) for number, label in enumerate(TERMS) for span in labelled.get(label, ())]
    starts, ends, numbers = np.array(classed, np.int64).reshape(-1, 3).T
    order, rank = _alphabet(concepts)
    ranks = rank[np.append(found.names, numbers)]
    ordered = Mentions.of(np.append(found.starts, starts), np.append(found.ends, ends), ranks)
    return Mentions(ordered.starts, ordered.ends, order[ordered.names])


@lru_cache(maxsize=4)
def _alphabet(concepts: Concepts) -> tuple[Index, Index]:
    """The numbers of `names` in the order of the alphabet, and the rank of each."""
    order = np.argsort(names(concepts))
    return order, np.argsort(order)


def windows(found: Mentions, text: str, glosses: Glosses, wording: Stretches) -> Windows:
    """What is weighed at once: `WINDOW` places, each half over the next, and every sentence of more than one."""
    count = len(found)
    first = np.arange(0, max(1, count - WINDOW + STEP), STEP)
    ends = np.fromiter((match.end() for match in _SENTENCE_END.finditer(text)), np.int64)
    cuts = distinct(np.concatenate([[0], np.searchsorted(found.starts, ends), [count]]))
    if len(cuts) > 2:
        first, cuts = np.append(first, cuts[:-1]), np.append(np.full(len(first), count), cuts[1:])
    else:
        cuts = np.full(len(first), count)
    return Windows(found, glosses, wording, _close(found), first, np.minimum(first + WINDOW, cuts))


def features(window: Mentions) -> Features:
    """Concepts of a window and those that follow each other within `NEAR` code points."""
    count = int(window.names.max(initial=0)) + 1
    whole = Windows(window, NOTHING, SILENT, _close(window), np.zeros(1, np.int64), np.array([len(window)]))
    _, one, other = whole.near(count)
    return Features(np.unique(window.names), np.stack([one, other], axis=1))


def _close(found: Mentions) -> tuple[Index, Index]:
    """Rows of different concepts within `NEAR` code points and one window, in the order of the first of two."""
    here = np.arange(len(found))
    upto = np.minimum(np.searchsorted(found.starts, found.ends + NEAR, "right"), here + WINDOW)
    other, one = spread(here + 1, upto)
    differ = found.names[one] != found.names[other]
    return one[differ], other[differ]


def _stretched(logit: float, hold: float, block: float) -> float:
    """A logit past `hold` as a score: `LOWER` there, `UPPER` at `block`, towards 1 beyond."""
    if logit >= block:
        return float(1 - (1 - UPPER) * np.exp(block - logit))
    return float(LOWER + (UPPER - LOWER) * (logit - hold) / (block - hold))


def _head(stored: Mapping[str, NDArray[np.generic]], part: str) -> Head:
    """Weights are kept as int8 with one scale for each array."""
    alone, pairs, near = (np.asarray(stored[f"{part}_{name}"], np.float32) for name in ("alone", "pairs", "near"))
    meanings, letters = (np.asarray(stored[f"{part}_{name}"], np.int64) for name in ("meanings", "letters"))
    one, two, close, meant, worded = (float(scale) for scale in np.asarray(stored[f"{part}_scales"]))
    bias = float(np.asarray(stored[f"{part}_bias"]))
    return Head(alone, pairs, near, meanings, np.append(letters, 0), (one, two, close, meant, worded), bias)
