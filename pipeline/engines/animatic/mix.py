"""From buses to the finished track: ducking, loudness (ITU-R BS.1770-4) and true peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

from pipeline.engines.animatic.synth import RATE_HZ, Wave

LOUDNESS_LUFS = -16.0
PEAK_DBFS = -1.3  # aimed at; what leaves stays below -1


def duck(bus: Wave, voice: Wave, depth_db: float = 10.0) -> Wave:
    """The bus made quieter while the voice [2, n] speaks."""
    level = maximum_filter1d(np.abs(voice).max(axis=0), round(0.30 * RATE_HZ))
    active = uniform_filter1d((level > 0.01).astype(np.float32), round(0.22 * RATE_HZ))
    return np.asarray(bus * (1 - active * (1 - 10 ** (-depth_db / 20))), np.float32)


def loudness(bus: Wave) -> float:
    """Integrated loudness in LUFS; -inf for silence. Clips shorter than one block are repeated."""
    import pyloudnorm

    least = round(0.5 * RATE_HZ)
    samples = bus if bus.shape[1] >= least else np.tile(bus, (1, least // max(1, bus.shape[1]) + 1))
    return float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(samples.T.astype(np.float64)))


def true_peak(bus: Wave) -> float:
    """The greatest absolute value between samples too (four-fold oversampling)."""
    return float(max(np.abs(resample_poly(channel, 4, 1)).max(initial=0.0) for channel in bus))


def master(bus: Wave) -> Wave:
    """The bus at -16 LUFS with true peaks below -1 dBFS; silence stays silence."""
    if float(np.abs(bus).max(initial=0.0)) < 1e-5:
        return bus
    for _ in range(4):
        level = loudness(bus)
        if not np.isfinite(level):
            return bus
        bus = np.asarray(bus * np.float32(10 ** ((LOUDNESS_LUFS - level) / 20)), np.float32)
        bus = limit(bus, 10 ** (PEAK_DBFS / 20))
        if abs(loudness(bus) - LOUDNESS_LUFS) < 0.2:
            break
    ceiling = 10 ** (-1.1 / 20)
    peak = true_peak(bus)
    return np.asarray(bus * np.float32(ceiling / peak), np.float32) if peak > ceiling else bus


def limit(bus: Wave, ceiling: float) -> Wave:
    """A look-ahead limiter: gain falls 3 ms before a peak and recovers within 60 ms."""
    peaks: NDArray[np.float32] = np.maximum.reduce(
        [np.abs(resample_poly(channel, 4, 1))[: 4 * bus.shape[1]].reshape(-1, 4).max(axis=1) for channel in bus]
    )
    gain = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    if gain.min() >= 1:
        return bus
    ahead = round(0.003 * RATE_HZ)
    held = minimum_filter1d(gain, 2 * ahead + 1)
    slow = minimum_filter1d(uniform_filter1d(minimum_filter1d(gain, round(0.06 * RATE_HZ)), round(0.06 * RATE_HZ)), 3)
    smooth = uniform_filter1d(np.minimum(held, slow), ahead)
    return np.asarray(bus * np.minimum(smooth, held), np.float32)
