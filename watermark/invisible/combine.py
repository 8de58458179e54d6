"""Several views of the same copy, combined so that the mark adds up best.

A view is one tile: the first frame, the mean of all frames, the same with another filter. Each shows the carriers with
another strength, and what disturbs them is partly the same. How strong each view shows them is estimated, ring by ring,
from the template and the pilots, whose signs are known; how the disturbances hang together is measured on all
carriers. Both give the best linear combination (maximum-ratio combining of correlated branches: Brennan, Proc. IRE 47,
1959; Capon, Proc. IEEE 57, 1969). The data symbols have no part in the estimate, so a word that is not there gains
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.carriers import AMPLITUDE_SLOPE, EVEN_RADIUS, TEMPLATE_POWER, TILE, Carriers
from watermark.invisible.code import SYMBOLS
from watermark.invisible.demodulate import whitened

RING_ENDS = (EVEN_RADIUS, 20.0, 27.0, 34.0)
RINGS = len(RING_ENDS) + 1
LEAST_GAIN = 0.02
"""Of the strongest ring of a view: no part of it is left out or turned round because of an unlucky estimate."""
LOADING = 0.1
OFFSETS_PX = np.arange(-5, 6) / 4

Values = NDArray[np.float32]
Offset = tuple[float, float]


@dataclass(frozen=True, eq=False)
class View:
    """One tile, whitened: complex64 at the bins of the carriers and at the peaks of the template.

    Both are turned such that real parts are positive where the pattern lies at the origin (carriers: known sign taken
    out, their own quadrature).
    """

    carriers: NDArray[np.complex64]
    peaks: NDArray[np.complex64]


def view(tile: NDArray[np.float32], carriers: Carriers) -> View:
    """A view of `tile`, float32 [256, 256] as `fold` makes it."""
    spectrum = whitened(scipy.fft.rfft2(tile), carriers)
    own = np.where(carriers.quadrature, -1j, 1.0) * carriers.signs
    peaks = spectrum[carriers.peaks[:, 0] % TILE, carriers.peaks[:, 1]] * np.exp(-1j * carriers.phases)
    return View(
        (spectrum[carriers.bins[:, 0], carriers.bins[:, 1]] * own).astype(np.complex64), peaks.astype(np.complex64)
    )


def settled(views: Sequence[View], carriers: Carriers, start: Offset) -> Offset:
    """The offset near `start` at which template and pilots of all views together show most."""
    pilots = carriers.is_pilot
    places = np.concatenate([carriers.peaks, carriers.frequencies[pilots]])
    expected = np.concatenate([_template_strength(carriers), carriers.radius[pilots] ** AMPLITUDE_SLOPE])
    seen = np.stack([np.concatenate([each.peaks, each.carriers[pilots]]) for each in views]) * expected
    weights = np.maximum((seen * _turn(places, start)).real.sum(1), 0.1)
    total = weights @ seen
    grid = [(start[0] + row, start[1] + column) for row in OFFSETS_PX for column in OFFSETS_PX]
    return max(grid, key=lambda offset: float((total * _turn(places, offset)).real.sum()))


def combined(
    views: Sequence[View], carriers: Carriers, offset: Offset, alike: bool = False, reach: float = np.inf
) -> tuple[Values, float]:
    """The soft symbols of all views together, float32 [800] of unit power, and how much of template and pilots shows.

    Args:
        views: at least one, all of the same geometry.
        carriers: their pattern.
        offset: where it lies, (rows, columns).
        alike: take all views to show the mark alike instead of estimating it.
        reach: use the carriers up to this radius alone, which is what even pictures carry.
    """
    frequencies = carriers.frequencies
    values = np.stack([(each.carriers * _turn(frequencies, offset)).real for each in views])
    peaks = np.stack([(each.peaks * _turn(carriers.peaks, offset)).real for each in views])
    shape = carriers.radius**AMPLITUDE_SLOPE
    ring, gains = _ring(carriers.radius), _gains(values, peaks, carriers)
    strength, peak_ring = _template_strength(carriers), _ring(np.hypot(*carriers.peaks.T))
    likely, shown, noise = np.zeros(len(shape)), np.zeros(len(strength)), np.zeros(len(strength))
    for index in range(RINGS):
        here, there = ring == index, peak_ring == index
        # Second moments, not covariances: a mean would depend on the signs that are to be read.
        spread = values[:, here] @ values[:, here].T / max(here.sum(), 1) + LOADING * np.eye(len(views))
        weights = np.linalg.solve(spread, np.ones(len(views)) if alike else gains[:, index])
        likely[here] = weights @ values[:, here] * shape[here]
        shown[there] = weights @ peaks[:, there] * strength[there]
        noise[there] = weights @ spread @ weights * strength[there] ** 2
    likely[carriers.radius > reach] = 0.0
    data = ~carriers.is_pilot
    soft = np.bincount(carriers.symbol[data], weights=likely[data], minlength=SYMBOLS)
    known = likely[~data]
    score = known.sum() / (np.sqrt((known**2).sum()) + 1e-12) + shown.sum() / (np.sqrt(noise.sum()) + 1e-12)
    return np.asarray(soft / (soft.std() + 1e-12), np.float32), float(score)


def _gains(values: NDArray[np.float64], peaks: NDArray[np.float64], carriers: Carriers) -> NDArray[np.float64]:
    """float64 [views, rings]: amplitude of the mark over that of the noise, from what is known of it."""
    pilots = carriers.is_pilot
    shape = np.concatenate([carriers.radius[pilots] ** AMPLITUDE_SLOPE, _template_strength(carriers)])
    radius = np.concatenate([carriers.radius[pilots], np.hypot(*carriers.peaks.T)])
    ring = _ring(radius)
    known = np.concatenate([values[:, pilots], peaks], axis=1) * shape
    rings = np.arange(RINGS)
    near = np.exp(-np.abs(rings[:, None] - rings))  # neighbours are alike, and each alone knows little
    shown = np.stack([np.bincount(ring, each, RINGS) for each in known])
    gains = (shown @ near) / (np.bincount(ring, shape**2, RINGS) @ near)
    return np.asarray(np.maximum(gains, LEAST_GAIN * np.maximum(gains.max(1, keepdims=True), 1e-6)))


def _ring(radius: NDArray[np.floating]) -> NDArray[np.intp]:
    return np.asarray(np.digitize(radius, RING_ENDS, right=True))


def _template_strength(carriers: Carriers) -> NDArray[np.float64]:
    """float64 [24]: amplitude of a peak, in units of a carrier at radius 1."""
    power = float((carriers.radius ** (2 * AMPLITUDE_SLOPE)).sum())
    share = TEMPLATE_POWER / (1 - TEMPLATE_POWER)
    return np.full(len(carriers.peaks), np.sqrt(share * power / len(carriers.peaks)))


def _turn(frequencies: NDArray[np.int64], offset: Offset) -> NDArray[np.complex128]:
    return np.asarray(np.exp(2j * np.pi / TILE * (frequencies @ np.asarray(offset))))
