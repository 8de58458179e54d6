"""Where the pattern lies, by the phases of what is known of it and not by the height of its peaks alone.

`geometry` adds up the spectrum where a map would put the peaks. The phases tell more: at the right map they agree on
one place of the pattern, so amplitudes add up instead of powers, and pilots, which are too faint to be seen one by one,
add up with them. A transform of peaks and pilots alone shows all places at once, and where the place is known as well
(`frames`) a handful of maps is left to compare.

Places are told by the canonical pixel under the middle of the plane, so that a small change of the map leaves them
where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.carriers import (
    AMPLITUDE_SLOPE,
    EVEN_RADIUS,
    EVEN_TEMPLATE_RADIUS,
    TEMPLATE_RADII,
    TILE,
    Carriers,
)
from watermark.invisible.geometry import HIGHEST_FREQUENCY, Matrix, alike

OVERSAMPLING = 2
NOISE_BINS = 12
"""Of the tile's transform: side of the square over which the power of what is not the template is averaged."""
PEAK_WEIGHT, PILOT_WEIGHT = 2.0, 1.0
EVEN_PEAK_WEIGHT, EVEN_PILOT_WEIGHT = 3.0, 4.0
"""Pilots fall off with the root of their radius, as they are written."""
EVEN_PEAKS = (15.0, 24.0)
"""Radius up to which a hard encode leaves the peaks of an even picture, and from which on it leaves none."""
GRIDS = (80, 56)
"""Places looked at along each side of the tile, for each `Kind`: more than two in a period of what is finest."""
FINE_GRID, APART_CELLS, PLACES = 128, 4, 3
"""The same once the map is settled, how far places differ there and how many are handed out: eight or ten coarse peaks
agree nearly as well on a wrong one."""
HIGHEST_PEAK = 2.5
"""Of the whitened spectrum: a line or a border stands out more than a mark does, but in single bins. What is higher
counts by its fourth root."""
AT_ONCE = 128
LIKELY = 250
"""Maps of a large family, picked by the height of the peaks alone, of which the phases are looked at."""
APART = 0.01
SETTLED = 3
"""How many times as many as are asked for are settled before the best are taken."""
SETTLING_STEPS = (0.002, 0.001, 0.001, 0.0005)
SETTLING_SHIFTS = np.array(list(product(np.arange(-3, 4) * 0.75, repeat=2)))
EXACTLY = 1.2
"""Coarse parts of a pattern do not tell a scale from one that differs by half a percent: a map that is likely
beforehand is taken as well if no more than this is lost with it."""

Seen = NDArray[np.complex64]
Settled = tuple[float, Matrix, NDArray[np.float64]]
"""Score, map and middle (x, y)."""


@dataclass(frozen=True, eq=False)
class Kind:
    """Parts of the pattern that are looked for together.

    Attributes:
        parts: int64 [k], which ones of `Known`.
        frequencies: int64 [k, 2], theirs.
        weights: float64 [k], amplitudes that are expected, up to one factor.
    """

    parts: NDArray[np.int64]
    frequencies: NDArray[np.int64]
    weights: NDArray[np.float64]

    @cached_property
    def scaled(self) -> NDArray[np.float32]:
        """float32 [k]: the weights, such that noise adds up to a standard deviation of 1."""
        return np.asarray(self.weights / np.sqrt((self.weights**2).sum() / 2), np.float32)

    @cached_property
    def turns(self) -> Seen:
        """complex64 [k, 49]: `scaled`, turned by each of the small shifts by which a place is settled."""
        return np.asarray(self.scaled * _turn(SETTLING_SHIFTS, self.frequencies), np.complex64).T


@dataclass(frozen=True, eq=False)
class Known:
    """What a key says of the tile whatever the word: the template, then pilots.

    Attributes:
        frequencies: int64 [n, 2], (row, column), cycles per tile.
        phases: float64 [n].
        kinds: as most pictures carry it, and as hard encodes of even pictures leave it.
    """

    frequencies: NDArray[np.int64]
    phases: NDArray[np.float64]
    kinds: tuple[Kind, ...]


@lru_cache(maxsize=8)
def known_of(carriers: Carriers) -> Known:
    """Template and pilots of these carriers; pilots as far out as the template."""
    pilots = carriers.is_pilot & (carriers.radius <= TEMPLATE_RADII[1])
    frequencies = np.concatenate([carriers.peaks, carriers.frequencies[pilots]])
    own = np.where(carriers.quadrature, np.pi / 2, 0) + np.where(carriers.signs < 0, np.pi, 0)
    peaks, radius = np.hypot(*carriers.peaks.T), carriers.radius[pilots].astype(np.float64)
    low, high = EVEN_PEAKS
    lasting = np.clip((high - peaks) / (high - low), 0, 1)
    weights = (
        np.concatenate([np.full(len(peaks), PEAK_WEIGHT), PILOT_WEIGHT * radius**AMPLITUDE_SLOPE]),
        np.concatenate(
            [EVEN_PEAK_WEIGHT * lasting, EVEN_PILOT_WEIGHT * radius**AMPLITUDE_SLOPE * (radius <= EVEN_RADIUS)]
        ),
    )
    kinds = tuple(Kind(np.flatnonzero(each), frequencies[each > 0], each[each > 0]) for each in weights)
    return Known(frequencies, np.concatenate([carriers.phases, own[pilots]]), kinds)


@dataclass(frozen=True, eq=False)
class Place:
    """Where the tile may lie.

    Attributes:
        score: correlation with what is known of the pattern, in standard deviations at one place of one map.
        matrix: as in `geometry.Candidate`.
        offset: (rows, columns) of the tile in `residual.canonical` of the plane, as `demodulate.lock` gives it.
    """

    score: float
    matrix: Matrix
    offset: tuple[float, float]


class Phases:
    """Spectrum of one residual plane, float32 [h, w], whitened, its phases counted from the middle of the plane."""

    def __init__(self, plane: NDArray[np.float32]) -> None:
        height, width = plane.shape
        self._rows = scipy.fft.next_fast_len(OVERSAMPLING * max(height, TILE))
        self._columns = scipy.fft.next_fast_len(OVERSAMPLING * max(width, TILE), real=True)
        self._size = (width, height)
        spectrum = scipy.fft.rfft2(plane, s=(self._rows, self._columns))
        down, across = scipy.fft.fftfreq(self._rows), np.arange(spectrum.shape[1]) / self._columns
        spectrum *= np.exp(1j * np.pi * down * (height - 1)).astype(np.complex64)[:, None]
        spectrum *= np.exp(1j * np.pi * across * (width - 1)).astype(np.complex64)
        spectrum = scipy.fft.fftshift(spectrum, axes=0)
        window = (self._columns * NOISE_BINS // TILE | 1, self._rows * NOISE_BINS // TILE | 1)
        noise = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        for _ in range(2):
            noise = cv2.blur(noise, window, borderType=cv2.BORDER_REFLECT)
        whitened = spectrum / np.sqrt(noise + 1e-9)
        whitened /= np.maximum(np.abs(whitened) / HIGHEST_PEAK, 1.0) ** 0.75
        self._real, self._imaginary = np.ascontiguousarray(whitened.real), np.ascontiguousarray(whitened.imag)

    def at(self, maps: Matrix, known: Known, kind: Kind | None = None) -> Seen:
        """complex64 [maps, n]: peaks and pilots where each map puts them, all or those of one kind.

        Real parts are positive where the tile starts in the middle of the plane.
        """
        parts = slice(None) if kind is None else kind.parts
        down, row, column, inside = self._bins(maps, known.frequencies[parts])
        real, imaginary = (
            cv2.remap(part, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
            for part in (self._real, self._imaginary)
        )
        seen = real + 1j * np.where(down, -imaginary, imaginary)
        return np.asarray(np.where(inside, seen, 0) * np.exp(-1j * known.phases[parts]), np.complex64)

    def likely(self, maps: Matrix, carriers: Carriers) -> Matrix:
        """The maps at which the peaks stand out most, by all of them or by the coarse ones."""
        _, row, column, inside = self._bins(maps, carriers.peaks)
        line, place = (np.rint(np.where(inside, part, 0)).astype(np.int32) for part in (row, column))
        power = (self._real**2 + self._imaginary**2).take(line * self._real.shape[1] + place)
        power[~inside] = 1.0
        count = min(LIKELY, len(maps))
        coarse = np.hypot(*carriers.peaks.T) <= EVEN_TEMPLATE_RADIUS
        best = [np.argpartition(part.sum(1), -count)[-count:] for part in (power, power[:, coarse])]
        return maps[np.unique(np.concatenate(best))]

    def middle(self, matrix: Matrix) -> NDArray[np.float64]:
        """(x, y) of the middle of the plane in `residual.canonical` of it, edges of pixels counted from 0."""
        width, height = self._size
        corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]], np.float64)
        return np.asarray(matrix @ np.array([width / 2, height / 2]) - corners.min(1))

    def _bins(
        self, maps: Matrix, frequencies: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Whether the bin stands for its conjugate, its row and column, and whether it is within reach."""
        linear, (fy, fx) = maps.astype(np.float32), (frequencies / TILE).astype(np.float32).T
        # A pattern cos(2 pi k . (M x)) has the frequency M^T k in x.
        u = linear[:, 0, 0, None] * fx + linear[:, 1, 0, None] * fy
        v = linear[:, 0, 1, None] * fx + linear[:, 1, 1, None] * fy
        inside = (np.abs(u) < HIGHEST_FREQUENCY) & (np.abs(v) < HIGHEST_FREQUENCY)
        down = u < 0
        sign = np.where(down, -1, 1).astype(np.float32)
        return down, sign * v * self._rows + self._rows // 2, sign * u * self._columns, inside


def anywhere(
    phases: Phases, carriers: Carriers, maps: Matrix, count: int, moves: Matrix, exact: Matrix | None = None
) -> list[Place]:
    """The three best places at each of the best of `maps`, float64 [n, 2, 2], at most `count` maps that differ.

    Args:
        phases: of the plane.
        carriers: whose template.
        maps: any number; of a large family only the likeliest are looked at.
        count: how many.
        moves: float64 [k, 2, 2], small changes of a map that are tried to settle it.
        exact: float64 [m, 2, 2], maps that are likely beforehand and taken beside those that are settled near them.
    """
    known = known_of(carriers)
    chosen = maps if len(maps) <= 2 * LIKELY else phases.likely(maps, carriers)
    seen = phases.at(chosen, known)
    found = [_everywhere(seen[:, kind.parts], kind, side) for kind, side in zip(known.kinds, GRIDS, strict=True)]
    scores = np.stack([score for score, _ in found], axis=1)
    taken: list[Matrix] = []
    settled = []
    for index in np.argsort(-scores.max(1)):
        matrix, best = chosen[index], int(scores[index].argmax())
        if any(alike(matrix, other, APART) for other in taken):
            continue
        taken.append(matrix)
        kind = known.kinds[best]
        _, matrix, _ = _settled(phases, known, (0.0, matrix, found[best][1][index]), moves, kind)
        middles = _best_middles(phases.at(matrix[None], known, kind)[0], kind)
        settled.append((_settled(phases, known, (0.0, matrix, middles[0]), moves, kind), middles[1:], kind))
        if len(taken) == SETTLED * count:
            break
    kept: list[Matrix] = []
    places: list[Place] = []
    for best_here, rivals, kind in sorted(settled, key=lambda each: -each[0][0]):
        if len(kept) < count and not any(alike(best_here[1], other, APART) for other in kept):
            kept.append(best_here[1])
            places += _with_rivals(phases, known, kind, best_here, rivals, exact)
    return places


def _with_rivals(
    phases: Phases,
    known: Known,
    kind: Kind,
    best: Settled,
    rivals: Iterable[NDArray[np.float64]],
    exact: Matrix | None,
) -> list[Place]:
    """The best place of a map, the others there, and the same place of the exact map near it."""
    still = np.zeros((0, 2, 2))
    found = [best, *(_settled(phases, known, (0.0, best[1], rival), still, kind) for rival in rivals)]
    for near in () if exact is None else exact:
        if alike(best[1], near, APART):
            there = _settled(phases, known, (0.0, near, best[2]), still, kind)
            found += [there] if there[0] > best[0] - EXACTLY else []
    return [_place(phases, each) for each in found]


def given(phases: Phases, carriers: Carriers, maps: Matrix, middles: Matrix, count: int) -> Iterator[Place]:
    """The best of maps at which the place is known to a few pixels.

    Args:
        phases: of the plane.
        carriers: whose template.
        maps: float64 [n, 2, 2].
        middles: float64 [n, 2], canonical (x, y) of the middle of the plane for each map.
        count: how many.
    """
    known = known_of(carriers)
    seen = phases.at(maps, known)
    scores = np.stack([_near(seen[:, kind.parts], kind, middles)[0] for kind in known.kinds], axis=1)
    taken: list[Matrix] = []
    for index in np.argsort(-scores.max(1)):
        if any(alike(maps[index], other, APART) for other in taken):
            continue
        taken.append(maps[index])
        kind = known.kinds[int(scores[index].argmax())]
        still = np.zeros((0, 2, 2))
        yield _place(phases, _settled(phases, known, (0.0, maps[index], middles[index]), still, kind))
        if len(taken) == count:
            return


def _everywhere(seen: Seen, kind: Kind, side: int) -> tuple[NDArray[np.float64], Matrix]:
    """Per map the best score over all places of the tile, and the middle (x, y) there."""
    scores, places = np.empty(len(seen)), np.empty(len(seen), np.int64)
    weighed = (seen * kind.scaled).conj()
    for start in range(0, len(seen), AT_ONCE):
        part = weighed[start : start + AT_ONCE]
        plane = np.zeros((len(part), side, side // 2 + 1), np.complex64)
        plane[:, kind.frequencies[:, 0] % side, kind.frequencies[:, 1]] = part
        surface = scipy.fft.irfft2(plane, s=(side, side)).reshape(len(part), -1)
        best = surface.argmax(1)
        scores[start : start + AT_ONCE] = surface[np.arange(len(part)), best]
        places[start : start + AT_ONCE] = best
    row, column = np.divmod(places, side)
    return scores * (side * side / 2), np.stack([column, row], axis=1) * (TILE / side)


def _best_middles(seen: Seen, kind: Kind) -> list[NDArray[np.float64]]:
    """The middles (x, y) at the best places of one map; `seen` complex64 [k]."""
    side = FINE_GRID
    plane = np.zeros((side, side // 2 + 1), np.complex64)
    plane[kind.frequencies[:, 0] % side, kind.frequencies[:, 1]] = (seen * kind.scaled).conj()
    surface = scipy.fft.irfft2(plane, s=(side, side))
    near = np.arange(-APART_CELLS, APART_CELLS + 1)
    middles = []
    for _ in range(PLACES):
        row, column = divmod(int(surface.argmax()), side)
        middles.append(np.array([column, row]) * (TILE / side))
        surface[np.ix_((row + near) % side, (column + near) % side)] = -np.inf
    return middles


def _near(seen: Seen, kind: Kind, middles: Matrix) -> tuple[NDArray[np.float32], Matrix]:
    """Per map the best score within a few pixels of `middles`, float64 [n or 1, 2], and the middle there."""
    scores = ((seen * _turn(middles, kind.frequencies)) @ kind.turns).real
    best = scores.argmax(1)
    return scores[np.arange(len(seen)), best], middles + SETTLING_SHIFTS[best]


def _turn(middles: Matrix, frequencies: NDArray[np.int64]) -> Seen:
    """complex64 [n, k]: what a pattern is turned by whose middle lies at `middles`, (x, y)."""
    return np.asarray(np.exp(-2j * np.pi / TILE * (middles @ frequencies[:, ::-1].T)), np.complex64)


def _settled(phases: Phases, known: Known, start: Settled, moves: Matrix, kind: Kind) -> Settled:
    """The best of small changes of the map, the middle to three quarters of a pixel, and the score there."""
    steps = np.array(list(product((-1.0, 0.0, 1.0), repeat=len(moves)))).reshape(3 ** len(moves), len(moves))
    score, matrix, middle = start
    for size in SETTLING_STEPS:
        trial = (np.eye(2) + size * np.einsum("ni,ijk->njk", steps, moves)) @ matrix
        scores, middles = _near(phases.at(trial, known, kind), kind, middle[None])
        best = int(scores.argmax())
        score, matrix, middle = float(scores[best]), trial[best], middles[best]
    return score, matrix, middle


def _place(phases: Phases, settled: Settled) -> Place:
    score, matrix, middle = settled
    row, column = (phases.middle(matrix) - middle)[::-1] % TILE
    return Place(score, matrix, (float(row), float(column)))
