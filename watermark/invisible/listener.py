"""The reader in sound: find the sample on which the pattern starts, average the periods, decode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from media.clip import Sound
from watermark.invisible.chips import (
    BAND_FIRST,
    BAND_LAST,
    FRAMES,
    PERIOD,
    PILOT,
    RATE_HZ,
    Chips,
    carried_bands,
    chips_of,
)
from watermark.invisible.code import SYMBOLS, encode
from watermark.invisible.extraction import Extraction, found, not_found
from watermark.invisible.keys import Key, KeyRing
from watermark.invisible.leads import SOUND_WORDS, Tally
from watermark.invisible.mdct import BANDS, imdct, mdct
from watermark.invisible.payload import Payload
from watermark.invisible.sound import resampled, whitened

WINDOW_S = (6.0, 20.0, 60.0)
"""How much sound is looked at before giving up; each step costs more."""
SYNC_SCORE = 4.5
SPEED_SYNC_SCORE = 6.0
SPEEDS = (
    *(25 / 24, 24 / 25, 1.001, 1 / 1.001, 1.25, 0.8, 1.5, 0.75, 2.0, 0.5),
    *(1 + sign * percent / 100 for percent in range(1, 11) for sign in (1, -1)),
)
"""Playback speeds tried when nothing is found: film to television, the buttons of players, whole percents to ten."""
OFFSETS_TRIED = 3
SEGMENT_S = 2.0
SEGMENT_SCORE = 6.0

Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Heard:
    """What is listened to.

    Attributes:
        mono: float32 [n] at 48 kHz, brought back to the speed of the original.
        carried: how many bands, from the lowest, the copy has sound in; the others would add noise alone.
        speed: how much faster than the original the copy plays.
    """

    mono: Samples
    carried: int
    speed: float = 1.0


@dataclass(frozen=True, eq=False)
class _Aligned:
    """Whitened chips, one row per MDCT frame, on the grid of the pattern.

    Attributes:
        chips: float32 [frames, 325].
        row: int64 [frames], row of the pattern.
        start_s: float64 [frames].
    """

    chips: NDArray[np.float32]
    row: NDArray[np.int64]
    start_s: NDArray[np.float64]


def extract_sound(sound: Sound, keyring: KeyRing) -> Extraction:
    """Read the mark of a sound of any rate and number of channels.

    A copy that plays faster or slower (tape speed: pitch moves too) is read at the factors of `SPEEDS`.
    """
    mono = resampled(sound.mono()[None], sound.rate_hz, RATE_HZ)[0]
    tally = Tally(left=SOUND_WORDS)
    if len(mono) < BANDS:
        return not_found(0.0, 0, False)
    heard = _Heard(mono, carried_bands(sound.rate_hz))
    for end in _ends(len(mono)):
        answer = _read(heard, end, keyring, tally)
        if answer is not None:
            return answer
    for speed in SPEEDS:
        restored = _played_at(mono[: round(WINDOW_S[0] * RATE_HZ)], 1 / speed)
        answer = _read(_Heard(restored, carried_bands(sound.rate_hz / speed), speed), len(restored), keyring, tally)
        if answer is not None:
            return answer
    return not_found(tally.presence, tally.attempts, tally.foreign, tally.looks.best())


def _read(heard: _Heard, end: int, keyring: KeyRing, tally: Tally) -> Extraction | None:
    """Try the first `end` samples with every key."""
    start, speed = _Heard(heard.mono[:end], heard.carried), heard.speed
    flat = _whitened_samples(start)
    for key in keyring.keys:
        for offset in _offsets(flat, chips_of(key), SYNC_SCORE if speed == 1 else SPEED_SYNC_SCORE):
            soft, pilot = _soft(_align(start, offset), chips_of(key))
            tally.presence = max(tally.presence, pilot)
            payload = tally.read(soft, key, pilot)
            if payload is not None:
                spans = _segments(heard, offset, payload, key)
                return found(payload, tally.attempts, tuple((a / speed, b / speed) for a, b in spans))
    return None


def _played_at(mono: Samples, speed: float) -> Samples:
    """The samples played `speed` times as fast."""
    at = np.arange(0, len(mono) - 1, speed)
    return np.asarray(np.interp(at, np.arange(len(mono)), mono), np.float32)


def _ends(length: int) -> list[int]:
    """Sample counts to look at, growing; nothing beyond the last is needed to decide."""
    steps = [round(seconds * RATE_HZ) for seconds in WINDOW_S]
    return [step for step in steps if step < length] + ([length] if length <= steps[-1] else [])


def _whitened_samples(heard: _Heard) -> Samples:
    padded = np.concatenate([np.zeros(BANDS, np.float32), heard.mono, np.zeros(2 * BANDS, np.float32)])
    bands = mdct(padded)
    flat = np.zeros_like(bands)
    last = BAND_FIRST + heard.carried
    flat[:, BAND_FIRST:last] = whitened(bands)[:, BAND_FIRST:last]
    return imdct(flat)[BANDS : BANDS + len(heard.mono)]


def _offsets(flat: Samples, chips: Chips, least: float) -> list[int]:
    """Likely samples in [0, PERIOD) on which the pattern starts, best first, from a score of `least` on."""
    whole = np.zeros(-(-len(flat) // PERIOD) * PERIOD, np.float32)
    whole[: len(flat)] = flat
    folded = whole.reshape(-1, PERIOD).sum(0)
    surface = scipy.fft.irfft(scipy.fft.rfft(folded) * chips.sync_spectrum, n=PERIOD)
    surface /= surface.std() + 1e-12
    chosen: list[int] = []
    for index in np.argsort(-surface)[:32]:
        if surface[index] < least or len(chosen) == OFFSETS_TRIED:
            break
        if all(abs(int(index) - other) > 4 for other in chosen):
            chosen.append(int(index))
    return chosen


def _align(heard: _Heard, offset: int) -> _Aligned:
    """Chips on the grid whose pattern starts at sample `offset`."""
    lead = BANDS - offset % BANDS + BANDS
    padded = np.concatenate([np.zeros(lead, np.float32), heard.mono, np.zeros(2 * BANDS, np.float32)])
    chips = whitened(mdct(padded)[:, BAND_FIRST:BAND_LAST])
    chips[:, heard.carried :] = 0.0
    position = np.arange(len(chips)) * BANDS - lead
    return _Aligned(chips, ((position - offset) // BANDS) % FRAMES, position / RATE_HZ)


def _soft(aligned: _Aligned, chips: Chips) -> tuple[NDArray[np.float32], float]:
    """Soft symbols, and the pilot correlation in standard deviations."""
    grid = np.zeros((FRAMES, BAND_LAST - BAND_FIRST), np.float32)
    np.add.at(grid, aligned.row, aligned.chips)
    grid *= chips.signs
    data, pilot = chips.role >= 0, grid[chips.role == PILOT]
    summed = np.bincount(chips.role[data], weights=grid[data], minlength=SYMBOLS)
    score = float(pilot.sum() / (np.sqrt((pilot**2).sum()) + 1e-12))
    return np.asarray(summed / (summed.std() + 1e-12), np.float32), score


def _segments(heard: _Heard, offset: int, payload: Payload, key: Key) -> tuple[tuple[float, float], ...]:
    """Stretches of two seconds in which the word is confirmed, neighbours joined."""
    chips = chips_of(key)
    aligned = _align(heard, offset)
    agreement = aligned.chips * chips.pattern(encode(payload))[aligned.row]
    step = max(round(SEGMENT_S * RATE_HZ / BANDS), 1)
    duration_s = len(heard.mono) / RATE_HZ
    spans: list[tuple[float, float]] = []
    for first in range(0, len(agreement), step):
        part = agreement[first : first + step]
        if part.sum() < SEGMENT_SCORE * np.sqrt((part**2).sum() + 1e-12):
            continue
        start = max(float(aligned.start_s[first]), 0.0)
        end = min(float(aligned.start_s[first]) + len(part) * BANDS / RATE_HZ, duration_s)
        if spans and start - spans[-1][1] < BANDS / RATE_HZ:
            spans[-1] = (spans[-1][0], end)
        elif end > start:
            spans.append((start, end))
    return tuple(spans)
