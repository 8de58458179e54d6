"""Instruments: single notes and noises as float32 arrays, 48 kHz, deterministic."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

RATE_HZ = 48_000
NOTES_KEPT = 64  # about 200 kB each; nearly every piece has lengths of its own
Wave = NDArray[np.float32]


def hertz(midi: float) -> float:
    """Frequency of a MIDI note number."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def seconds(duration_s: float) -> NDArray[np.float64]:
    """Sample times of a duration."""
    return np.arange(max(1, round(duration_s * RATE_HZ))) / RATE_HZ


def shaped(length: int, attack_s: float, release_s: float) -> NDArray[np.float64]:
    """A raised-cosine attack and release over `length` samples."""
    envelope = np.ones(length)
    for samples, part in (
        (round(attack_s * RATE_HZ), slice(None)),
        (round(release_s * RATE_HZ), slice(None, None, -1)),
    ):
        samples = min(samples, length)
        envelope[part][:samples] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(samples) / max(1, samples))
    return envelope


@lru_cache(NOTES_KEPT)
def note(kind: str, midi: float, duration_s: float) -> Wave:
    """One note of an instrument: piano, pad, strings, bass, pluck, bell, flute, choir."""
    return np.asarray(_INSTRUMENTS[kind](hertz(midi), duration_s), np.float32)


def _partials(
    frequency: float, time: NDArray[np.float64], amounts: list[float], decay: float, stretch: float = 0.0
) -> NDArray[np.float64]:
    total = np.zeros_like(time)
    for number, amount in enumerate(amounts, 1):
        partial = frequency * number * (1 + stretch * number * number)
        if partial < 15_000:
            total += amount * np.sin(2 * np.pi * partial * time + number) * np.exp(-time * decay * (0.6 + 0.4 * number))
    return total


def _piano(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(duration_s + 0.9)
    rich = [1, 0.55, 0.28, 0.18, 0.10, 0.07, 0.04, 0.025]
    body = _partials(frequency, time, rich, 1.1 + frequency / 500, 0.00035)
    hammer = np.sin(2 * np.pi * frequency * 7.1 * time) * np.exp(-time * 60) * 0.06
    return (body + hammer) * shaped(len(time), 0.003, 0.45) * 0.30


def _pad(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(duration_s + 0.8)
    total = np.zeros_like(time)
    for cents, phase in ((-7, 0.3), (0, 1.1), (8, 2.3)):
        base = frequency * 2 ** (cents / 1200)
        swell = 0.55 + 0.45 * np.sin(2 * np.pi * 0.13 * time + phase)
        for number, amount in enumerate((1, 0.42, 0.22, 0.13, 0.07), 1):
            total += amount * np.sin(2 * np.pi * base * number * time + phase * number) * (1 if number < 3 else swell)
    return total * shaped(len(time), min(0.7, duration_s / 3), 0.8) * 0.075


def _strings(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(duration_s + 0.35)
    vibrato = 0.0035 * np.sin(2 * np.pi * 5.3 * time) * np.minimum(1, time / 0.5)
    total = np.zeros_like(time)
    for cents in (-9, -3, 4, 10):
        phase = 2 * np.pi * frequency * 2 ** (cents / 1200) * (time + np.cumsum(vibrato) / RATE_HZ) + cents
        for number in range(1, 9):
            if frequency * number < 12_000:
                total += np.sin(phase * number) / number**1.35
    return total * shaped(len(time), min(0.22, duration_s / 3), 0.35) * 0.055


def _bass(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(duration_s + 0.08)
    tone = np.sin(2 * np.pi * frequency * time) + 0.35 * np.sin(4 * np.pi * frequency * time) * np.exp(-time * 5)
    return tone * np.exp(-time * 0.9) * shaped(len(time), 0.008, 0.08) * 0.42


def _pluck(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(min(1.6, duration_s + 0.7))
    tone = _partials(frequency, time, [1, 0.6, 0.42, 0.2, 0.16, 0.08], 4.2)
    return tone * shaped(len(time), 0.002, 0.2) * 0.26


def _bell(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(2.2)
    ratio = 2.756
    index = 2.2 * np.exp(-time * 3.2)
    tone = np.sin(2 * np.pi * frequency * time + index * np.sin(2 * np.pi * frequency * ratio * time))
    return tone * np.exp(-time * 2.2) * shaped(len(time), 0.002, 0.3) * 0.20


def _flute(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(duration_s + 0.15)
    phase = 2 * np.pi * frequency * time + 0.05 * np.sin(2 * np.pi * 4.8 * time) * np.minimum(1, time * 2) * 3
    tone = np.sin(phase) + 0.22 * np.sin(2 * phase) + 0.07 * np.sin(3 * phase)
    return tone * shaped(len(time), 0.07, 0.15) * 0.20


def _choir(frequency: float, duration_s: float) -> NDArray[np.float64]:
    time = seconds(duration_s + 0.7)
    total = np.zeros_like(time)
    for voice, cents in enumerate((-11, -4, 5, 12)):
        base = frequency * 2 ** (cents / 1200)
        for number in range(1, 12):
            partial = base * number
            formant = (
                np.exp(-(((partial - 700) / 350) ** 2)) + 0.5 * np.exp(-(((partial - 1150) / 300) ** 2)) + 0.12 / number
            )
            total += formant * np.sin(
                2 * np.pi * partial * time + voice + number + 0.4 * np.sin(2 * np.pi * 5 * time + voice)
            )
    return total * shaped(len(time), min(0.5, duration_s / 3), 0.7) * 0.05


_INSTRUMENTS = {
    "piano": _piano, "pad": _pad, "strings": _strings, "bass": _bass, "pluck": _pluck, "bell": _bell, "flute": _flute,
    "choir": _choir,
}  # fmt: skip


def noise(length: int, seed: int) -> Wave:
    """White noise in [-1, 1]."""
    return np.asarray(np.random.default_rng(seed).random(length, np.float32) * 2 - 1, np.float32)


def tinted(length: int, seed: int, low_hz: float, high_hz: float) -> Wave:
    """Noise between two frequencies, root mean square 1; shaped in the frequency domain."""
    spectrum = np.fft.rfft(noise(length, seed))
    frequency = np.fft.rfftfreq(length, 1 / RATE_HZ)
    gain = 1 / (1 + (frequency / high_hz) ** 4) / (1 + (low_hz / np.maximum(frequency, 1e-3)) ** 4)
    wave = np.fft.irfft(spectrum * gain, length)
    return np.asarray(wave / (np.sqrt(np.mean(wave**2)) + 1e-9), np.float32)


@cache
def drum(kind: str) -> Wave:
    """kick, boom, snare, hat, shaker, tick, clap."""
    time = seconds(1.4 if kind == "boom" else 0.45)
    hiss = noise(len(time), 11).astype(np.float64)
    if kind == "kick":
        wave = np.sin(2 * np.pi * (48 * time + 9 * (1 - np.exp(-time * 32)))) * np.exp(-time * 9) * 0.8
    elif kind == "boom":
        wave = np.sin(2 * np.pi * (41 * time + 6 * (1 - np.exp(-time * 14)))) * np.exp(-time * 3.2) + lfilter(
            [0.06], [1, -0.94], hiss
        ) * np.exp(-time * 9)
    elif kind == "snare":
        wave = 0.3 * np.sin(2 * np.pi * 185 * time) * np.exp(-time * 22) + 0.4 * np.diff(hiss, prepend=0) * np.exp(
            -time * 17
        )
    elif kind == "clap":
        wave = 0.4 * np.diff(hiss, prepend=0) * (np.exp(-time * 30) + 0.6 * np.exp(-np.abs(time - 0.018) * 160))
    elif kind == "tick":
        wave = 0.25 * np.sin(2 * np.pi * 2100 * time) * np.exp(-time * 90)
    else:
        wave = (
            np.diff(hiss, n=2, prepend=[0, 0])
            * np.exp(-time * (70 if kind == "hat" else 32))
            * np.minimum(1, time * (900 if kind == "hat" else 60))
            * 0.11
        )
    return np.asarray(wave * shaped(len(time), 0.001, 0.05), np.float32)


def add(bus: Wave, wave: Wave, at_s: float, gain: float, pan: float = 0.0) -> None:
    """Add a mono wave to the stereo bus [2, n] at a time; `pan` from -1 (left) to 1 (right), constant power."""
    start = round(at_s * RATE_HZ)
    if start < 0:
        wave, start = wave[-start:], 0
    wave = wave[: max(0, bus.shape[1] - start)]
    angle = (pan + 1) * np.pi / 4
    bus[0, start : start + len(wave)] += wave * np.float32(gain * np.cos(angle))
    bus[1, start : start + len(wave)] += wave * np.float32(gain * np.sin(angle))


def hall(bus: Wave, seconds_: float, wet: float, seed: int = 5) -> Wave:
    """The bus in a room whose echo fades in `seconds_`."""
    length = round(seconds_ * RATE_HZ)
    time = np.arange(length) / RATE_HZ
    echoes = []
    for channel in range(2):
        tail = (
            lfilter([0.35], [1, -0.65], noise(length, seed + channel))
            * np.exp(-6.9 * time / seconds_)
            * np.minimum(1, time * 60)
        )
        tail /= np.sqrt(np.sum(tail**2)) + 1e-9
        echoes.append(fftconvolve(bus[channel], tail)[: bus.shape[1]])
    return np.asarray(bus * (1 - wet * 0.4) + np.stack(echoes) * wet, np.float32)
