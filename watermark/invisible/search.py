"""Where the reader looks, and in what order: whole frames, panels, cut-outs, then all maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

import numpy as np

from watermark.invisible import geometry, phases
from watermark.invisible.carriers import CANONICAL_SHORT_PX, carriers_of
from watermark.invisible.demodulate import fold, lock, pilot_score
from watermark.invisible.footage import Footage, Plane
from watermark.invisible.frames import as_whole, frames, whole
from watermark.invisible.keys import Key
from watermark.invisible.leads import Hit, Lead, Site, Tally
from watermark.invisible.panels import EVERYTHING, Panel, panels
from watermark.invisible.phases import Phases
from watermark.invisible.residual import canonical
from watermark.invisible.trial import Trials

SEARCH_AFTER = 24
LOCK_SCORE = 4.6
NEAR_PX = 2
NEAR_SCORE = 1.5
FRAMES, PLACED, UPRIGHT, TURNED = (3, 4.0), (1, 4.4), (6, 5.3), (4, 6.0)
"""Maps at which the phases of one plane are read, and how much template the best of all that are looked at shows by
chance: whole frames, panels, cut-outs, turned cut-outs."""


class Search(Trials):
    """Looks for the pattern of every key in one clip.

    Args:
        keys: whose patterns.
        footage: of the clip.
        tally: goes on counting.
        hit: what was read before.
    """

    def __init__(self, keys: Sequence[Key], footage: Footage, tally: Tally, hit: Hit | None = None) -> None:
        super().__init__(footage, tally, hit)
        self._keys = keys

    def try_whole(self, plane: Plane) -> None:
        """Try the geometry of a copy that shows the whole frame: one that was made small, or one that was small."""
        self._try_plane(as_whole(plane))
        if not self.done and min(plane.shape) < CANONICAL_SHORT_PX:
            self._try_plane(plane, small=True)

    def look_around(self) -> None:
        """All searches, in the mean and, but for the last, in the first frame."""
        mean = self.footage.mean()
        seen = [(plane, Phases(plane)) for plane in (mean, self.footage.first)]
        for search in (self._search_frames, self._search_cuts):
            for plane, spectrum in seen:
                search(plane, spectrum)
                if self.done:
                    return
        self._search_maps(mean)

    def look_everywhere(self) -> None:
        """Everything that has not been tried: mirrored and turned copies, the geometry search, parts of the picture."""
        footage, mean = self.footage, self.footage.mean()
        for plane in (footage.weighted, mean):
            self.try_whole(plane)
            if self.done:
                return
        planes = [mean] if footage.frames == 1 else [mean, footage.first]
        seen = [(plane, Phases(plane)) for plane in (planes[:1] if footage.frames >= SEARCH_AFTER else planes)]
        for plane, spectrum in seen:
            self._search_frames(plane, spectrum)
            if self.done:
                return
        known = self._unite_whole()
        if self.done:
            return
        parts = panels(footage.album.pictures)
        self._search_panels(parts, planes)
        if self.done:
            return
        known = self.follow_up([lead for part in parts[:1] for lead in self._whole_leads(part)], known)
        if self.done:
            return
        for plane, spectrum in chain(seen, self._blended(mean)):
            self._search_cuts(plane, spectrum)
            if self.done:
                return
        known = self.follow_up(self.tally.leads, known)
        if not self.done:
            self._search_rest(mean)
        if not self.done:
            self.follow_up(self.tally.leads, known)

    def _blended(self, mean: Plane) -> Iterator[tuple[Plane, Phases]]:
        """`Footage.blended`, made when it is asked for."""
        plane = self.footage.blended(mean)
        yield plane, Phases(plane)

    def _search_rest(self, mean: Plane) -> None:
        """All maps in the mean, unless little has been added since that was done, and in the frames of the start."""
        count = self.footage.frames
        planes = [] if SEARCH_AFTER <= count < 2 * SEARCH_AFTER else [mean]
        planes += [self.footage.head()] if count > 1 else []
        with ThreadPoolExecutor(len(planes)) as searchers:  # most of a search is spent outside the interpreter
            shares = [self.tally.part(len(planes)) for _ in planes]
            for searched in searchers.map(self._searched, planes, shares):
                self.tally.join(searched.tally)
                self.hit = searched.hit
                if self.done:
                    return

    def _searched(self, plane: Plane, tally: Tally) -> Search:
        """A search of the same clip that has looked at all maps in one plane, and counted by itself."""
        alone = Search(self._keys, self.footage, tally)
        alone._search_maps(plane)
        return alone

    def _try_plane(self, plane: Plane, small: bool = False) -> None:
        """Read a plane that shows the whole frame, from its corner on or anywhere; `small`: as it was written."""
        tile = fold(plane)
        for key in self._keys:
            carriers = carriers_of(key)
            close = lock(tile, carriers, near_px=NEAR_PX)
            for locked, least in ((close, NEAR_SCORE), (lock(tile, carriers), LOCK_SCORE)):
                if locked.score >= least:
                    self.read(tile, locked, Site(key, np.eye(2) if small else None, locked.offset))
                if self.done:
                    return

    def _search_maps(self, plane: Plane) -> None:
        """Look for the geometry in one plane and read there."""
        for key in self._keys:
            carriers = carriers_of(key)
            for candidate in geometry.candidates(plane, carriers.peaks):
                tile = fold(canonical(plane, candidate.matrix))
                locked = lock(tile, carriers)
                site = Site(key, candidate.matrix, locked.offset)
                self.note(site, locked.score, locked.score + pilot_score(locked, carriers))
                if locked.score >= LOCK_SCORE:
                    self.read(tile, locked, site)
                if self.done:
                    return

    def _search_frames(self, plane: Plane, spectrum: Phases, part: Panel = EVERYTHING) -> None:
        """Read copies that show the whole frame in another shape or turned: map and place are known."""
        maps, middles = frames(*plane.shape[::-1])
        count, chance = FRAMES
        for key in self._keys:
            places = phases.given(spectrum, carriers_of(key), maps, middles, count)
            self.read_at(places, chance, plane, key, part)
            if self.done:
                return

    def _search_panels(self, parts: Sequence[Panel], planes: Sequence[Plane]) -> None:
        """Read copies that show the whole frame in a part of the picture."""
        for part in parts:
            for plane in planes:
                inner = np.ascontiguousarray(plane[part])
                spectrum = Phases(inner)
                self._search_frames(inner, spectrum, part)
                if not self.done:
                    self._search_place(inner, spectrum, part)
                if self.done:
                    return

    def _search_place(self, plane: Plane, spectrum: Phases, part: Panel) -> None:
        """Read a panel that has the right size in the wrong place: lines in the clip may be clearer than its border."""
        only = whole(*plane.shape[::-1])[None]
        count, chance = PLACED
        for key in self._keys:
            places = phases.anywhere(spectrum, carriers_of(key), only, count, geometry.MOVES[:1])
            self.read_at(places, chance, plane, key, part)
            if self.done:
                return

    def _search_cuts(self, plane: Plane, spectrum: Phases) -> None:
        """Look for copies that were cut and scaled, and those that were turned as well."""
        lines = self.footage.lines, min(plane.shape)
        for key in self._keys:
            for maps, (count, chance), moves, exact in (
                (geometry.upright(*lines), UPRIGHT, geometry.MOVES[:1], geometry.cuts(*lines)),
                (geometry.turned(), TURNED, geometry.MOVES[:2], None),
            ):
                places = phases.anywhere(spectrum, carriers_of(key), maps, count, moves, exact)
                self.read_at(places, chance, plane, key)
                if self.done:
                    return

    def _unite_whole(self) -> tuple[Lead, ...]:
        """Combine all views at the geometry of a copy that shows the whole frame; the leads that were followed."""
        leads = self._whole_leads()
        if min(self.footage.first.shape) < CANONICAL_SHORT_PX:
            leads += [replace(lead, matrix=np.eye(2)) for lead in leads]
        return self.follow_up(leads, ())

    def _whole_leads(self, part: Panel = EVERYTHING) -> list[Lead]:
        """The geometry of a whole frame that is shown in this part of the picture."""
        height, width = self.footage.first[part].shape
        matrix, exact = whole(width, height), part == EVERYTHING
        return [Lead(0.0, key, matrix, (0.0, 0.0), exact, part) for key in self._keys]
