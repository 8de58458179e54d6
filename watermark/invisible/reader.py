"""The reader in pixels: add frames until it is certain, then ask for the result.

The word is tried after 1, 2, 3, 4, 6, 9, ... frames at the geometry of an uncropped copy, which costs little. All other
geometries are looked for after `SEARCH_AFTER` frames and at the end (`search`). Where something shows but nothing
reads, several views of the copy are combined (`trial`), and the best of all is decoded with long lists.
Memory: planes of at most 480 lines and a fixed number of blocks and pictures, whatever the length (`footage`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.carriers import CANONICAL_SHORT_PX, carriers_of
from watermark.invisible.code import encode
from watermark.invisible.demodulate import codeword_score, fold, lock, locked_at
from watermark.invisible.extraction import Extraction, found, not_found
from watermark.invisible.footage import Footage, Plane
from watermark.invisible.frames import as_whole
from watermark.invisible.keys import KeyRing
from watermark.invisible.leads import Hit, Tally
from watermark.invisible.residual import canonical, residual
from watermark.invisible.search import NEAR_PX, SEARCH_AFTER, Search
from watermark.invisible.trial import LEAST_WEIGHT

KEY_FRAME_WEIGHT = 2.0
CHANCE_SCORE = 1.0
SEGMENT_SCORE = 6.0
LEAST_SIDE_PX = 16
MOST_SIZES = 2
"""Frames of a third size are left out: a new size starts over, and every start is another chance of a false word."""


class PixelReader:
    """Reads the mark of one clip or picture, frame by frame.

    Args:
        keyring: all its keys are tried.
        rest: what is left of a luma plane when its picture is taken away.
        tally: goes on counting, where several readers share what one file may try.
    """

    def __init__(
        self,
        keyring: KeyRing,
        rest: Callable[[NDArray[np.uint8]], Plane] = residual,
        tally: Tally | None = None,
    ) -> None:
        self._keys, self._rest = keyring.keys, rest
        self._footage, self._tally = Footage(), tally or Tally()
        self._search = Search(self._keys, self._footage, self._tally)
        self._sizes = self._next_try = 1
        self._searched = 0

    @property
    def done(self) -> bool:
        """Whether the word is certain; frames added later only extend the segments."""
        return self._search.done

    def add(self, luma: NDArray[np.uint8], time_s: float, key_frame: bool = False) -> None:
        """Take in one frame.

        Args:
            luma: uint8 [h, w], all frames of one size; a frame of another size starts over, once.
            time_s: when it is shown.
            key_frame: the frame was coded on its own; it carries more of the mark.
        """
        if min(luma.shape) < LEAST_SIDE_PX:
            return
        rest = self._rest(luma)
        if self._footage.frames and self._footage.first.shape != rest.shape:
            if self._sizes == MOST_SIZES:
                return
            self._restart()
        self._footage.add(luma, rest, time_s, self._weight(rest) * (KEY_FRAME_WEIGHT if key_frame else 1.0))
        frames = self._footage.frames
        if not self.done and frames >= self._next_try:
            self._next_try = max(frames + 1, int(frames * 1.6))
            self._search.try_whole(self._footage.weighted)
        if not self.done and frames == SEARCH_AFTER:
            self._search.look_around()

    def search(self) -> None:
        """Look everywhere in all frames added so far, unless that was done."""
        if not self.done and self._footage.frames != self._searched:
            self._searched = self._footage.frames
            self._search.look_everywhere()

    def result(self) -> Extraction:
        """The answer for all frames added so far."""
        self.search()
        if not self.done:
            self._search.insist()
        tally, hit = self._tally, self._search.hit
        if hit is None:
            return not_found(tally.presence, tally.attempts, tally.foreign, tally.looks.best())
        return found(hit.payload, tally.attempts, self._segments(hit))

    def _restart(self) -> None:
        """Begin with frames of a new size."""
        self._footage = Footage()
        self._search = Search(self._keys, self._footage, self._tally, self._search.hit)
        self._sizes, self._next_try, self._searched = self._sizes + 1, 1, 0

    def _weight(self, rest: Plane) -> float:
        """Frames in which the template is seen count more; nearly all that is seen of it by chance is left out."""
        planes = [as_whole(rest)] if min(rest.shape) == CANONICAL_SHORT_PX else [as_whole(rest), rest]
        score = max(
            lock(fold(plane), carriers_of(key), near_px=1, refine=False).score for key in self._keys for plane in planes
        )
        return max(score - CHANCE_SCORE, 0.0) + LEAST_WEIGHT

    def _segments(self, hit: Hit) -> tuple[tuple[float, float], ...]:
        """Blocks in which the word is confirmed, neighbours joined."""
        site = hit.site
        carriers, symbols = carriers_of(site.key), encode(hit.payload)
        spans: list[tuple[float, float]] = []
        joined = False
        for block in self._footage.blocks:
            if site.matrix is None:
                locked = lock(fold(as_whole(block.total)), carriers, near_px=NEAR_PX)
            else:
                locked = locked_at(fold(canonical(block.total[site.part], site.matrix)), carriers, site.offset)
            seen = codeword_score(locked, carriers, symbols) >= SEGMENT_SCORE
            if seen and joined:
                spans[-1] = (spans[-1][0], block.end_s)
            elif seen:
                spans.append((block.start_s, block.end_s))
            joined = seen
        return tuple(spans)
