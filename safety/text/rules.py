"""Which word classes together make a harm or an intent: rows of `data/rules.json`."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from errors import UsageError
from safety.text.fold import DATA

FILE: Final = DATA / "rules.json"
ANYWHERE: Final = 1_000_000
CONTEXT_REACH: Final = 160
SPARED_REACH: Final = 14
ACT: Final = "act:"
Span = tuple[int, int]


class TermRule(BaseModel):
    """A signal that fires when words of all classes stand near each other.

    Attributes:
        signal: name of the signal, or of a further class (``act:...``) that later rules may use.
        all: word classes that must occur.
        within: greatest distance between them, code points.
        count: how many different places of the first class are needed.
        unless: classes whose words nearby show an innocent context (prevention, history, cooking).
        ordered: the words must stand in the order of their classes ("take", "clothes", "off").
        spared: classes whose words between or right after the words show that nobody is hurt ("beats eggs").
        score: [0, 1].
        weak: little more than a word, so that the second opinion may clear what it stops (`safety.text.learned`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal: str
    all: tuple[str, ...] = Field(min_length=1)
    within: int = ANYWHERE
    count: int = 1
    unless: tuple[str, ...] = ()
    ordered: bool = False
    spared: tuple[str, ...] = ()
    score: float = Field(ge=0.0, le=1.0)
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fired, and the stretches of text behind it."""

    signal: str
    score: float
    spans: tuple[Span, ...]
    detail: str
    weak: bool


@cache
def load(path: Path = FILE) -> tuple[TermRule, ...]:
    """The rules.

    Raises:
        UsageError: malformed file.
    """
    try:
        return tuple(TypeAdapter(list[TermRule]).validate_json(path.read_text("utf-8")))
    except (ValidationError, json.JSONDecodeError) as error:
        raise UsageError("error.registry.malformed", file=path.name, line=1) from error


def apply(rules: Sequence[TermRule], spans: Mapping[str, Sequence[Span]]) -> list[Match]:
    """Rules that fire on the places of the word classes (sorted by start). Linearithmic in the hits."""
    found = []
    known = dict(spans)
    for rule in rules:
        if not all(label in known for label in rule.all):
            continue
        if rule.signal.startswith(ACT):
            known[rule.signal] = sorted({*known.get(rule.signal, ()), *_acts(rule, known)})
            continue
        match = _first(rule, known)
        if match:
            found.append(Match(rule.signal, rule.score, match, "+".join(rule.all), rule.weak))
    return found


def _acts(rule: TermRule, spans: Mapping[str, Sequence[Span]]) -> list[Span]:
    """Stretches in which a word of the first class and one of the second stand together ("take off" + "dress")."""
    anchor, other = rule.all
    pairs = ((span, _partner(spans[other], span, rule)) for span in spans[anchor])
    acts = ((min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs if b is not None)
    return [act for act in acts if not _spared(act, rule, spans)]


def _first(rule: TermRule, spans: Mapping[str, Sequence[Span]]) -> tuple[Span, ...]:
    anchor, *others = rule.all
    for span in spans[anchor]:
        group = _chain(span, others, rule, spans) if rule.ordered else _around(span, others, rule, spans)
        if not group:
            continue
        if rule.count > 1 and not _repeated(spans[anchor], span, rule):
            continue
        if _spared((min(a for a, _ in group), max(b for _, b in group)), rule, spans):
            continue
        if not any(_nearest(spans[c], span, CONTEXT_REACH) for c in rule.unless if c in spans):
            return group
    return ()


def _around(span: Span, others: Sequence[str], rule: TermRule, spans: Mapping[str, Sequence[Span]]) -> tuple[Span, ...]:
    near = [_nearest(spans[label], span, rule.within) for label in others]
    return () if any(n is None for n in near) else (span, *(n for n in near if n is not None))


def _chain(span: Span, others: Sequence[str], rule: TermRule, spans: Mapping[str, Sequence[Span]]) -> tuple[Span, ...]:
    group = [span]
    for label in others:
        following = _following(spans[label], group[-1], rule.within)
        if following is None:
            return ()
        group.append(following)
    return tuple(group)


def _partner(places: Sequence[Span], span: Span, rule: TermRule) -> Span | None:
    return _following(places, span, rule.within) if rule.ordered else _nearest(places, span, rule.within)


def _following(places: Sequence[Span], span: Span, within: int) -> Span | None:
    """The first place that begins after `span` and within reach of it."""
    index = bisect_left(places, (span[1],))
    return places[index] if index < len(places) and places[index][0] - span[1] <= within else None


def _spared(act: Span, rule: TermRule, spans: Mapping[str, Sequence[Span]]) -> bool:
    """Whether a harmless thing stands between the words or right after them."""
    first, last = act[0], act[1] + SPARED_REACH
    for label in rule.spared:
        places = spans.get(label, ())
        index = bisect_left(places, (first,))
        if index < len(places) and places[index][0] <= last:
            return True
    return False


def _repeated(places: Sequence[Span], span: Span, rule: TermRule) -> bool:
    seen, end = 0, 0
    for index in range(bisect_left(places, (span[0] - rule.within,)), len(places)):
        place = places[index]
        if place[0] - span[0] > rule.within:
            break
        if not seen or place[0] >= end:
            seen, end = seen + 1, place[1]
        if seen >= rule.count:
            return True
    return False


def _nearest(places: Sequence[Span], span: Span, within: int) -> Span | None:
    """The closest place that does not overlap `span` and begins within reach of it."""
    index = bisect_left(places, span)
    best, best_distance = None, within + 1
    for other in places[max(0, index - 3) : index + 4]:
        if other[0] < span[1] and span[0] < other[1]:
            continue
        distance = max(other[0] - span[1], span[0] - other[1])
        if distance < best_distance:
            best, best_distance = other, distance
    return best
