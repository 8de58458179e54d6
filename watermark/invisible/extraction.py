"""The three answers of a reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from watermark.invisible.payload import CHECKED_BITS, Payload
from watermark.invisible.recall import Look, Words, recall

State = Literal["found", "unreadable", "absent"]
PRESENCE_SCORE = 8.0
"""Pilot correlation, in standard deviations, from which a mark counts as present though its word is lost."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a reader found in one track.

    Attributes:
        state: ``found``: the whole word, checked; ``unreadable``: a mark is there, its word is damaged or not one of
            ours; ``absent``: nothing was found, which does not prove that nothing was there.
        payload: the word, only when found.
        confidence: [0, 1]; found: one minus the bound on a false positive with all attempts counted; unreadable: how
            sure presence is; absent: 0.
        segments: (start_s, end_s) where the word was confirmed; empty unless found, and for stills.
        attempts: words that were checked, all geometries and list entries counted.
        foreign: a word passed the CRC but was not authentic for any key: written by others, or forged.
        looks: what a memory of issued words can be asked about; empty when found.
        recalled: the word was not read but recognised among those that were issued.
    """

    state: State
    payload: Payload | None = None
    confidence: float = 0.0
    segments: tuple[tuple[float, float], ...] = ()
    attempts: int = 0
    foreign: bool = False
    looks: tuple[Look, ...] = ()
    recalled: bool = False

    def __post_init__(self) -> None:
        if (self.payload is not None) != (self.state == "found"):
            raise ValueError("a payload is given exactly when one was found")


def found(payload: Payload, attempts: int, segments: tuple[tuple[float, float], ...] = ()) -> Extraction:
    """The answer ``found`` with its confidence."""
    return Extraction("found", payload, 1.0 - max(attempts, 1) * 2.0**-CHECKED_BITS, segments, attempts)


def not_found(presence: float, attempts: int, foreign: bool, looks: tuple[Look, ...] = ()) -> Extraction:
    """``unreadable`` when the pilots stand out or a foreign word was read, else ``absent``."""
    if presence >= PRESENCE_SCORE or foreign:
        return Extraction("unreadable", confidence=1.0 - 2.0**-20, attempts=attempts, foreign=foreign, looks=looks)
    return Extraction("absent", attempts=attempts, looks=looks)


def recognised(answer: Extraction, issued: Words) -> Extraction:
    """The same answer, or ``found`` where the looks of an answer without a word agree with one of the words issued."""
    if not answer.looks:
        return answer
    known = recall(answer.looks, issued)
    if known is None:
        return answer
    return Extraction("found", known.payload, 1.0 - known.chance, attempts=answer.attempts, recalled=True)
