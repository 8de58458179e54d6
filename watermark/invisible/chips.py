"""The pattern in sound: signs over a grid of 112 MDCT frames x 325 bands (2.39 s, 0.4 to 8 kHz), repeated.

sync    one chip in six, of known sign: its waveform finds the sample on which the pattern starts
pilot   one in twenty-four, of known sign, not used to find anything: an unbiased test of presence
data    the others, dealt out to the 800 symbols in a keyed order
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from watermark.invisible.code import SYMBOLS
from watermark.invisible.keys import Key
from watermark.invisible.mdct import BANDS, imdct

RATE_HZ = 48_000
FRAMES = 112
BAND_FIRST, BAND_LAST = 17, 342
WIDTH = BAND_LAST - BAND_FIRST
PERIOD = FRAMES * BANDS
SYNC_SHARE, PILOT_SHARE = 6, 24
CARRIED_SHARE = 0.45
"""Highest frequency that a sound carries whole, as a share of its rate: converters roll off before the half."""

SYNC, PILOT = -1, -2


@dataclass(frozen=True, eq=False)
class Chips:
    """What a key says about the grid.

    Attributes:
        signs: float32 [112, 325].
        role: int64 [112, 325]: index of the symbol carried, or SYNC, or PILOT.
    """

    signs: NDArray[np.float32]
    role: NDArray[np.int64]

    def pattern(self, symbols: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [112, 325] of +1 and -1 for `symbols` (float32 [800])."""
        return np.where(self.role < 0, 1.0, symbols[np.maximum(self.role, 0)]).astype(np.float32) * self.signs

    @cached_property
    def sync_waveform(self) -> NDArray[np.float32]:
        """float32 [PERIOD]: one period of the sync chips, cyclic, starting on the grid."""
        grid = np.zeros((2 * FRAMES + 1, BANDS), np.float32)
        wanted = np.where(self.role == SYNC, self.signs, 0.0)
        grid[:, BAND_FIRST:BAND_LAST] = wanted[np.arange(2 * FRAMES + 1) % FRAMES]
        return np.roll(imdct(grid)[PERIOD // 2 : PERIOD // 2 + PERIOD], PERIOD // 2)

    @cached_property
    def sync_spectrum(self) -> NDArray[np.complex64]:
        """complex64: conjugate rfft of `sync_waveform`."""
        return np.asarray(np.conj(scipy.fft.rfft(self.sync_waveform)), np.complex64)


def carried_bands(rate_hz: float) -> int:
    """How many of the 325 bands, from the lowest, a sound of this rate carries; all of them from 17.8 kHz on."""
    return min(max(int(CARRIED_SHARE * rate_hz * 2 * BANDS / RATE_HZ) - BAND_FIRST, 1), WIDTH)


@lru_cache(maxsize=8)
def chips_of(key: Key) -> Chips:
    """The grid of `key`."""
    count = FRAMES * WIDTH
    order = key.permutation("sound/deal", count)
    sync, pilot = count // SYNC_SHARE, count // PILOT_SHARE
    role = np.empty(count, np.int64)
    role[order[:sync]] = SYNC
    role[order[sync : sync + pilot]] = PILOT
    data = order[sync + pilot :]
    role[data] = np.arange(len(data)) % SYMBOLS
    signs = key.signs("sound/signs", count)
    return Chips(signs.reshape(FRAMES, WIDTH), role.reshape(FRAMES, WIDTH))
