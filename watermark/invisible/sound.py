"""The mark in sound: spread over the MDCT, under the local spectrum of the host.

The amplitude of each chip follows the sound around it, never louder than what the quieter neighbouring frames hide
(so nothing rings before an attack); symbols that the host already favours get less, the others more.
A floor of about -66 dBFS, tilted by -3 dB per octave, carries the mark through silence. Sound of a low rate has no
upper bands: nothing is written there, and the symbols reach their correlation in the bands that are left.
"""

from __future__ import annotations

from math import gcd

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from media.clip import Sound
from watermark.invisible.chips import BAND_FIRST, BAND_LAST, FRAMES, RATE_HZ, Chips, carried_bands, chips_of
from watermark.invisible.code import encode
from watermark.invisible.keys import KeyRing
from watermark.invisible.mdct import BANDS, imdct, mdct
from watermark.invisible.payload import Payload

AMPLITUDE_MIN, AMPLITUDE_START, AMPLITUDE_MAX = 0.03, 0.10, 0.35
"""Chip amplitude relative to the local spectrum."""
TARGET = 0.18
"""Mean whitened correlation that each symbol is brought to, where the amplitude limits allow."""
ROUNDS = 3
SYNC_GROUP = 40
FLOOR_RMS = 5.0e-4
"""-66 dBFS."""
CLIP = 2.5


def embed_sound(sound: Sound, payload: Payload, keyring: KeyRing) -> Sound:
    """A marked copy of `sound`: any rate, any number of channels, silence included.

    Sounds shorter than about two seconds carry the mark but rarely enough of it to be read.
    """
    if sound.samples.shape[1] == 0:
        return sound
    host = resampled(sound.samples, sound.rate_hz, RATE_HZ)
    mark = resampled(_mark(host, payload, chips_of(keyring.key), carried_bands(sound.rate_hz)), RATE_HZ, sound.rate_hz)
    length = sound.samples.shape[1]
    marked = sound.samples + mark[:, :length]
    return Sound(np.clip(marked, -1.0, 1.0).astype(np.float32), sound.rate_hz)


def resampled(samples: NDArray[np.float32], rate_hz: int, wanted_hz: int) -> NDArray[np.float32]:
    """float32 [C, m] at `wanted_hz`; at least as long as the input lasts."""
    if rate_hz == wanted_hz:
        return samples
    common = gcd(rate_hz, wanted_hz)
    return np.asarray(resample_poly(samples, wanted_hz // common, rate_hz // common, axis=1), np.float32)


def whitened(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """MDCT coefficients over their local deviation, limited to +-2.5."""
    power = bands * bands
    local = np.sqrt(cv2.blur(power, (9, 3)) + 0.003 * cv2.blur(power, (61, 5)) + 1e-12)
    return np.asarray(np.clip(bands / local, -CLIP, CLIP), np.float32)


def _mark(host: NDArray[np.float32], payload: Payload, chips: Chips, carried: int) -> NDArray[np.float32]:
    """float32 [C, n]: what to add to a host at 48 kHz that has sound in the `carried` lowest bands."""
    length = host.shape[1]
    frames = -(-length // BANDS) + 1
    padded = np.zeros((len(host), (frames + 1) * BANDS), np.float32)
    padded[:, BANDS : BANDS + length] = host
    channels = [mdct(channel)[:, BAND_FIRST:BAND_LAST] for channel in padded]
    envelopes = [_envelope(bands) for bands in channels]
    row = np.arange(frames) % FRAMES
    signs = chips.pattern(encode(payload))[row]
    signs[:, carried:] = 0.0
    gain = _gain(np.mean(channels, axis=0), np.mean(envelopes, axis=0), signs, _groups(chips, frames))
    mark = np.empty_like(host)
    for index, envelope in enumerate(envelopes):
        grid = np.zeros((frames, BANDS), np.float32)
        grid[:, BAND_FIRST:BAND_LAST] = np.maximum(gain * envelope, _floor()) * signs
        mark[index] = imdct(grid)[BANDS : BANDS + length]
    return mark


def _envelope(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [frames, 325]: deviation of the host around each chip, the quietest of three frames."""
    local = np.sqrt(cv2.blur(bands * bands, (5, 1)) + 1e-12)
    quiet = cv2.erode(local, np.ones((3, 1), np.uint8))
    return np.asarray(quiet, np.float32)


def _floor() -> NDArray[np.float32]:
    """float32 [325]: chip amplitude of the noise floor, per band."""
    tilt = np.sqrt(100.0 / np.arange(BAND_FIRST, BAND_LAST))
    return np.asarray(FLOOR_RMS * np.sqrt(BANDS / len(tilt)) * tilt / np.sqrt(np.mean(tilt**2)), np.float32)


def _groups(chips: Chips, frames: int) -> NDArray[np.int64]:
    """int64 [frames, 325]: chips that are judged together: a symbol, or a run of sync chips, in one period."""
    known = chips.role < 0
    run = (np.cumsum(known) - 1).reshape(chips.role.shape) // SYNC_GROUP
    label = np.where(known, 100_000 + run, chips.role)
    row = np.arange(frames)
    _, groups = np.unique(label[row % FRAMES] + (row // FRAMES)[:, None] * 1_000_000, return_inverse=True)
    return np.asarray(groups, np.int64).reshape(frames, -1)


def _gain(
    host: NDArray[np.float32], envelope: NDArray[np.float32], signs: NDArray[np.float32], groups: NDArray[np.int64]
) -> NDArray[np.float32]:
    """float32 [frames, 325] in [AMPLITUDE_MIN, AMPLITUDE_MAX], raised until each group correlates as wanted."""
    members = np.maximum(np.bincount(groups.ravel(), weights=np.abs(signs).ravel()), 1.0)
    gain = np.full(signs.shape, AMPLITUDE_START, np.float32)
    for _ in range(ROUNDS):
        agreement = whitened(host + np.maximum(gain * envelope, _floor()) * signs) * signs
        reached = np.bincount(groups.ravel(), weights=agreement.ravel()) / members
        gain = np.clip(gain + (TARGET - reached)[groups], AMPLITUDE_MIN, AMPLITUDE_MAX).astype(np.float32)
    return gain
