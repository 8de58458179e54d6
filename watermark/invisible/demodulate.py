"""From a folded tile to carriers: find the offset by the template, whiten, correlate carrier by carrier."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.carriers import TEMPLATE_PEAKS, TILE, Carriers, Spectrum

SMOOTHING_BINS = 3.0


@dataclass(frozen=True, eq=False)
class Locked:
    """A tile whose offset is known.

    Attributes:
        score: template correlation, standard deviations above nothing before the maximum over offsets is taken.
        offset: (rows, columns) in canonical pixels, fractional.
        values: float32 [carriers], signed and whitened: mean > 0 where a +1 is carried, variance 1/2 without a mark.
        strength: float32 [carriers], expected amplitude relative to the noise, up to one factor.
    """

    score: float
    offset: tuple[float, float]
    values: NDArray[np.float32]
    strength: NDArray[np.float32]


def fold(residual: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [256, 256]: mean over all tiles of a canonical residual, scaled by how often each pixel was seen."""
    height, width = residual.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    padded = np.zeros((rows * TILE, columns * TILE), np.float32)
    padded[:height, :width] = residual
    total = padded.reshape(rows, TILE, columns, TILE).sum((0, 2))
    seen = np.outer(_coverage(height), _coverage(width))
    return np.asarray(total / np.sqrt(np.maximum(seen, 1.0) * max(seen.max(), 1.0)), np.float32)


def _coverage(length: int) -> NDArray[np.float32]:
    return np.bincount(np.arange(length) % TILE, minlength=TILE).astype(np.float32)


def lock(
    tile: NDArray[np.float32],
    carriers: Carriers,
    near_px: int | None = None,
    refine: bool = True,
) -> Locked:
    """Find the offset of the pattern in `tile`.

    Args:
        tile: float32 [256, 256], as `fold` makes it.
        carriers: pattern to look for.
        near_px: look only at offsets within this many canonical pixels; None looks everywhere.
        refine: search the fraction of a pixel as well.
    """
    spectrum: Spectrum = scipy.fft.rfft2(tile)
    deviation = np.sqrt(_noise(spectrum, carriers))
    at = (carriers.peaks[:, 0] % TILE, carriers.peaks[:, 1])
    matched = spectrum[at] / deviation[at] * np.exp(-1j * carriers.phases)
    plane = np.zeros((TILE, TILE // 2 + 1), np.complex64)
    plane[at] = matched
    surface = scipy.fft.irfft2(plane, s=(TILE, TILE)) * (TILE * TILE / 2)
    if near_px is not None:
        surface = np.where(_near(near_px), surface, -np.inf)
    row, column = divmod(int(surface.argmax()), TILE)
    offset, score = (float(row), float(column)), float(surface[row, column])
    if refine:
        offset, score = _refine(matched, carriers.peaks, offset)
    values, strength = _carrier_values(spectrum, deviation, carriers, offset)
    return Locked(float(score / np.sqrt(TEMPLATE_PEAKS / 2)), offset, values, strength)


def locked_at(tile: NDArray[np.float32], carriers: Carriers, offset: tuple[float, float]) -> Locked:
    """`lock` where the offset is known."""
    spectrum: Spectrum = scipy.fft.rfft2(tile)
    values, strength = _carrier_values(spectrum, np.sqrt(_noise(spectrum, carriers)), carriers, offset)
    return Locked(template_score(tile, carriers, offset), offset, values, strength)


def template_score(tile: NDArray[np.float32], carriers: Carriers, offset: tuple[float, float]) -> float:
    """Template correlation at one offset (rows, columns), in standard deviations: N(0, 1) without a mark."""
    spectrum: Spectrum = scipy.fft.rfft2(tile)
    row, column = carriers.peaks.T
    at = (row % TILE, column)
    turn = np.exp(2j * np.pi / TILE * (row * offset[0] + column * offset[1]) - 1j * carriers.phases)
    seen = (spectrum[at] * turn).real / np.sqrt(_noise(spectrum, carriers)[at])
    return float(seen.sum() / np.sqrt(TEMPLATE_PEAKS / 2))


def pilot_score(locked: Locked, carriers: Carriers, reach: float = np.inf) -> float:
    """Correlation of the pilots up to a radius, in standard deviations: N(0, 1) without a mark at any one geometry."""
    pilots = carriers.is_pilot & (carriers.radius <= reach)
    values, weight = locked.values[pilots], locked.strength[pilots]
    return float((values * weight).sum() / np.sqrt((weight**2).sum() / 2 + 1e-12))


def codeword_score(locked: Locked, carriers: Carriers, symbols: NDArray[np.float32]) -> float:
    """Correlation of pilots and data with a known word, in standard deviations."""
    signs = np.where(carriers.is_pilot, 1.0, symbols[carriers.symbol])
    return float((locked.values * locked.strength * signs).sum() / np.sqrt((locked.strength**2).sum() / 2 + 1e-12))


def whitened(spectrum: Spectrum, carriers: Carriers) -> Spectrum:
    """The spectrum of a tile over its local deviation."""
    return np.asarray(spectrum / np.sqrt(_noise(spectrum, carriers)), np.complex64)


def _noise(spectrum: Spectrum, carriers: Carriers) -> NDArray[np.float32]:
    """float32 [256, 129]: local mean of the power, what is left of the picture plus the mark's own share."""
    power = (np.abs(spectrum) ** 2).astype(np.float32)
    # The plane of an rfft2 is periodic in its rows: wrap them before smoothing.
    margin = 12
    wrapped = np.concatenate([power[-margin:], power, power[:margin]])
    smooth = cv2.GaussianBlur(wrapped, (0, 0), SMOOTHING_BINS, borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth[margin:-margin] + 1e-9, np.float32)


def _near(distance_px: int) -> NDArray[np.bool_]:
    line = np.minimum(np.arange(TILE), TILE - np.arange(TILE)) <= distance_px
    return np.outer(line, line)


def _refine(
    matched: NDArray[np.complex64], peaks: NDArray[np.int64], start: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    """Best offset within half a pixel of `start`, in steps of a quarter."""
    steps = np.arange(-2, 3) / 4
    rows, columns = np.meshgrid(start[0] + steps, start[1] + steps, indexing="ij")
    turn = np.exp(2j * np.pi / TILE * (rows[..., None] * peaks[:, 0] + columns[..., None] * peaks[:, 1]))
    score = (turn * matched).real.sum(-1)
    best = int(score.argmax())
    return (float(rows.flat[best]), float(columns.flat[best])), float(score.flat[best])


def _carrier_values(
    spectrum: Spectrum, deviation: NDArray[np.float32], carriers: Carriers, offset: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    at = (carriers.bins[:, 0], carriers.bins[:, 1])
    row = np.where(at[0] < TILE // 2, at[0], at[0] - TILE)
    turned = spectrum[at] * np.exp(2j * np.pi / TILE * (row * offset[0] + at[1] * offset[1]))
    value = np.where(carriers.quadrature, turned.imag, turned.real) * carriers.signs / deviation[at]
    expected = carriers.radius**-0.5 / deviation[at]
    return value.astype(np.float32), (expected / expected.max()).astype(np.float32)
