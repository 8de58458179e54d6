"""Where the template lies, by the phases of its peaks and not by their height alone.

`geometry` adds up the spectrum where a map would put the peaks. The phases tell more: at the right map they agree on
one place of the pattern, so amplitudes add up instead of powers. A transform of the peaks alone shows all places
at once, and where the place is known as well (`frames`) a handful of maps is left to compare.

Places are told by the canonical pixel under the middle of the plane, so that a small change of the map leaves them
where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.carriers import EVEN_TEMPLATE_RADIUS, TILE, Carriers
from watermark.invisible.geometry import HIGHEST_FREQUENCY, Matrix, alike

OVERSAMPLING = 2
NOISE_BINS = 12
"""Of the tile's transform: side of the square over which the power of what is not the template is averaged."""
REACHES = (np.inf, EVEN_TEMPLATE_RADIUS)
"""All peaks, and those that even pictures carry."""
GRIDS = (80, 56)
"""Places looked at along each side of the tile, for each reach: more than two in a period of the finest peak."""
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
SETTLING_PX = np.arange(-3, 4) * 0.75

Peaks = NDArray[np.complex64]


@dataclass(frozen=True, eq=False)
class Place:
    """Where the tile may lie.

    Attributes:
        score: correlation with the template, in standard deviations at one place of one map.
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

    def peaks(self, maps: Matrix, carriers: Carriers) -> Peaks:
        """complex64 [maps, 24]: the peaks where each map puts them; with real parts > 0 where the tile starts."""
        down, row, column, inside = self._bins(maps, carriers)
        real, imaginary = (
            cv2.remap(part, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
            for part in (self._real, self._imaginary)
        )
        seen = real + 1j * np.where(down, -imaginary, imaginary)
        return np.asarray(np.where(inside, seen, 0) * np.exp(-1j * carriers.phases), np.complex64)

    def likely(self, maps: Matrix, carriers: Carriers) -> Matrix:
        """The maps at which the peaks stand out most, by all of them or by the coarse ones."""
        _, row, column, inside = self._bins(maps, carriers)
        line, place = (np.rint(np.where(inside, part, 0)).astype(np.int32) for part in (row, column))
        power = (self._real**2 + self._imaginary**2).take(line * self._real.shape[1] + place)
        power[~inside] = 1.0
        count = min(LIKELY, len(maps))
        best = [np.argpartition(power[:, used].sum(1), -count)[-count:] for used in _used(carriers)]
        return maps[np.unique(np.concatenate(best))]

    def middle(self, matrix: Matrix) -> NDArray[np.float64]:
        """(x, y) of the middle of the plane in `residual.canonical` of it, edges of pixels counted from 0."""
        width, height = self._size
        corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]], np.float64)
        return np.asarray(matrix @ np.array([width / 2, height / 2]) - corners.min(1))

    def _bins(
        self, maps: Matrix, carriers: Carriers
    ) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Whether the bin stands for its conjugate, its row and column, and whether it is within reach."""
        linear, (fy, fx) = maps.astype(np.float32), (carriers.peaks / TILE).astype(np.float32).T
        # A pattern cos(2 pi k . (M x)) has the frequency M^T k in x.
        u = linear[:, 0, 0, None] * fx + linear[:, 1, 0, None] * fy
        v = linear[:, 0, 1, None] * fx + linear[:, 1, 1, None] * fy
        inside = (np.abs(u) < HIGHEST_FREQUENCY) & (np.abs(v) < HIGHEST_FREQUENCY)
        down = u < 0
        sign = np.where(down, -1, 1).astype(np.float32)
        return down, sign * v * self._rows + self._rows // 2, sign * u * self._columns, inside


def anywhere(phases: Phases, carriers: Carriers, maps: Matrix, count: int, moves: Matrix) -> list[Place]:
    """The three best places at each of the best of `maps`, float64 [n, 2, 2], at most `count` maps that differ.

    Args:
        phases: of the plane.
        carriers: whose template.
        maps: any number; of a large family only the likeliest are looked at.
        count: how many.
        moves: float64 [k, 2, 2], small changes of a map that are tried to settle it.
    """
    chosen = maps if len(maps) <= 2 * LIKELY else phases.likely(maps, carriers)
    seen = phases.peaks(chosen, carriers)
    found = []
    for used, side in zip(_used(carriers), GRIDS, strict=True):
        found.append(_everywhere(seen[:, used], carriers.peaks[used], side))
    scores = np.stack([score for score, _ in found], axis=1)
    taken: list[Matrix] = []
    settled = []
    for index in np.argsort(-scores.max(1)):
        matrix, kind = chosen[index], int(scores[index].argmax())
        if any(alike(matrix, other, APART) for other in taken):
            continue
        taken.append(matrix)
        used, middle = _used(carriers)[kind], found[kind][1][index]
        matrix, _, _ = _settled(phases, carriers, matrix, middle, moves, used)
        first, *rivals = _best_middles(phases.peaks(matrix[None], carriers)[:, used], carriers.peaks[used])
        best = _settled(phases, carriers, matrix, first, moves, used)
        others = (_settled(phases, carriers, best[0], rival, moves[:0], used) for rival in rivals)
        settled.append([_place(phases, *each) for each in (best, *others)])
        if len(taken) == SETTLED * count:
            break
    return _different(sorted(settled, key=lambda places: -places[0].score), count)


def _different(places: Iterable[list[Place]], count: int) -> list[Place]:
    """All places of the first maps that differ."""
    kept: list[Place] = []
    for of_one in places:
        if len(kept) < PLACES * count and not any(alike(of_one[0].matrix, other.matrix, APART) for other in kept):
            kept += of_one
    return kept


def given(phases: Phases, carriers: Carriers, maps: Matrix, middles: Matrix, count: int) -> Iterator[Place]:
    """The best of maps at which the place is known to a few pixels.

    Args:
        phases: of the plane.
        carriers: whose template.
        maps: float64 [n, 2, 2].
        middles: float64 [n, 2], canonical (x, y) of the middle of the plane for each map.
        count: how many.
    """
    seen = phases.peaks(maps, carriers)
    scores = np.stack([_near(seen[:, used], carriers.peaks[used], middles)[0] for used in _used(carriers)], axis=1)
    taken: list[Matrix] = []
    for index in np.argsort(-scores.max(1)):
        if any(alike(maps[index], other, APART) for other in taken):
            continue
        taken.append(maps[index])
        used = _used(carriers)[int(scores[index].argmax())]
        still = np.zeros((0, 2, 2))
        yield _place(phases, *_settled(phases, carriers, maps[index], middles[index], still, used))
        if len(taken) == count:
            return


def _used(carriers: Carriers) -> list[NDArray[np.bool_]]:
    return [np.hypot(*carriers.peaks.T) <= reach for reach in REACHES]


def _everywhere(seen: Peaks, frequencies: NDArray[np.int64], side: int) -> tuple[NDArray[np.float64], Matrix]:
    """Per map the best score over all places of the tile, and the middle (x, y) there."""
    scores, places = np.empty(len(seen)), np.empty(len(seen), np.int64)
    for start in range(0, len(seen), AT_ONCE):
        part = seen[start : start + AT_ONCE]
        plane = np.zeros((len(part), side, side // 2 + 1), np.complex64)
        plane[:, frequencies[:, 0] % side, frequencies[:, 1]] = part.conj()
        surface = scipy.fft.irfft2(plane, s=(side, side)).reshape(len(part), -1)
        best = surface.argmax(1)
        scores[start : start + AT_ONCE] = surface[np.arange(len(part)), best]
        places[start : start + AT_ONCE] = best
    row, column = np.divmod(places, side)
    return scores * (side * side / 2) / _scale(len(frequencies)), np.stack([column, row], axis=1) * (TILE / side)


def _best_middles(seen: Peaks, frequencies: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """The middles (x, y) at the best places of one map."""
    side = FINE_GRID
    plane = np.zeros((side, side // 2 + 1), np.complex64)
    plane[frequencies[:, 0] % side, frequencies[:, 1]] = seen[0].conj()
    surface = scipy.fft.irfft2(plane, s=(side, side))
    near = np.arange(-APART_CELLS, APART_CELLS + 1)
    middles = []
    for _ in range(PLACES):
        row, column = divmod(int(surface.argmax()), side)
        middles.append(np.array([column, row]) * (TILE / side))
        surface[np.ix_((row + near) % side, (column + near) % side)] = -np.inf
    return middles


def _near(seen: Peaks, frequencies: NDArray[np.int64], middles: Matrix) -> tuple[NDArray[np.float64], Matrix]:
    """Per map the best score within a few pixels of `middles`, and the middle there."""
    shifts = np.stack(np.meshgrid(SETTLING_PX, SETTLING_PX), axis=-1).reshape(-1, 2)
    at = np.exp(-2j * np.pi / TILE * (middles @ frequencies[:, ::-1].T))
    turns = np.exp(-2j * np.pi / TILE * (shifts @ frequencies[:, ::-1].T))
    scores = ((seen * at) @ turns.T).real / _scale(len(frequencies))
    best = scores.argmax(1)
    return scores[np.arange(len(seen)), best], middles + shifts[best]


def _settled(
    phases: Phases,
    carriers: Carriers,
    matrix: Matrix,
    middle: NDArray[np.float64],
    moves: Matrix,
    used: NDArray[np.bool_],
) -> tuple[Matrix, NDArray[np.float64], float]:
    """The best of small changes of the map, the middle to three quarters of a pixel, and the score there."""
    frequencies = carriers.peaks[used]
    steps = np.array(list(product((-1.0, 0.0, 1.0), repeat=len(moves)))).reshape(3 ** len(moves), len(moves))
    score = -np.inf
    for size in SETTLING_STEPS:
        trial = (np.eye(2) + size * np.einsum("ni,ijk->njk", steps, moves)) @ matrix
        seen = phases.peaks(trial, carriers)[:, used]
        scores, middles = _near(seen, frequencies, np.tile(middle, (len(trial), 1)))
        best = int(scores.argmax())
        matrix, middle, score = trial[best], middles[best], float(scores[best])
    return matrix, middle, score


def _place(phases: Phases, matrix: Matrix, middle: NDArray[np.float64], score: float) -> Place:
    row, column = (phases.middle(matrix) - middle)[::-1] % TILE
    return Place(score, matrix, (float(row), float(column)))


def _scale(count: int) -> float:
    return float(np.sqrt(max(count, 1) / 2))
