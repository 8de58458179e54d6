"""A second opinion on harms, learned: which concepts stand together in what has to stop, and in what looks like it.

A linear model on three kinds of features: a concept is there; two are; one follows another closely. Concepts mean the
same in every language, so what was learned in one is known in all. Long texts are read in windows of a few places, so
that a harm in one sentence is not outvoted by the others. Trained by `python -m benchmarks.safety.harms train`; figures
and limits: docs/screening-text.md.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from safety.text.concepts import Concepts, Place

WEIGHTS: Final = Path(__file__).parents[1] / "weights" / "harms.npz"
WINDOW: Final = 24  # places that are weighed together
STEP: Final = 12
NEAR: Final = 15  # code points between two concepts that follow each other closely
TERMS: Final = (
    "minor", "takeoff", "garment", "victim", "brutal", "group", "civic", "alarm", "newsy", "official", "play",
    "history", "news", "medical", "cooking", "known", "person", "loved", "thing", "harmless", "safe",
)  # fmt: skip
MARK: Final = "term:"
YOUNG: Final = ("child", MARK + "minor")  # one of them has to be there before a text is about minors
HELD, BLOCKED = 0.3, 0.5  # where the stretched scores put the operating points of `safety/policies/harm.json`
BODILY: Final = ("sexual", "intimate")  # kinds that are about minors as soon as there is one
MOST_SPANS: Final = 6
MOST_REASONS: Final = 4
MINORS: Final = "minors"
Span = tuple[int, int]
Index = NDArray[np.intp]
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s)|[\n。！？।؟;]")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model holds a text for.

    Attributes:
        kind: class of harm, e.g. ``violence``.
        score: [0, 1]; stretched so that `BLOCKED` is the operating point (for minors that of blocking; `HELD` holds).
        spans: places of the concepts that weighed most.
        detail: for reviewers: the concepts or pairs that weighed most.
    """

    kind: str
    score: float
    spans: tuple[Span, ...]
    detail: str


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Numbers of concepts (ascending, each once) and of pairs that follow each other closely, shape [P, 2]."""

    alone: Index
    near: Index


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Weights of N concepts: ``alone`` [N], ``pairs`` [N, N] (upper triangle), ``near`` [N, N] (first, second)."""

    alone: NDArray[np.float32]
    pairs: NDArray[np.float32]
    near: NDArray[np.float32]
    bias: float

    def logit(self, seen: Features) -> float:
        """Sum of the weights of what is there."""
        block = self.pairs[np.ix_(seen.alone, seen.alone)].sum()
        close = self.near[seen.near[:, 0], seen.near[:, 1]].sum()
        return float(self.alone[seen.alone].sum() + block + close) + self.bias


class Learned:
    """Weighs the concepts of texts. Immutable, so one instance serves all threads.

    Raises:
        Unavailable: the weights are missing, damaged or made for other concepts.
    """

    def __init__(self, weights: Path = WEIGHTS, concepts: Concepts | None = None) -> None:
        self.concepts = concepts or Concepts()
        self.names = names(self.concepts)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        try:
            with np.load(weights, allow_pickle=False) as stored:
                self.version = str(stored["version"])
                self.kinds = tuple(str(kind) for kind in stored["kinds"])
                self._point, self._hold, self._block = (float(point) for point in stored["points"])
                self._harm, self._minors = (_head(stored, part) for part in ("harm", "minors"))
                self._kind = np.asarray(stored["kind"], np.float32)
                fits = [str(name) for name in stored["names"]] == self.names
        except (OSError, KeyError, ValueError) as error:
            raise Unavailable("error.models.unreadable", part=weights.name) from error
        count = len(self.names)
        shapes = {array.shape for head in (self._harm, self._minors) for array in (head.pairs, head.near)}
        if not fits or shapes != {(count, count)} or self._kind.shape != (len(self.kinds), count + 1):
            raise Unavailable("error.models.unreadable", part=weights.name)

    def look(self, text: str, labelled: Mapping[str, Sequence[Span]]) -> list[Opinion]:
        """The worst window of a text, if it is past the operating point, and the worst one about minors."""
        found: dict[str, Opinion] = {}
        for window in windows(places(text, labelled, self.concepts), text):
            for opinion in self._judged(window):
                known = found.get(opinion.kind)
                if known is None or opinion.score > known.score:
                    found[opinion.kind] = opinion
        return list(found.values())

    def logits(self, text: str, labelled: Mapping[str, Sequence[Span]]) -> tuple[float, float, float]:
        """How far the worst windows lie past the operating points (harm; minors held, blocked); for figures."""
        seen = [self.features(window) for window in windows(places(text, labelled, self.concepts), text)]
        harm = max((self._harm.logit(one) for one in seen), default=self._harm.bias)
        minors = max((self._minors.logit(one) for one in seen if self._young(one)), default=self._minors.bias)
        return harm - self._point, minors - self._hold, minors - self._block

    def features(self, window: Sequence[Place]) -> Features:
        """What the model sees of a window."""
        return features(window, self._numbers)

    def _young(self, seen: Features) -> bool:
        return any(self._numbers[name] in seen.alone for name in YOUNG)

    def _judged(self, window: Sequence[Place]) -> Iterator[Opinion]:
        seen = self.features(window)
        young = self._young(seen)
        minors, harm = self._minors.logit(seen), self._harm.logit(seen)
        kind = self._most_likely(seen) if harm >= self._point else ""
        if young and (minors >= self._hold or kind in BODILY):
            score = _stretched(max(minors, self._hold), self._hold, self._block)
            yield self._opinion(MINORS, score, self._minors, seen, window)
        if kind:
            yield self._opinion(kind, _stretched(harm, -np.inf, self._point), self._harm, seen, window)

    def _most_likely(self, seen: Features) -> str:
        marks = self._kind[:, seen.alone].sum(axis=1) + self._kind[:, -1]
        return self.kinds[int(marks.argmax())]

    def _opinion(self, kind: str, score: float, head: Head, seen: Features, window: Sequence[Place]) -> Opinion:
        reasons = self._reasons(head, seen)
        named = {number for group, _ in reasons for number in group}
        spans = [(p.start, p.end) for p in window if self._numbers[p.name] in named]
        detail = " ".join("+".join(self.names[number] for number in group) for group, _ in reasons)
        return Opinion(kind, score, tuple(dict.fromkeys(spans))[:MOST_SPANS], f"{self.version}: {detail}")

    def _reasons(self, head: Head, seen: Features) -> list[tuple[tuple[int, ...], float]]:
        """Concepts and pairs by how much they weigh for a harm, the heaviest first."""
        weighed: list[tuple[tuple[int, ...], float]] = [((int(n),), float(head.alone[n])) for n in seen.alone]
        weighed += [((int(a), int(b)), float(head.pairs[a, b])) for a in seen.alone for b in seen.alone if a < b]
        weighed += [((int(a), int(b)), float(head.near[a, b])) for a, b in seen.near]
        return sorted((w for w in weighed if w[1] > 0), key=lambda w: -w[1])[:MOST_REASONS]


def version(weights: Path = WEIGHTS) -> str:
    """What the weights call themselves; ``harms-none`` without them, where every text is held anyway."""
    try:
        with np.load(weights, allow_pickle=False) as stored:
            return str(stored["version"])
    except (OSError, KeyError, ValueError):
        return "harms-none"


def names(concepts: Concepts) -> list[str]:
    """What the model knows, in the order of its weights: concepts, then classes of `terms`."""
    return [*concepts.names, *(MARK + label for label in TERMS)]


def places(text: str, labelled: Mapping[str, Sequence[Span]], concepts: Concepts) -> list[Place]:
    """Concepts and classes of terms in a text, in its order."""
    found = concepts.find(text)
    found += [Place(start, end, MARK + label) for label in TERMS for start, end in labelled.get(label, ())]
    return sorted(found)


def windows(found: Sequence[Place], text: str) -> Iterator[Sequence[Place]]:
    """What is weighed at once: `WINDOW` places, each half over the next, and every sentence of more than one."""
    for start in range(0, max(1, len(found) - WINDOW + STEP) if found else 0, STEP):
        yield found[start : start + WINDOW]
    first = 0
    for end in (match.end() for match in _SENTENCE_END.finditer(text)):
        after = bisect_left(found, end, lo=first, key=_start)
        if first < after < len(found) or 0 < first < after:
            yield found[first:after][:WINDOW]
        first = after
    if 0 < first < len(found):
        yield found[first:][:WINDOW]


def _start(place: Place) -> int:
    return place.start


def features(window: Sequence[Place], numbers: Mapping[str, int]) -> Features:
    """Concepts of a window and those that follow each other within `NEAR` code points."""
    known = [(place, numbers[place.name]) for place in window]
    near = set()
    for index, (first, a) in enumerate(known):
        for second, b in known[index + 1 :]:
            if second.start - first.end > NEAR:
                break
            if a != b:
                near.add((a, b))
    alone = np.array(sorted({number for _, number in known}), np.intp)
    return Features(alone, np.array(sorted(near), np.intp).reshape(-1, 2))


def _stretched(logit: float, hold: float, block: float) -> float:
    """A logit past `hold` as a score: `HELD` there, `BLOCKED` at `block`, towards 1 beyond."""
    if logit >= block:
        return float(1 - (1 - BLOCKED) * np.exp(block - logit))
    return float(HELD + (BLOCKED - HELD) * (logit - hold) / (block - hold))


def _head(stored: Mapping[str, NDArray[np.generic]], part: str) -> Head:
    """Weights are kept as int8 with one scale for each array."""
    alone, pairs, near = (
        np.asarray(stored[f"{part}_{name}"], np.float32) * np.float32(scale)
        for name, scale in zip(("alone", "pairs", "near"), stored[f"{part}_scales"], strict=True)
    )
    return Head(alone, pairs, near, float(np.asarray(stored[f"{part}_bias"])))
