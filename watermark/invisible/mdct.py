"""Modified discrete cosine transform with a sine window: orthonormal, 1024 bands, perfect reconstruction
(Princen, Johnson, Bradley, IEEE ICASSP 1987)."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

BANDS = 1024
_HALF = BANDS // 2
_WINDOW = np.sin(np.pi * (np.arange(2 * BANDS) + 0.5) / (2 * BANDS)).astype(np.float32)


def mdct(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [frames, 1024] of float32 [n]; frame i covers samples 1024 i to 1024 (i + 2)."""
    frames = len(samples) // BANDS - 1
    windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * BANDS)[::BANDS][:frames] * _WINDOW
    a, b, c, d = (windows[:, i * _HALF : (i + 1) * _HALF] for i in range(4))
    folded = np.concatenate([-c[:, ::-1] - d, a - b[:, ::-1]], axis=1)
    return np.asarray(scipy.fft.dct(folded, type=4, norm="ortho", axis=1), np.float32)


def imdct(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [(frames + 1) * 1024]: the samples again, except for the first and last 1024."""
    folded = np.asarray(scipy.fft.idct(bands, type=4, norm="ortho", axis=1), np.float32)
    left, right = folded[:, :_HALF], folded[:, _HALF:]
    windows = np.concatenate([right, -right[:, ::-1], -left[:, ::-1], -left], axis=1) * _WINDOW
    samples = np.zeros((len(bands) + 1) * BANDS, np.float32)
    samples[:-BANDS] += windows[:, :BANDS].reshape(-1)
    samples[BANDS:] += windows[:, BANDS:].reshape(-1)
    return samples
