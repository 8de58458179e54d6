"""Where the tile lies in a copy that was cropped, scaled, rotated, stretched or mirrored.

The template shows as 24 peaks in the spectrum of the residual. A linear map of the picture moves the peaks
by the transposed map, so a search over maps that adds up the spectrum at the predicted places finds it;
hill climbing then sharpens the best ones. Whatever is proposed here is only a candidate: the phases of the template
and the check bits of the word decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.carriers import CANONICAL_SHORT_PX, TILE

Matrix = NDArray[np.float64]

GRID = 1024
SCALES = (0.27, 2.6)
SCALE_STEP = 0.004
ANGLES_DEG = (-6.0, 6.0, 0.2)
ASPECT_STEP = 0.008
ASPECTS = (0.55, 1.82)
HIGHEST_FREQUENCY = 0.46
CANDIDATES = 10
APART = 0.007
USUAL_LINES = (480, 512, 540, 576, 720, 768, 1024, 1080, 1440, 1536, 2048, 2160)
MIRROR = np.diag([-1.0, 1.0])
MOVES = np.array([[[1, 0], [0, 1]], [[0, -1], [1, 0]], [[1, 0], [0, -1]], [[0, 1], [1, 0]]], np.float64)
"""Small changes of a map: its scale, angle, stretch and shear."""
CLIMB_STEPS = (0.004, 0.002, 0.001, 0.0005, 0.00025)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A proposed map: canonical (x, y) = `matrix` @ (x, y) of the residual; a higher `score` is likelier."""

    score: float
    matrix: Matrix


def upright(lines: int, residual_lines: int) -> Matrix:
    """Maps of copies that were cut, scaled and perhaps mirrored, float64 [n, 2, 2].

    Cuts at full size out of frames of a usual number of lines are met exactly.

    Args:
        lines: short side of the copy.
        residual_lines: short side of its residual.
    """
    maps = np.concatenate([cuts(lines, residual_lines), _scales()[:, None, None] * np.eye(2)])
    return np.concatenate([maps, maps @ MIRROR])


def cuts(lines: int, residual_lines: int) -> Matrix:
    """Maps of copies that were cut at full size out of frames of a usual number of lines; arguments as above."""
    scales = [CANONICAL_SHORT_PX / whole * lines / residual_lines for whole in USUAL_LINES if whole > lines]
    return np.array(scales).reshape(-1, 1, 1) * np.eye(2)


@lru_cache(maxsize=1)
def turned() -> Matrix:
    """Maps of copies that were turned by up to six degrees, cut and scaled, float64 [n, 2, 2]."""
    angles = np.deg2rad(np.arange(ANGLES_DEG[0], ANGLES_DEG[1] + 1e-9, ANGLES_DEG[2]))
    scale, angle = (part.ravel() for part in np.meshgrid(_scales(), angles, indexing="ij"))
    across = np.stack([scale * np.cos(angle), -scale * np.sin(angle)], -1)
    down = np.stack([scale * np.sin(angle), scale * np.cos(angle)], -1)
    return np.stack([across, down], axis=1)


def candidates(plane: NDArray[np.float32], peaks: NDArray[np.int64]) -> Iterator[Candidate]:
    """Likely maps for a residual plane, best first, each refined just before it is handed out.

    Args:
        plane: float32 [h, w], mean residual.
        peaks: int64 [24, 2], (row, column) of the template.
    """
    sharp = _spectrum(plane)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 1.0)
    wanted = peaks[:, ::-1] / TILE
    pool = [_scan(blurred, wanted, family) for family in _families()]
    scores = np.concatenate([score for score, _ in pool])
    matrices = np.concatenate([matrix for _, matrix in pool])
    handed: list[Matrix] = []
    for index in np.argsort(-scores)[:400]:
        matrix = matrices[index]
        if any(alike(matrix, other, APART) for other in handed):
            continue
        handed.append(matrix)
        yield _climb(blurred, sharp, wanted, matrix)
        if len(handed) == CANDIDATES:
            return


def _scales() -> NDArray[np.float64]:
    return np.asarray(np.exp(np.arange(np.log(SCALES[0]), np.log(SCALES[1]), SCALE_STEP)))


def _spectrum(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [1024, 1024], zero frequency in the middle: local contrast of the magnitude, squared."""
    height, width = (min(length, GRID) for length in plane.shape)
    window = np.outer(np.sqrt(np.hanning(height)), np.sqrt(np.hanning(width))).astype(np.float32)
    half = np.abs(scipy.fft.rfft2(plane[:height, :width] * window, s=(GRID, GRID)))
    mirrored = half[(-np.arange(GRID)) % GRID][:, 1:-1][:, ::-1]
    full = np.fft.fftshift(np.concatenate([half, mirrored], axis=1)).astype(np.float32)
    full /= cv2.blur(full, (31, 31)) + 1e-9
    return np.asarray(np.minimum(full, 6.0) ** 2, np.float32)


@lru_cache(maxsize=1)
def _families() -> tuple[NDArray[np.float64], ...]:
    """Maps to scan that `phases` does not look at, float64 [n, 2, 2] each: mirrored and turned, or stretched."""
    aspects = np.exp(np.arange(np.log(ASPECTS[0]), np.log(ASPECTS[1]), ASPECT_STEP))
    scale, aspect = (part.ravel() for part in np.meshgrid(_scales(), aspects, indexing="ij"))
    zero = np.zeros_like(scale)
    stretched = np.stack(
        [np.stack([scale * np.sqrt(aspect), zero], -1), np.stack([zero, scale / np.sqrt(aspect)], -1)], axis=1
    )
    return turned() @ MIRROR, stretched


def _scan(spectrum: NDArray[np.float32], wanted: Matrix, family: Matrix) -> tuple[NDArray[np.float64], Matrix]:
    """The best maps of a family: float64 [n] deviations above the mean of its scores, and the maps."""
    score = _score(spectrum, wanted, family, sharp=False)
    score = (score - score.mean()) / (score.std() + 1e-12)
    best = np.argpartition(score, -100)[-100:]
    return score[best], family[best]


def _score(spectrum: NDArray[np.float32], wanted: Matrix, maps: Matrix, *, sharp: bool) -> NDArray[np.float64]:
    """float64 [n]: sum of the spectrum where each map would put the peaks; `sharp` interpolates between its bins."""
    if sharp:
        return np.asarray(_values(spectrum, wanted, maps, sharp=True).sum(1))
    total = np.zeros(len(maps), np.float64)
    for peak in wanted:  # one at a time: there are half a million maps
        total += _values(spectrum, peak[None], maps, sharp=False)[:, 0]
    return total


def _values(spectrum: NDArray[np.float32], wanted: Matrix, maps: Matrix, *, sharp: bool) -> NDArray[np.float64]:
    """float64 [maps, peaks]: the spectrum where each map would put each peak; 1, its mean, outside."""
    linear, (fx, fy) = maps.astype(np.float32), wanted.astype(np.float32).T
    # A pattern cos(2 pi k . (M x)) has the frequency M^T k in x.
    u = linear[:, 0, 0, None] * fx + linear[:, 1, 0, None] * fy
    v = linear[:, 0, 1, None] * fx + linear[:, 1, 1, None] * fy
    inside = (np.abs(u) < HIGHEST_FREQUENCY) & (np.abs(v) < HIGHEST_FREQUENCY)
    column, row = u * GRID + GRID / 2, v * GRID + GRID / 2
    if sharp:
        value = cv2.remap(spectrum, column, row, cv2.INTER_LINEAR)
    else:
        line, place = (np.rint(part).astype(np.int32) & (GRID - 1) for part in (row, column))
        value = spectrum.take(line * GRID + place)
    return np.where(inside, value, 1.0).astype(np.float64)


def _climb(blurred: NDArray[np.float32], sharp: NDArray[np.float32], wanted: Matrix, start: Matrix) -> Candidate:
    """Sharpen a map by trying small changes of scale, angle, stretch and shear."""
    moves = np.stack(np.meshgrid(*([(-1.0, 0.0, 1.0)] * 4), indexing="ij"), -1).reshape(-1, 4)
    best, value = start, -np.inf
    for step in CLIMB_STEPS:
        spectrum = blurred if step > 0.0015 else sharp
        value = -np.inf
        for _ in range(3):
            trial = (np.eye(2) + step * np.einsum("ni,ijk->njk", moves, MOVES)) @ best
            scores = _score(spectrum, wanted, trial, sharp=True)
            index = int(scores.argmax())
            if scores[index] <= value + 1e-6:
                break
            best, value = trial[index], float(scores[index])
    return Candidate(value, best)


def alike(one: Matrix, other: Matrix, apart: float) -> bool:
    """Whether two maps differ by less than a share of the larger part of the first."""
    return float(np.abs(one - other).max()) < apart * float(np.abs(one).max())
