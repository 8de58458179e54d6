"""The reader in pixels: add frames until it is certain, then ask for the result.

Frames are averaged after their picture has been removed; as the pattern stands still, the mark adds up and the picture
does not. The word is tried after 1, 2, 4, 8, ... frames at the geometry of an uncropped copy, which costs
little. All other geometries are looked for after `SEARCH_AFTER` frames and at the end.
Where something shows but nothing reads, several views of the copy are combined.
Memory: two planes of at most 480 lines and a fixed number of blocks and pictures, whatever the length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.invisible import geometry, phases
from watermark.invisible.album import Album
from watermark.invisible.carriers import CANONICAL_SHORT_PX, EVEN_RADIUS, Carriers, carriers_of
from watermark.invisible.code import encode
from watermark.invisible.combine import View, combined, settled, view
from watermark.invisible.demodulate import (
    Locked,
    codeword_score,
    fold,
    lock,
    locked_at,
    pilot_score,
    template_score,
)
from watermark.invisible.extraction import Extraction, found, not_found
from watermark.invisible.frames import frames, whole
from watermark.invisible.keys import Key, KeyRing
from watermark.invisible.leads import Hit, Lead, Site, Tally
from watermark.invisible.mask import half_size
from watermark.invisible.motion import Camera, Pose
from watermark.invisible.panels import EVERYTHING, Panel, panels
from watermark.invisible.phases import Phases, Place
from watermark.invisible.residual import canonical, residual

SEARCH_AFTER = 24
BLOCKS = 32
LOCK_SCORE = 4.6
NEAR_PX = 2
NEAR_SCORE = 1.5
KEY_FRAME_WEIGHT = 2.0
CHANCE_SCORE, LEAST_WEIGHT = 1.0, 0.1
SEGMENT_SCORE = 6.0
PILOT_SCORE = 0.8
"""A lock is decoded only if the pilots lean its way; a readable word has 4 and more."""
LEAD_SCORE = 3.5
"""Template at a geometry from which it may be worth a second look."""
UNITED_SCORE = 6.0
"""Added to the score of a look that unites several views: it tells more than any of them."""
FRAMES, PLACED, UPRIGHT, TURNED = (3, 4.0), (1, 4.4), (6, 5.3), (4, 6.0)
"""Maps at which the phases of one plane are read, and how much template the best of all that are looked at shows by
chance: whole frames, panels, cut-outs, turned cut-outs."""
BELOW_CHANCE, CHANCE_LOCK = 0.6, 4.3
"""How much less is still worth a decode; what `lock` shows by chance, so that leads from both can be compared."""
MOST_SIZES = 2
"""Frames of a third size are left out: a new size starts over, and every start is another chance of a false word."""
HEAD_FRAMES = 4
"""A copy that was coded anew has its one key frame at the start, and what follows keeps little of the mark for long.
They are laid over each other as the camera moved, since the writer lets the pattern go along with it."""

Plane = NDArray[np.float32]


@dataclass(eq=False)
class _Block:
    """Sum of consecutive residuals."""

    start_s: float
    end_s: float
    frames: int
    total: Plane

    def join(self, later: _Block) -> _Block:
        return _Block(self.start_s, later.end_s, self.frames + later.frames, self.total + later.total)


class _Head:
    """Sum of the first residuals, each brought back to where the camera was at first."""

    def __init__(self, luma: NDArray[np.uint8], rest: Plane) -> None:
        self.total = rest
        self._camera, self._pose = Camera(luma.shape[1], luma.shape[0]), Pose()
        self._camera.follow(half_size(luma))

    def add(self, luma: NDArray[np.uint8], rest: Plane) -> None:
        self._pose = self._pose.then(self._camera.follow(half_size(luma)) or Pose())
        height, width = rest.shape
        zoom, scale = self._pose.zoom, width / luma.shape[1]
        x, y = (part * scale for part in self._pose.shift_px)
        matrix = np.array([[zoom, 0, (1 - zoom) * (width - 1) / 2 + x], [0, zoom, (1 - zoom) * (height - 1) / 2 + y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        back = rest if self._pose == Pose() else cv2.warpAffine(rest, matrix, (width, height), flags=flags)
        self.total = np.asarray(self.total + back, np.float32)


class PixelReader:
    """Reads the mark of one clip or picture, frame by frame.

    Args:
        keyring: all its keys are tried.
        rest: what is left of a luma plane when its picture is taken away.
    """

    def __init__(self, keyring: KeyRing, rest: Callable[[NDArray[np.uint8]], Plane] = residual) -> None:
        self._keys, self._rest = keyring.keys, rest
        self._blocks: list[_Block] = []
        self._album = Album()
        self._block_frames = 1
        self._weighted: Plane | None = None
        self._head: _Head | None = None
        self._first: Plane = np.zeros((1, 1), np.float32)
        self._lines = CANONICAL_SHORT_PX
        self._sizes = 1
        self._frames = 0
        self._next_try = 1
        self._hit: Hit | None = None
        self._tally = Tally()

    @property
    def done(self) -> bool:
        """Whether the word is certain; frames added later only extend the segments."""
        return self._hit is not None

    def add(self, luma: NDArray[np.uint8], time_s: float, key_frame: bool = False) -> None:
        """Take in one frame.

        Args:
            luma: uint8 [h, w], all frames of one size; a frame of another size starts over, once.
            time_s: when it is shown.
            key_frame: the frame was coded on its own; it carries more of the mark.
        """
        if min(luma.shape) < 16:
            return
        rest = self._rest(luma)
        if self._weighted is not None and self._weighted.shape != rest.shape:
            if self._sizes == MOST_SIZES:
                return
            self._restart()
        self._lines = min(luma.shape)
        self._remember(rest, time_s)
        self._album.add(luma)
        if self._frames < HEAD_FRAMES:
            if self._head is None:
                self._first, self._head = rest, _Head(luma, rest)
            else:
                self._head.add(luma, rest)
        weight = self._weight(rest) * (KEY_FRAME_WEIGHT if key_frame else 1.0)
        self._weighted = rest * weight if self._weighted is None else cv2.scaleAdd(rest, weight, self._weighted)
        self._frames += 1
        if not self.done and self._frames >= self._next_try:
            self._next_try = max(self._frames + 1, int(self._frames * 1.6))
            self._try_whole(self._weighted)
        if not self.done and self._frames == SEARCH_AFTER:
            self._search_all()

    def result(self) -> Extraction:
        """The answer for all frames added so far."""
        if not self.done and self._frames:
            self._exhaust()
        if self._hit is None:
            return not_found(self._tally.presence, self._tally.attempts, self._tally.foreign, self._tally.looks.best())
        return found(self._hit.payload, self._tally.attempts, self._segments(self._hit))

    def _restart(self) -> None:
        self._sizes += 1
        self._album = Album()
        self._blocks, self._weighted, self._head, self._frames, self._next_try = [], None, None, 0, 1

    def _remember(self, rest: Plane, time_s: float) -> None:
        """Add to the newest block; join neighbours when there are too many."""
        if self._blocks and self._blocks[-1].frames < self._block_frames:
            block = self._blocks[-1]
            block.total += rest
            block.end_s, block.frames = time_s, block.frames + 1
            return
        if len(self._blocks) == BLOCKS:
            self._blocks = [a.join(b) for a, b in zip(self._blocks[0::2], self._blocks[1::2], strict=True)]
            self._block_frames *= 2
        self._blocks.append(_Block(time_s, time_s, 1, rest.copy()))

    def _mean(self) -> Plane:
        return np.asarray(sum(block.total for block in self._blocks) / self._frames, np.float32)

    def _weight(self, rest: Plane) -> float:
        """Frames in which the template is seen count more; nearly all that is seen of it by chance is left out."""
        planes = [_whole(rest)] if min(rest.shape) == CANONICAL_SHORT_PX else [_whole(rest), rest]
        score = max(
            lock(fold(plane), carriers_of(key), near_px=1, refine=False).score for key in self._keys for plane in planes
        )
        return max(score - CHANCE_SCORE, 0.0) + LEAST_WEIGHT

    def _search_all(self) -> None:
        """All searches, in the mean and, but for the last, in the first frame."""
        mean = self._mean()
        seen = [(plane, Phases(plane)) for plane in (mean, self._first)]
        for search in (self._search_frames, self._search_cuts):
            for plane, spectrum in seen:
                search(plane, spectrum)
                if self.done:
                    return
        self._search(mean)

    def _exhaust(self) -> None:
        """Everything that has not been tried, then the best of it with a long list."""
        self._look_everywhere()
        if not self.done:
            self._hit = self._tally.insist()

    def _look_everywhere(self) -> None:
        """Mirrored and turned copies, the geometry search, parts of the clip."""
        assert self._weighted is not None
        mean = self._mean()
        for plane in (self._weighted, mean):
            self._try_whole(plane)
            if self.done:
                return
        fresh = [mean] if self._frames >= SEARCH_AFTER or self._frames == 1 else [mean, self._first]
        seen = [(plane, Phases(plane)) for plane in fresh]
        for plane, spectrum in seen:
            self._search_frames(plane, spectrum)
            if self.done:
                return
        known = self._unite_whole()
        if self.done:
            return
        parts = panels(self._album.pictures)
        self._search_panels(parts, [mean] if self._frames == 1 else [mean, self._first])
        if self.done:
            return
        known = self._follow_up([lead for part in parts[:1] for lead in self._whole_leads(part)], known)
        if self.done:
            return
        for plane, spectrum in chain(seen, self._blended(mean)):
            self._search_cuts(plane, spectrum)
            if self.done:
                return
        known = self._follow_up(self._tally.leads, known)
        if self.done:
            return
        planes = [] if SEARCH_AFTER <= self._frames < 2 * SEARCH_AFTER else [mean]  # little has been added since
        if self._frames > 1 and self._head is not None:
            planes.append(self._head.total)
        with ThreadPoolExecutor(len(planes)) as searchers:  # most of a search is spent outside the interpreter
            for searched in searchers.map(self._searched, planes):
                self._tally.join(searched._tally)
                self._hit = searched._hit
                if self.done:
                    return
        self._follow_up(self._tally.leads, known)

    def _blended(self, mean: Plane) -> Iterator[tuple[Plane, Phases]]:
        """First picture and mean, both also through the coarse filter, made when it is asked for.

        The template stands out of it nearly as far as out of the best of the four, whichever that is, or farther.
        """
        views = (self._first, mean, self._album.first_views()[-1], *self._album.means()[1:])
        plane = np.asarray(sum(view / max(float(view.std()), 1e-6) for view in views), np.float32)
        yield plane, Phases(plane)

    def _follow_up(self, leads: Sequence[Lead], known: Sequence[Lead]) -> tuple[Lead, ...]:
        """Combine all views at the leads that are not `known` already; all that are known now."""
        fresh = [lead for lead in leads if not any(lead.alike(other) for other in known)]
        for lead in fresh:
            self._unite(lead)
            if self.done:
                break
        return (*known, *fresh)

    def _searched(self, plane: Plane) -> PixelReader:
        """A reader of the same frames that has looked for the geometry in one plane, and counted by itself."""
        alone = copy(self)
        alone._tally = Tally()
        alone._search(plane)
        return alone

    def _try_whole(self, plane: Plane) -> None:
        """Try the geometry of a copy that shows the whole frame: one that was made small, or one that was small."""
        self._try_plane(_whole(plane), None, near=True)
        if not self.done and min(plane.shape) < CANONICAL_SHORT_PX:
            self._try_plane(plane, np.eye(2), near=True)

    def _search(self, plane: Plane) -> None:
        """Look for the geometry in one plane and read there."""
        for key in self._keys:
            carriers = carriers_of(key)
            for candidate in geometry.candidates(plane, carriers.peaks):
                tile = fold(canonical(plane, candidate.matrix))
                locked = lock(tile, carriers)
                self._note(locked, carriers, key, candidate.matrix)
                if locked.score >= LOCK_SCORE:
                    self._decode(tile, locked, carriers, key, candidate.matrix)
                if self.done:
                    return

    def _search_frames(self, plane: Plane, spectrum: Phases, part: Panel = EVERYTHING) -> None:
        """Read copies that show the whole frame in another shape or turned: map and place are known."""
        maps, middles = frames(*plane.shape[::-1])
        count, chance = FRAMES
        for key in self._keys:
            places = phases.given(spectrum, carriers_of(key), maps, middles, count)
            self._read_at(places, chance, plane, key, part)
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
            self._read_at(places, chance, plane, key, part)
            if self.done:
                return

    def _search_cuts(self, plane: Plane, spectrum: Phases) -> None:
        """Look for copies that were cut and scaled, and those that were turned as well."""
        upright = geometry.upright(self._lines, min(plane.shape))
        for key in self._keys:
            for maps, (count, chance), moves in (
                (upright, UPRIGHT, geometry.MOVES[:1]),
                (geometry.turned(), TURNED, geometry.MOVES[:2]),
            ):
                places = phases.anywhere(spectrum, carriers_of(key), maps, count, moves)
                self._read_at(places, chance, plane, key)
                if self.done:
                    return

    def _read_at(
        self, places: Iterable[Place], chance: float, plane: Plane, key: Key, part: Panel = EVERYTHING
    ) -> None:
        """Decode one plane, or a part that was cut out of it, at each place until a word is read."""
        carriers = carriers_of(key)
        for place in places:
            if place.score >= chance - BELOW_CHANCE:
                tile = fold(canonical(plane, place.matrix))
                score = place.score - chance + CHANCE_LOCK
                locked = replace(locked_at(tile, carriers, place.offset), score=score)
                self._note(locked, carriers, key, place.matrix, part)
                self._decode(tile, locked, carriers, key, place.matrix, part)
                if self.done:
                    return

    def _note(
        self, locked: Locked, carriers: Carriers, key: Key, matrix: NDArray[np.float64], part: Panel = EVERYTHING
    ) -> None:
        if locked.score >= LEAD_SCORE:
            score = locked.score + pilot_score(locked, carriers)
            self._tally.follow(Lead(score, key, matrix, locked.offset, part=part))

    def _reweighed(self, carriers: Carriers, lead: Lead) -> Plane:
        """A tile: the mean of the blocks at one geometry; those that show the template there count more."""
        # Two neighbours at a time: each block is resampled for each lead.
        pairs = [a.join(b) for a, b in zip(self._blocks[0::2], self._blocks[1::2], strict=False)]
        blocks = pairs + self._blocks[2 * len(pairs) :]
        tiles = [
            fold(canonical(block.total[lead.part] / np.float32(np.sqrt(block.frames)), lead.matrix)) for block in blocks
        ]
        weights = [max(template_score(tile, carriers, lead.offset), LEAST_WEIGHT) for tile in tiles]
        return np.asarray(
            np.sum([weight * tile for weight, tile in zip(weights, tiles, strict=True)], axis=0), np.float32
        )

    def _unite_whole(self) -> tuple[Lead, ...]:
        """Combine all views at the geometry of a copy that shows the whole frame; the leads that were followed."""
        leads = self._whole_leads()
        if min(self._first.shape) < CANONICAL_SHORT_PX:
            leads += [replace(lead, matrix=np.eye(2)) for lead in leads]
        return self._follow_up(leads, ())

    def _whole_leads(self, part: Panel = EVERYTHING) -> list[Lead]:
        """The geometry of a whole frame that is shown in this part of the picture."""
        height, width = self._first[part].shape
        matrix, exact = whole(width, height), part == EVERYTHING
        return [Lead(0.0, key, matrix, (0.0, 0.0), exact, part) for key in self._keys]

    def _unite(self, lead: Lead) -> None:
        """Combine several views at one geometry: the first frame through several filters, and means of all."""
        carriers = carriers_of(lead.key)

        def seen(plane: Plane) -> View:
            return view(fold(canonical(plane[lead.part], lead.matrix)), carriers)

        first = [seen(plane) for plane in self._album.first_views()]
        mean, coarse = first[:1], first[-1:]
        if means := self._album.means():
            mean = [view(self._reweighed(carriers, lead), carriers), *mean]
            first, coarse = [*first, mean[0], seen(means[0])], [*mean, *coarse, seen(means[1])]
        offset = lead.offset if lead.exact else settled(first, carriers, lead.offset)
        for views, alike, reach in (
            (first, False, np.inf),
            (first, True, np.inf),
            (mean, False, np.inf),
            (coarse, False, EVEN_RADIUS),
        ):
            soft, score = combined(views, carriers, offset, alike, reach)
            self._judge(soft, score + UNITED_SCORE, Site(lead.key, lead.matrix, offset, lead.part))
            if self.done:
                return

    def _try_plane(self, plane: Plane, matrix: NDArray[np.float64] | None, near: bool = False) -> None:
        tile = fold(plane)
        for key in self._keys:
            carriers = carriers_of(key)
            locks = [lock(tile, carriers)]
            if near:
                close = lock(tile, carriers, near_px=NEAR_PX)
                locks = [close, *locks] if close.score >= NEAR_SCORE else locks
            for locked in locks:
                if locked.score >= (NEAR_SCORE if near and locked is locks[0] else LOCK_SCORE):
                    self._decode(tile, locked, carriers, key, matrix)
                if self.done:
                    return

    def _decode(
        self,
        tile: Plane,
        locked: Locked,
        carriers: Carriers,
        key: Key,
        matrix: NDArray[np.float64] | None,
        part: Panel = EVERYTHING,
    ) -> None:
        """Decode one tile: all carriers, weighed by what template and pilots show, then those of even pictures."""
        pilots = pilot_score(locked, carriers)
        self._tally.presence = max(self._tally.presence, pilots)
        if pilots < PILOT_SCORE:
            return
        alone = [view(tile, carriers)]
        for reach in (np.inf, EVEN_RADIUS):
            soft, _ = combined(alone, carriers, locked.offset, reach=reach)
            self._judge(soft, pilots + locked.score, Site(key, matrix, locked.offset, part))
            if self.done:
                return

    def _judge(self, soft: Plane, score: float, site: Site) -> None:
        self._hit = self._tally.read_at(soft, site, score)

    def _segments(self, hit: Hit) -> tuple[tuple[float, float], ...]:
        """Blocks in which the word is confirmed, neighbours joined."""
        site = hit.site
        carriers, symbols = carriers_of(site.key), encode(hit.payload)
        spans: list[tuple[float, float]] = []
        joined = False
        for block in self._blocks:
            if site.matrix is None:
                locked = lock(fold(_whole(block.total)), carriers, near_px=NEAR_PX)
            else:
                locked = locked_at(fold(canonical(block.total[site.part], site.matrix)), carriers, site.offset)
            seen = codeword_score(locked, carriers, symbols) >= SEGMENT_SCORE
            if seen and joined:
                spans[-1] = (spans[-1][0], block.end_s)
            elif seen:
                spans.append((block.start_s, block.end_s))
            joined = seen
        return tuple(spans)


def _whole(plane: Plane) -> Plane:
    """The residual at canonical size, if it shows the whole frame."""
    height, width = plane.shape
    across, down = np.diag(whole(width, height))
    if across == down == 1:
        return plane
    size = (round(width * across), round(height * down))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
