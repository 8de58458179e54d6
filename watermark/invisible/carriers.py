"""The pattern in pixels: a square tile, periodic in both directions, made of keyed sinusoids.

Unit of length: the canonical pixel, 1/480 of the short side of the frame that was marked (one pixel in frames of fewer
lines). The tile is 256 canonical pixels wide, so a frame holds several, and every tile carries the whole word.

    template   24 sinusoids of known phase. They give scale, rotation, flip and stretch (positions of their peaks in
               the spectrum) and the offset of a crop (their phases).
    pilot      every tenth remaining carrier, of known sign. They help to find the place (`phases`) and to weigh what is
               seen, and their correlation is the test of presence: its bound is far beyond what a search picks.
    data       all others: each of the 800 symbols rides on several carriers, dealt out ring by ring so that
               each symbol owns coarse carriers (periods of 13 to 51 px, which survive compression and small copies)
               and fine ones (6 to 13 px, which survive small crops).

A carrier is one quadrature of one bin of the tile's discrete Fourier transform: carriers are orthogonal, so a
damaged band costs only its own share (multi-carrier spread spectrum; Cox et al., "Secure spread spectrum
watermarking for multimedia", IEEE TIP 1997; the template follows Pereira and Pun, IEEE TIP 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.code import SYMBOLS
from watermark.invisible.keys import Key

TILE = 256
CANONICAL_SHORT_PX = 480
RADIUS_MIN, RADIUS_MAX = 5.0, 42.0
COARSE_RADIUS = 20.0
EVEN_RADIUS, EVEN_TEMPLATE_POWER = 14.0, 0.35
"""What is written of the same pattern into even pictures. An encoder that meets a third of a grey level there keeps
half of it at periods of 20 px and more, and nothing of what is finer. The template is written whole and stronger: in
squares (`squares.Squares`) some of its fine peaks last, too, and turned copies need them."""
EVEN_TEMPLATE_RADIUS, EVEN_FINE_PEAKS = 21.0, 0.5
"""Up to here the template of even pictures is also looked for alone; older files have nothing beyond. Its finer peaks
are written at this part of the amplitude: blocks of 16 px keep little of them."""
TEMPLATE_PEAKS = 24
TEMPLATE_RADII = (11.0, 34.0)
TEMPLATE_POWER = 0.25
TEMPLATE_GAP = 5
PILOT_EVERY = 10
AMPLITUDE_SLOPE = -0.5
"""Amplitude of a carrier ~ radius ** slope: coarse carriers are stronger, because the eye is less sensitive and
codecs are more faithful there."""

Spectrum = NDArray[np.complex64]


@dataclass(frozen=True, eq=False)
class Carriers:
    """Everything that a key says about the tile.

    Attributes:
        peaks: int64 [24, 2], (row, column) frequency of the template, in cycles per tile.
        phases: float64 [24].
        bins: int64 [n, 2], (row, column) index of each data or pilot carrier in an rfft2 of the tile.
        quadrature: bool [n], carrier is the imaginary part.
        signs: float32 [n].
        radius: float32 [n], cycles per tile.
        symbol: int64 [n], index of the symbol it carries; -1 for pilots.
    """

    peaks: NDArray[np.int64]
    phases: NDArray[np.float64]
    bins: NDArray[np.int64]
    quadrature: NDArray[np.bool_]
    signs: NDArray[np.float32]
    radius: NDArray[np.float32]
    symbol: NDArray[np.int64]

    @property
    def is_pilot(self) -> NDArray[np.bool_]:
        """bool [n]."""
        return self.symbol < 0

    @property
    def frequencies(self) -> NDArray[np.int64]:
        """int64 [n, 2], (row, column) in cycles per tile."""
        return np.stack([_signed(self.bins[:, 0]), self.bins[:, 1]], axis=1)

    def tile(self, symbols: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [256, 256], zero mean and unit power: the pattern of `symbols` (float32 [800], +1 or -1)."""
        return self._tile(symbols, np.inf, self.template(), TEMPLATE_POWER)

    def even_tile(self, symbols: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same for even pictures: the coarsest carriers alone, and more of the template, above all coarse peaks."""
        template = self.template()
        rows, columns = self.peaks[np.hypot(*self.peaks.T) > EVEN_TEMPLATE_RADIUS].T
        template[rows % TILE, columns] *= EVEN_FINE_PEAKS
        return self._tile(symbols, EVEN_RADIUS, template, EVEN_TEMPLATE_POWER)

    def _tile(
        self, symbols: NDArray[np.float32], reach: float, template: NDArray[np.complex128], share: float
    ) -> NDArray[np.float32]:
        values = self.signs * np.where(self.is_pilot, 1.0, symbols[self.symbol])
        values = values * self.radius**AMPLITUDE_SLOPE * (self.radius <= reach)
        spectrum = np.zeros((TILE, TILE // 2 + 1), np.complex128)
        np.add.at(spectrum, (self.bins[:, 0], self.bins[:, 1]), values * np.where(self.quadrature, 1j, 1.0))
        data, known = _unit(scipy.fft.irfft2(spectrum)), _unit(scipy.fft.irfft2(template))
        return np.asarray(np.sqrt(1 - share) * data + np.sqrt(share) * known, np.float32)

    def template(self) -> NDArray[np.complex128]:
        """complex128 [256, 129]: rfft2 of the template, unit amplitude."""
        spectrum = np.zeros((TILE, TILE // 2 + 1), np.complex128)
        spectrum[self.peaks[:, 0] % TILE, self.peaks[:, 1]] = np.exp(1j * self.phases)
        return spectrum


@lru_cache(maxsize=8)
def carriers_of(key: Key) -> Carriers:
    """The carriers of `key`."""
    peaks = _peaks(key)
    bins = _free_bins(peaks)
    radius = np.hypot(_signed(bins[:, 0]), bins[:, 1])
    order = np.argsort(radius, kind="stable")
    bins, radius = np.repeat(bins[order], 2, axis=0), np.repeat(radius[order], 2)
    count = len(bins)
    symbol = np.full(count, -1, np.int64)
    data = np.flatnonzero(np.arange(count) % PILOT_EVERY != PILOT_EVERY // 2)
    for ring, start in enumerate(range(0, len(data), SYMBOLS)):
        part = data[start : start + SYMBOLS]
        symbol[part] = key.permutation(f"pixels/deal/{ring}", SYMBOLS)[: len(part)]
    return Carriers(
        peaks=peaks,
        phases=key.phases("pixels/phases", TEMPLATE_PEAKS),
        bins=bins,
        quadrature=np.arange(count) % 2 == 1,
        signs=key.signs("pixels/signs", count),
        radius=radius.astype(np.float32),
        symbol=symbol,
    )


def _peaks(key: Key) -> NDArray[np.int64]:
    """Template frequencies: keyed, apart from each other and off the axes, where pictures have strong edges."""
    low, high = TEMPLATE_RADII
    chosen: list[tuple[int, int]] = []
    draws = key.stream("pixels/template", 4096) / 2.0**32
    for angle, radius in zip(draws[0::2] * np.pi - np.pi / 2, low + draws[1::2] * (high - low), strict=True):
        row, column = round(radius * np.sin(angle)), round(radius * np.cos(angle))
        apart = all(abs(row - r) + abs(column - c) > TEMPLATE_GAP for r, c in chosen)
        if min(abs(row), column) >= 2 and apart:
            chosen.append((row, column))
        if len(chosen) == TEMPLATE_PEAKS:
            break
    return np.array(chosen, np.int64)


def _free_bins(peaks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bins of the band, off the axes, without those of the template."""
    rows, columns = np.meshgrid(np.arange(TILE), np.arange(TILE // 2 + 1), indexing="ij")
    radius = np.hypot(_signed(rows), columns)
    free = (radius >= RADIUS_MIN) & (radius <= RADIUS_MAX) & (columns >= 2) & (np.abs(_signed(rows)) >= 2)
    free[peaks[:, 0] % TILE, peaks[:, 1]] = False
    return np.argwhere(free)


def _signed(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(rows < TILE // 2, rows, rows - TILE)


def _unit(field: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(field / field.std())
