"""What a reader has tried and what is worth a second look."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.carriers import TILE
from watermark.invisible.code import decode
from watermark.invisible.keys import Key
from watermark.invisible.panels import EVERYTHING, Panel
from watermark.invisible.payload import Payload
from watermark.invisible.recall import Looks

LEADS, SAME_MAP, SAME_PLACE_PX = 3, 0.003, 3.0


@dataclass(frozen=True, eq=False)
class Lead:
    """A geometry at which something shows, though no word was read.

    Attributes:
        score: what shows of template and pilots, in standard deviations; a higher one is likelier.
        key: whose pattern.
        matrix: as in `geometry.Candidate`.
        offset: (rows, columns) of the tile, canonical pixels.
        exact: the offset is known, not estimated.
        part: rows and columns of the plane that matrix and offset stand for.
    """

    score: float
    key: Key
    matrix: NDArray[np.float64]
    offset: tuple[float, float]
    exact: bool = False
    part: Panel = EVERYTHING

    def alike(self, other: Lead) -> bool:
        """Whether both would show about the same."""
        change = float(np.abs(self.matrix - other.matrix).max())
        apart = (np.subtract(self.offset, other.offset) + TILE / 2) % TILE - TILE / 2
        close = float(np.abs(apart).max()) < SAME_PLACE_PX
        alike = close and change < SAME_MAP * float(np.abs(self.matrix).max())
        return alike and self.key is other.key and self.part == other.part


@dataclass(eq=False)
class Tally:
    """What was tried so far."""

    attempts: int = 0
    presence: float = 0.0
    foreign: bool = False
    looks: Looks = field(default_factory=Looks)
    leads: list[Lead] = field(default_factory=list)

    def read(self, soft: NDArray[np.float32], key: Key, score: float) -> Payload | None:
        """Decode soft symbols and count it; without a word, the look is kept by its score."""
        decoded = decode(soft, key)
        self.attempts += decoded.attempts
        self.foreign |= decoded.foreign
        if decoded.payload is None:
            self.looks.add(score, soft, key)
        return decoded.payload

    def follow(self, lead: Lead) -> None:
        """Keep the best leads that differ, best first."""
        same = [other for other in self.leads if lead.alike(other)]
        if not any(other.score >= lead.score for other in same):
            kept = [other for other in self.leads if other not in same]
            self.leads = sorted([*kept, lead], key=lambda each: -each.score)[:LEADS]

    def join(self, other: Tally) -> None:
        """Take over what another one counted and found."""
        self.attempts += other.attempts
        self.presence = max(self.presence, other.presence)
        self.foreign |= other.foreign
        self.looks.join(other.looks)
        for lead in other.leads:
            self.follow(lead)
