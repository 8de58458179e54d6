"""A guard model's reading of every text: `guard.<harm>`. Runs beside the bundled screen, never instead of it.

A folder that is configured and cannot be used leaves every text held; so do an answer that is not of the model's
format, a fault and an answer that comes too late.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, Self

from errors import Unavailable
from safety.config import SafetyConfig
from safety.language.families import Answer, Level, Unreadable, worst
from safety.language.guard import GuardModel
from safety.language.windows import Deadline, Late, Span
from safety.registry.load import Registry
from safety.signals import Evidence, MediaItem, Signal, SignalState, TextItem
from safety.text import ages, patterns, terms
from safety.text.match import find
from safety.text.places import Places

VERSION: Final = "guard-1"
THRESHOLD: Final = 0.5
NOTHING: Final = "guard.screened"
SCORES: Final = {Level.CONTROVERSIAL: 0.5, Level.UNSAFE: 1.0}
_SEXUAL: Final = frozenset({"sexual", "sexual_minors"})


class GuardDetector:
    """Reports one signal for each harm that the model sees in a text.

    Args:
        timeout_s: longest time for one text, seconds.
    """

    name = "guard"
    kinds = frozenset({"text"})
    deliberate = True

    def __init__(self, model: GuardModel, timeout_s: float = 30.0) -> None:
        self._model, self._timeout_s = model, timeout_s
        self.version = f"{VERSION}+{model.version}"

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        settings = config.guard
        if settings.model is None:
            raise Unavailable("error.models.missing", part="guard")
        return cls(GuardModel.open(settings.model, settings.sha256, settings.device), settings.timeout_s)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        if not isinstance(item, TextItem):
            return [self._held("kind", SignalState.UNSUPPORTED)]
        if not item.text.strip():
            return [Signal(NOTHING, self.version, 0.0, THRESHOLD)]
        try:
            judged = self._model.judge(item.text, Deadline.within(self._timeout_s))
        except Late:
            return [self._held("timeout")]
        except Unreadable as error:
            return [self._held(f"unreadable:{error}")]
        found = worst(answer for _, answer in judged).harms
        if not found:
            return [Signal(NOTHING, self.version, 0.0, THRESHOLD)]
        minors = not _SEXUAL.isdisjoint(found) and shows_minors(item.text)
        return [self._signal(harm, level, judged, item.where, minors) for harm, level in found.items()]

    def _signal(
        self, harm: str, level: Level, judged: Sequence[tuple[Span, Answer]], where: str, minors: bool
    ) -> Signal:
        spans = [span for span, answer in judged if harm in answer.harms] if len(judged) > 1 else [None]
        evidence = tuple(Evidence(where, span=span) for span in spans)
        named = "sexual_minors" if harm == "sexual" and minors else harm
        return Signal(
            f"guard.{named}", self.version, SCORES[level], THRESHOLD, evidence=evidence, detail=level.name.lower()
        )

    def _held(self, why: str, state: SignalState = SignalState.ERROR) -> Signal:
        return Signal(NOTHING, self.version, 0.0, THRESHOLD, state=state, detail=why)


@cache
def _minors() -> patterns.Patterns:
    listed = [term for term in (*terms.load(), *ages.terms()) if term.label in ("minor", "minor_sexual", "safe")]
    return patterns.build(Registry((), (), (), frozenset(), ""), listed)


def shows_minors(text: str) -> bool:
    """Whether a text speaks of a child or young person, in any of the word lists' languages and disguises."""
    if ages.spans(text):
        return True
    known = _minors()
    hits = [(hit, known.items[hit.number].label) for hit in find(known, text)]
    harmless = Places((hit.start, hit.end) for hit, label in hits if label == "safe")
    return any(label != "safe" and not harmless.covers(hit.start, hit.end) for hit, label in hits)
