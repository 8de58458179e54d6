"""Proofs that answer for a likeness: our own release, or a verified consent. They change signals, never verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from safety.signals import Evidence, MediaItem, Signal, SignalState

VOUCHED = "vouched:"
CONSENTED = f"{VOUCHED}consent:"
BESIDE = "beside:"
SEEN = ("face.", "body.")  # prefixes of the signal names that a proof about pictures may answer
HEARD = ("voice.",)  # one about sound
LIKENESS = (*SEEN, *HEARD)  # and one about everything in a file


@dataclass(frozen=True, slots=True)
class Vouch:
    """A proof about a reference.

    Attributes:
        reason: ``own_output``, ``own_mark``, ``issuer:NAME`` or ``consent:ID``; kept in the signals.
        signals: prefixes of the signal names that the proof answers.
    """

    reason: str
    signals: tuple[str, ...] = LIKENESS


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who asks, and for what: a consent holds for one account and one purpose only."""

    account: str
    purpose: str


Voucher = Callable[[MediaItem, Claimant | None], Vouch | None]


def needed(signals: Sequence[Signal]) -> bool:
    """Whether there is a likeness to answer for."""
    return any(signal.fired and signal.name.startswith(LIKENESS) for signal in signals)


def answered(signals: Sequence[Signal], vouch: Vouch, where: str) -> list[Signal]:
    """The signals of an item, those that the proof is about at score 0. A fault is never answered."""
    return [
        replace(s, score=0.0, evidence=(Evidence(where),), detail=f"{VOUCHED}{vouch.reason}")
        if s.state is SignalState.OK and s.name.startswith(vouch.signals) else s
        for s in signals
    ]  # fmt: skip


def unanswered(together: Sequence[Signal], signals: Sequence[Signal]) -> list[Signal]:
    """Signals about several items, without those whose every item has been answered for.

    What is left and touches an item under a consent names that consent, for whoever reviews the other item: it shows
    the same person, or the other half of the face.
    """
    known = {place.where: s.detail for s in signals if s.detail.startswith(VOUCHED) for place in s.evidence}
    return [_beside(s, known) for s in together if not s.evidence or not known.keys() >= {p.where for p in s.evidence}]


def _beside(signal: Signal, known: Mapping[str, str]) -> Signal:
    consents = [known[p.where] for p in signal.evidence if known.get(p.where, "").startswith(CONSENTED)]
    return replace(signal, detail=BESIDE + consents[0].removeprefix(VOUCHED)) if consents else signal
