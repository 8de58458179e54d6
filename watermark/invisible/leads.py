"""What a reader has tried and what is worth a second look."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.carriers import TILE
from watermark.invisible.code import LIST_SIZE, decode
from watermark.invisible.keys import Key
from watermark.invisible.panels import EVERYTHING, Panel
from watermark.invisible.payload import Payload
from watermark.invisible.recall import Looks

LEADS, SAME_MAP, SAME_PLACE_PX = 3, 0.003, 3.0
LONG_LISTS = (16_384,) * 4
"""How many words are tried at the best looks when all else has failed: they need 0.7 dB less mark."""
MOST_WORDS, STILL_WORDS, SOUND_WORDS = 65_536, 32_768, 16_384
"""Words that all other lists together may try in the pictures of a clip, in a still and in a sound, however many keys,
sizes and geometries there are: every word is a chance of a false one. A clip without a mark takes 4,000 for a key."""


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


@dataclass(frozen=True, eq=False)
class Site:
    """Where something was read: whose pattern, and how it lies in the planes of a clip.

    Attributes:
        key: whose pattern.
        matrix: as in `geometry.Candidate`; None for a copy that shows the whole frame.
        offset: (rows, columns) of the tile, canonical pixels.
        part: rows and columns of the plane that matrix and offset stand for.
    """

    key: Key
    matrix: NDArray[np.float64] | None
    offset: tuple[float, float]
    part: Panel = EVERYTHING


@dataclass(frozen=True, eq=False)
class Faint:
    """Soft symbols that no word was read from, float32 [800], and what shows of template and pilots there."""

    score: float
    soft: NDArray[np.float32]
    site: Site


@dataclass(frozen=True, eq=False)
class Hit:
    """A word and where it was read."""

    payload: Payload
    site: Site


@dataclass(eq=False)
class Tally:
    """What was tried so far.

    Attributes:
        left: words that ordinary lists may still try.
        long: long lists that are still to be used.
    """

    attempts: int = 0
    left: int = MOST_WORDS
    long: tuple[int, ...] = LONG_LISTS
    presence: float = 0.0
    foreign: bool = False
    looks: Looks = field(default_factory=Looks)
    leads: list[Lead] = field(default_factory=list)
    faint: list[Faint] = field(default_factory=list)

    def read(self, soft: NDArray[np.float32], key: Key, score: float) -> Payload | None:
        """Decode soft symbols and count it, as long as words are left; without a word, keep the look by its score."""
        payload = None
        if self.left >= LIST_SIZE:
            decoded = decode(soft, key)
            self.attempts += decoded.attempts
            self.left -= decoded.attempts
            self.foreign |= decoded.foreign
            payload = decoded.payload
        if payload is None:
            self.looks.add(score, soft, key)
        return payload

    def read_at(self, soft: NDArray[np.float32], site: Site, score: float) -> Hit | None:
        """`read` in pixels; without a word, the best are also kept for `insist`."""
        payload = self.read(soft, site.key, score)
        if payload is not None:
            return Hit(payload, site)
        self._keep([Faint(score, soft, site)])
        return None

    def insist(self) -> Hit | None:
        """Read the best of what was not read once more, with a long list; only once.

        A word of another key is not looked for: by chance, so many words give one that passes the CRC too often.
        """
        lists, self.long = self.long, ()
        for each, tried in zip(self.faint, lists, strict=False):
            decoded = decode(each.soft, each.site.key, tried)
            self.attempts += decoded.attempts
            if decoded.payload is not None:
                return Hit(decoded.payload, each.site)
        return None

    def _keep(self, more: list[Faint]) -> None:
        self.faint = sorted(self.faint + more, key=lambda each: -each.score)[: len(LONG_LISTS)]

    def follow(self, lead: Lead) -> None:
        """Keep the best leads that differ, best first."""
        same = [other for other in self.leads if lead.alike(other)]
        if not any(other.score >= lead.score for other in same):
            kept = [other for other in self.leads if other not in same]
            self.leads = sorted([*kept, lead], key=lambda each: -each.score)[:LEADS]

    def part(self, of: int) -> Tally:
        """An empty one with its part of the words that are left, to be joined later."""
        return Tally(left=self.left // of, long=())

    def join(self, other: Tally) -> None:
        """Take over what another one counted and found."""
        self.attempts += other.attempts
        self.left -= other.attempts
        self.presence = max(self.presence, other.presence)
        self.foreign |= other.foreign
        self.looks.join(other.looks)
        self._keep(other.faint)
        for lead in other.leads:
            self.follow(lead)
