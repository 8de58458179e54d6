"""Acoustic fingerprints: pairs of spectral peaks, after Wang, "An Industrial-Strength Audio Search Algorithm" (2003).

Peaks survive recompression, noise and a voice on top; two peaks and the time between them are rare enough that a few
dozen pairs at one shift name a recording. The music cannot be played again from them. Not covered: other speeds and
pitches, other recordings of the same work.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

RATE_HZ: Final = 8_000
HOP: Final = 256  # 32 ms
HOP_S: Final = HOP / RATE_HZ
_WINDOW: Final = 1024
_LOWEST_BIN, _HIGHEST_BIN = 20, 480  # 156 Hz to 3.75 kHz
_REACH = (12, 10)  # bins and hops in which a peak is the highest
_PEAKS_PER_S: Final = 30
_FLOOR_DB: Final = -60.0  # below the loudest
_ZONE: Final = (2, 64)  # hops after the first peak in which the second one is looked for
PARTNERS, ASKED_PARTNERS = 6, 16  # noise puts peaks between two of the music, so that more are asked about than kept
_BIN_BITS, _TIME_BITS = 9, 7


class Landmarks(NamedTuple):
    """Pairs of peaks: their codes uint32 [n] and the hop of the first peak int32 [n], in order of time."""

    codes: NDArray[np.uint32]
    hops: NDArray[np.int32]


def landmarks(samples: NDArray[np.float32], partners: int = PARTNERS) -> Landmarks:
    """Of mono samples float32 [n] at 8 kHz; none of silence and of less than an eighth of a second."""
    if samples.size < _WINDOW or float(np.abs(samples).max()) < 1e-4:
        return Landmarks(np.zeros(0, np.uint32), np.zeros(0, np.int32))
    bins, hops = _peaks(_levels(samples))
    return _paired(bins, hops, partners)


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spectral levels in decibels below the loudest: float32 [bins, hops]."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::HOP]
    spectrum = np.abs(np.fft.rfft(frames * signal.windows.hann(_WINDOW).astype(np.float32), axis=1)).T
    levels = 20 * np.log10(spectrum + 1e-9)
    return np.asarray(levels - levels.max(), np.float32)


def _peaks(levels: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bins and hops of points that are the highest around them, the strongest of each second, in order of time."""
    highest = levels == ndimage.maximum_filter(levels, size=(2 * _REACH[0] + 1, 2 * _REACH[1] + 1), mode="nearest")
    highest[:_LOWEST_BIN] = highest[_HIGHEST_BIN:] = False
    bins, hops = np.nonzero(highest & (levels > _FLOOR_DB))
    order = np.lexsort((-levels[bins, hops], (hops * HOP_S).astype(int)))
    seconds = (hops[order] * HOP_S).astype(int)
    rank = np.arange(len(order)) - np.searchsorted(seconds, seconds)
    kept = order[rank < _PEAKS_PER_S]
    kept = kept[np.lexsort((bins[kept], hops[kept]))]
    return bins[kept], hops[kept]


def _paired(bins: NDArray[np.int64], hops: NDArray[np.int64], partners: int) -> Landmarks:
    """Each peak with the next `partners` after it."""
    codes, times = [], []
    for start in range(len(bins)):
        first, last = np.searchsorted(hops, hops[start] + _ZONE[0]), np.searchsorted(hops, hops[start] + _ZONE[1])
        others = np.arange(first, last)[:partners]
        codes.append(bins[start] << (_BIN_BITS + _TIME_BITS) | bins[others] << _TIME_BITS | hops[others] - hops[start])
        times.append(np.full(len(others), hops[start]))
    if not codes:
        return Landmarks(np.zeros(0, np.uint32), np.zeros(0, np.int32))
    return Landmarks(np.concatenate(codes).astype(np.uint32), np.concatenate(times).astype(np.int32))
