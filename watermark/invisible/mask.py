"""How strong the mark may be, place by place: brightness, texture and motion, at one eighth of the size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CELL_PX = 8
FLAT_RMS = 0.33
"""Grey levels of the mark where nothing hides it. Flat areas, not the mean error, decide whether a mark is seen."""
LUMINANCE_GAIN = 0.25
TEXTURE_GAIN = 0.8
WIDE_TEXTURE_GAIN = 0.2
"""Weight of variation between cells: structure as coarse as the coarse carriers hides them."""
STRONGEST_RMS = 5.0
EVEN_MARGIN, RAISED_FROM = 1.15, 1.35
"""Times the amplitude where nothing hides the mark: up to here a cell is even, and texture may be raised from here; a
smooth ramp lies between."""
FIRM_TIMES, LOOSE_TIMES, LOOSE_MOST = 4.0, 3.0, 1.0
"""Texture counts up to so many times that of the smoothest cell within two, or of the smoothest within one, but then
for a grey level at most: beside an outline the ground is bare, and in real texture no cell is much smoother than
those around it."""
_FINENESS = 8
_SMALL, _AROUND = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)

Cells = NDArray[np.float32]


def half_size(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Every 2 x 2 px averaged: uint8 [h // 2, w // 2], at least one pixel."""
    height, width = luma.shape
    return np.asarray(
        cv2.resize(luma, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA), np.uint8
    )


def brightness(luma: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Cells]:
    """Half-size uint8 plane, and float32 cells of the mean brightness (8 x 8 px each)."""
    height, width = luma.shape
    half = half_size(luma)
    cells = cv2.resize(half, (-(-width // CELL_PX), -(-height // CELL_PX)), interpolation=cv2.INTER_AREA)
    return half, np.asarray(cells, np.float32)


def flat_rms(short_side_px: int) -> float:
    """Grey levels of the mark in flat areas of a frame of this size: `FLAT_RMS` from 720 lines on.

    Smaller frames hold fewer pixels to average over and their encoders round more away: they get up to twice that.
    """
    return FLAT_RMS * min(max(float((720 / short_side_px) ** 0.75), 1.0), 2.0)


def visibility(half: NDArray[np.uint8], cells: Cells, flat: float = FLAT_RMS) -> tuple[Cells, Cells]:
    """Allowed amplitude of the mark, float32 grey levels per cell, and what of it may be raised.

    Texture hides it, as far as it lies all around, and so do very dark and very bright areas. Beside an outline texture
    hides a little, which may not be raised.

    Args:
        half: the luma at half the size.
        cells: its mean brightness (`brightness`).
        flat: amplitude where nothing hides the mark.
    """
    high = cv2.absdiff(half, cv2.blur(half, (5, 5)))
    size = (cells.shape[1], cells.shape[0])
    texture = cv2.resize(high, size, interpolation=cv2.INTER_AREA)
    texture = _inner(cv2.blur(texture, (3, 3))).astype(np.float32)
    finer = cv2.resize(cv2.convertScaleAbs(high, alpha=_FINENESS), size, interpolation=cv2.INTER_AREA)
    firm = cv2.min(texture, _smoothest(finer, _AROUND, FIRM_TIMES))
    loose = cv2.max(firm, cv2.min(texture, cv2.min(_smoothest(finer, _SMALL, LOOSE_TIMES), LOOSE_MOST)))
    mean = cv2.blur(cells, (5, 5))
    spread = _inner(cv2.sqrt(cv2.max(cv2.blur(cells * cells, (5, 5)) - mean * mean, 0.0)))
    # A smooth ramp varies between cells, too, but hides nothing: fine texture has to be there as well.
    ground = _floor(cells, flat) + TEXTURE_GAIN * WIDE_TEXTURE_GAIN * cv2.min(spread, 4.0 * firm + 0.5)
    allowed, raisable = (np.minimum(ground + TEXTURE_GAIN * part, STRONGEST_RMS) for part in (loose, firm))
    return np.asarray(allowed, np.float32), np.asarray(raisable, np.float32)


def _smoothest(finer: NDArray[np.uint8], around: NDArray[np.uint8], times: float) -> Cells:
    """So many times the least of `finer` around each cell, grey levels."""
    least = cv2.blur(cv2.erode(finer, around), (3, 3))
    return np.asarray(least * np.float32(times / _FINENESS), np.float32)


def evenness(allowed: Cells, cells: Cells, flat: float, margin: float = EVEN_MARGIN) -> float:
    """Share of the cells in which nothing hides a mark, [0, 1]; `allowed` is what `visibility` said of `cells`."""
    return float(np.mean(allowed < margin * _floor(cells, flat)))


def changed(cells: Cells, before: Cells) -> float:
    """Share of the cells whose brightness differs by at least a grey level, [0, 1]."""
    return float(np.mean(cv2.absdiff(cells, before) >= 1.0))


def _floor(cells: Cells, flat: float) -> Cells:
    return np.asarray(flat * (1.0 + np.abs(cells - 110.0) * (LUMINANCE_GAIN / 110.0)), np.float32)


def _inner(cells: NDArray[np.generic]) -> Cells:
    return np.asarray(cv2.blur(cv2.erode(cells, _SMALL), (3, 3)))


def raised(strength: Cells, cells: Cells, flat: float, most: float, rms: float, raisable: Cells) -> Cells:
    """`strength`, with what texture adds to it up to `most` times as strong as far as the root mean square allows.

    Args:
        strength: what `visibility` said of `cells` at `flat`, or less.
        cells: brightness.
        flat: amplitude where nothing hides the mark; it stays as it is.
        most: 1 and more.
        rms: where this is reached, nothing is added.
        raisable: what `visibility` said may be raised.
    """
    even = strength - np.maximum(cv2.min(raisable, strength) - RAISED_FROM * _floor(cells, flat), 0.0)
    low, high = 1.0, 2.0 * most - 1.0
    for _ in range(6):
        middle = (low + high) / 2
        if float(np.mean(_more(strength, even, middle) ** 2)) > rms * rms:
            high = middle
        else:
            low = middle
    return _more(strength, even, min(low, most)) if low > 1.0 else strength


def _more(strength: Cells, even: Cells, times: float) -> Cells:
    return np.asarray(np.minimum(even + np.float32(times) * (strength - even), STRONGEST_RMS), np.float32)


def limited(strength: Cells, rms: float) -> Cells:
    """`strength`, its highest values cut so that the root mean square is at most `rms`.

    Cutting the peaks costs less detection than scaling everything: where the picture is busiest, the mark is
    no better to read for being stronger.
    """
    most = rms * float(np.sqrt(strength.size))
    if cv2.norm(strength) <= most:
        return strength
    low, high = 0.0, float(strength.max())
    for _ in range(8):
        middle = (low + high) / 2
        if cv2.norm(cv2.min(strength, middle)) > most:
            high = middle
        else:
            low = middle
    return np.minimum(strength, np.float32(low))
