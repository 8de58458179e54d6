"""Reading at a geometry that somebody proposes: one plane alone, then several views together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from watermark.invisible.carriers import EVEN_RADIUS, Carriers, carriers_of
from watermark.invisible.combine import View, combined, settled, view
from watermark.invisible.demodulate import Locked, fold, locked_at, pilot_score, template_score
from watermark.invisible.footage import Footage, Plane
from watermark.invisible.keys import Key
from watermark.invisible.leads import Hit, Lead, Site, Tally
from watermark.invisible.panels import EVERYTHING, Panel
from watermark.invisible.phases import Place
from watermark.invisible.residual import canonical

PILOT_SCORE = 0.8
"""A lock is decoded only if the pilots lean its way; a readable word has 4 and more."""
LEAD_SCORE = 3.5
"""Template at a geometry from which it may be worth a second look."""
UNITED_SCORE = 6.0
"""Added to the score of a look that unites several views: it tells more than any of them."""
BELOW_CHANCE, CHANCE_LOCK, CHANCE_PILOTS = 0.3, 4.3, 0.8
"""How much less of the pattern than chance shows is still worth a decode; what `lock` and the pilots show by chance, so
that its leads can be compared with places, in whose score pilots have a part."""
LEAST_WEIGHT = 0.1


class Trials:
    """What is tried on one clip, what came of it, and the word as soon as one was read.

    Args:
        footage: of the clip.
        tally: counts, and keeps what may be worth a second look.
        hit: the word and where it was read.
    """

    def __init__(self, footage: Footage, tally: Tally, hit: Hit | None = None) -> None:
        self.footage, self.tally, self.hit = footage, tally, hit

    @property
    def done(self) -> bool:
        """Whether a word was read."""
        return self.hit is not None

    def read(self, tile: Plane, locked: Locked, site: Site) -> None:
        """Decode one tile: all carriers, weighed by what template and pilots show, then those of even pictures."""
        carriers = carriers_of(site.key)
        shown = {reach: pilot_score(locked, carriers, reach) for reach in (np.inf, EVEN_RADIUS)}
        self.tally.presence = max(self.tally.presence, shown[np.inf])
        alone = [view(tile, carriers)] if max(shown.values()) >= PILOT_SCORE else []
        for reach in (reach for reach in shown if shown[reach] >= PILOT_SCORE):
            soft, _ = combined(alone, carriers, locked.offset, reach=reach)
            self.hit = self.tally.read_at(soft, site, shown[reach] + locked.score)
            if self.done:
                return

    def read_at(self, places: Iterable[Place], chance: float, plane: Plane, key: Key, part: Panel = EVERYTHING) -> None:
        """Decode one plane, or a part that was cut out of it, at each place until a word is read.

        Args:
            places: likely ones, best first.
            chance: score of the best of all that were looked at where there is no mark.
            plane: float32 [h, w].
            key: whose pattern.
            part: what the plane was cut out of.
        """
        carriers = carriers_of(key)
        for place in places:
            if place.score >= chance - BELOW_CHANCE:
                tile = fold(canonical(plane, place.matrix))
                score = place.score - chance + CHANCE_LOCK
                locked = replace(locked_at(tile, carriers, place.offset), score=score)
                site = Site(key, place.matrix, place.offset, part)
                self.note(site, score, score + CHANCE_PILOTS)
                self.read(tile, locked, site)
                if self.done:
                    return

    def note(self, site: Site, shown: float, score: float) -> None:
        """Keep a geometry for a second look if enough of the pattern is `shown`, in the order of `score`."""
        if shown >= LEAD_SCORE and site.matrix is not None:
            self.tally.follow(Lead(score, site.key, site.matrix, site.offset, part=site.part))

    def follow_up(self, leads: Sequence[Lead], known: Sequence[Lead]) -> tuple[Lead, ...]:
        """Combine all views at the leads that are not `known` already; all that are known now."""
        fresh = [lead for lead in leads if not any(lead.alike(other) for other in known)]
        for lead in fresh:
            self._unite(lead)
            if self.done:
                break
        return (*known, *fresh)

    def insist(self) -> None:
        """Read the best of what was not read once more, with long lists."""
        self.hit = self.tally.insist()

    def _unite(self, lead: Lead) -> None:
        """Combine several views at one geometry: the first frame through several filters, and means of all."""
        carriers, album = carriers_of(lead.key), self.footage.album

        def seen(plane: Plane) -> View:
            return view(fold(canonical(plane[lead.part], lead.matrix)), carriers)

        first = [seen(plane) for plane in album.first_views()]
        sets = [
            (first, False, np.inf),
            (first, True, np.inf),
            (first[:1], False, np.inf),
            (first[-1:], False, EVEN_RADIUS),
        ]
        if means := album.means():
            mean, fine, coarse = view(self._reweighed(carriers, lead), carriers), *map(seen, means)
            first = [*first, mean, fine]
            sets = [
                (first, False, np.inf),
                (first, True, np.inf),
                ([*first, coarse], False, np.inf),
                ([mean, first[0]], False, np.inf),
                ([first[3], coarse], False, EVEN_RADIUS),
                ([mean, coarse], False, EVEN_RADIUS),
            ]
        offset = lead.offset if lead.exact else settled(first, carriers, lead.offset)
        for views, alike, reach in sets:
            soft, score = combined(views, carriers, offset, alike, reach)
            site = Site(lead.key, lead.matrix, offset, lead.part)
            self.hit = self.tally.read_at(soft, site, score + UNITED_SCORE)
            if self.done:
                return

    def _reweighed(self, carriers: Carriers, lead: Lead) -> Plane:
        """A tile: the mean of the blocks at one geometry; those that show the template there count more."""
        # Two neighbours at a time: each block is resampled for each lead.
        blocks = self.footage.blocks
        pairs = [a.join(b) for a, b in zip(blocks[0::2], blocks[1::2], strict=False)]
        tiles = [
            fold(canonical(block.total[lead.part] / np.float32(np.sqrt(block.frames)), lead.matrix))
            for block in pairs + blocks[2 * len(pairs) :]
        ]
        weights = [max(template_score(tile, carriers, lead.offset), LEAST_WEIGHT) for tile in tiles]
        return np.asarray(
            np.sum([weight * tile for weight, tile in zip(weights, tiles, strict=True)], axis=0), np.float32
        )
