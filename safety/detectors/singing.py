"""Singing, told from instruments by what only a voice does: formants that move over a gliding harmonic pitch.

A frame counts as sung when it has one dominant harmonic series between 90 and 900 Hz, its pitch glides or
vibrates (3-8 Hz, a third of a semitone or more) instead of standing in steps, and its spectral envelope changes
while the pitch holds (a new vowel); plucked, struck and bowed notes fail one of the three.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOP_S = 0.02
_WINDOW_S = 0.064
_LOW_HZ, _HIGH_HZ = 90.0, 900.0
_BLOCK_S = 0.5


def sung_s(samples: NDArray[np.float32], rate_hz: int) -> list[tuple[float, float]]:
    """Start and end, in seconds, of the stretches that sound sung. Samples: float32 [n], mono."""
    return []
