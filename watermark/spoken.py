"""The audible label at the start of sound-only files (GB 45438-2025, 5.3; EU code of practice; India rule 3(3)).

Spoken by a synthetic voice in Mandarin and English; or the rhythm "short long, short short" of the standard,
with timing of our own where it gives none: dot 0.1 s, dash three dots, one dot between signs, three between letters,
800 Hz, -9 dBFS.
"""

from __future__ import annotations

import wave
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from media.clip import Sound

SEARCH_S: Final = 6.0
_PAUSE_S, _DOT_S, _TONE_HZ = 0.25, 0.1, 800.0
_CODE: Final = ((1, 3), (1, 1))  # A, I
_COMPARE_HZ = 8_000
_HEARD: Final = 0.45


def prefix_sound(sound: Sound, style: Literal["spoken", "rhythm"]) -> Sound:
    """The label, a quarter of a second of silence, then the sound; same rate and channels."""
    voice = _at(label_sound(style), sound.rate_hz)
    loudest = float(np.abs(sound.samples).max(initial=0.0))
    voice = voice * np.float32(np.clip(loudest, 0.25, 1.0))
    silence = np.zeros(round(_PAUSE_S * sound.rate_hz), np.float32)
    head = np.tile(np.concatenate([voice, silence]), (sound.samples.shape[0], 1))
    return Sound(np.concatenate([head, sound.samples], axis=1).astype(np.float32), sound.rate_hz)


def audible_in(sound: Sound) -> bool:
    """Whether a sound begins with the label, in either style: read-back and Verify.

    Normalised correlation of the first `SEARCH_S` seconds with the label, at 8 kHz.
    """
    start = Sound(sound.samples[:, : round(SEARCH_S * sound.rate_hz)], sound.rate_hz)
    heard = _at(start, _COMPARE_HZ)
    return any(_correlation(heard, _at(label_sound(style), _COMPARE_HZ)) >= _HEARD for style in ("spoken", "rhythm"))


@lru_cache(maxsize=2)
def label_sound(style: Literal["spoken", "rhythm"]) -> Sound:
    """The label alone, mono, peak at most -3 dBFS."""
    if style == "rhythm":
        return _rhythm(48_000)
    with as_file(files("watermark.assets") / "spoken.wav") as path, wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return Sound((raw / 32_768).astype(np.float32)[None], file.getframerate())


def _rhythm(rate_hz: int) -> Sound:
    unit = round(_DOT_S * rate_hz)
    parts: list[NDArray[np.float64]] = []
    for letter in _CODE:
        for length in letter:
            parts += [_tone(length * unit, rate_hz), np.zeros(unit)]
        parts.append(np.zeros(2 * unit))
    return Sound(np.concatenate(parts).astype(np.float32)[None], rate_hz)


def _tone(count: int, rate_hz: int) -> NDArray[np.float64]:
    ramp = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.005 * rate_hz))
    return np.asarray(0.355 * ramp * np.sin(2 * np.pi * _TONE_HZ * np.arange(count) / rate_hz))


def _at(sound: Sound, rate_hz: int) -> NDArray[np.float32]:
    """float32 [n]: the mean of the channels at another rate."""
    from math import gcd

    from scipy.signal import resample_poly

    mono = sound.mono()
    if sound.rate_hz == rate_hz or not len(mono):
        return mono
    divisor = gcd(rate_hz, sound.rate_hz)
    return np.asarray(resample_poly(mono, rate_hz // divisor, sound.rate_hz // divisor), np.float32)


def _correlation(heard: NDArray[np.float32], label: NDArray[np.float32]) -> float:
    """The best normalised correlation of the label at any offset, in [0, 1]."""
    from scipy.signal import fftconvolve

    if len(heard) < len(label):
        return 0.0
    product = fftconvolve(heard, label[::-1], mode="valid")
    energy = fftconvolve(heard**2, np.ones(len(label), np.float32), mode="valid")
    level = np.sqrt(np.maximum(energy, 1e-6) * float((label**2).sum()))
    return float(np.max(product / level, initial=0.0))
