"""Scratch dialogue by an offline synthetic voice. No voice is ever taken from a face or from an uploaded sound."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from pipeline.engines.animatic.director import Take
from pipeline.engines.animatic.synth import RATE_HZ, Wave, add
from pipeline.plan import Line

_SCRIPTS = (
    ("\u3040", "\u30ff", "ja"), ("\uac00", "\ud7af", "ko"), ("\u4e00", "\u9fff", "cmn"), ("\u0600", "\u06ff", "ar"),
    ("\u0900", "\u097f", "hi"), ("\u0400", "\u04ff", "ru"),
)  # fmt: skip
_VOICES = {
    "en": "en-us",
    "de": "de",
    "es": "es",
    "fr": "fr",
    "pt": "pt-br",
    "id": "id",
    "zh": "cmn",
    "ja": "ja",
    "ko": "ko",
    "ar": "ar",
    "hi": "hi",
    "ru": "ru",
}
# Timbres of the synthesiser itself; with the pitch they tell some 280 speakers apart.
_TIMBRES = ("", "+f2", "+m3", "+f4", "+m1", "+m7", "+f5")
_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A line with its place in the film."""

    line: Line
    start_s: float
    end_s: float


def cues(takes: Sequence[Take]) -> list[Cue]:
    """When each line is spoken and shown: the lines of a shot share its time by their length."""
    found = []
    for take in takes:
        lines = take.shot.dialogue
        room = take.duration_s - min(0.3, take.duration_s * 0.12)
        total = sum(_weight(line.line) for line in lines)
        at = take.start_s + min(0.3, take.duration_s * 0.12)
        for line in lines:
            share = room * _weight(line.line) / total
            found.append(Cue(line, round(at, 3), round(at + share - 0.05, 3)))
            at += share
    return found


def _weight(text: str) -> float:
    return 8.0 + sum(2.2 if ord(c) > 0x2E80 else 1.0 for c in text)


def speech(takes: Sequence[Take], locale: str, duration_s: float) -> Wave:
    """All spoken lines, float32 [2, n]; silence where no voice is installed."""
    bus = np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
    for cue in cues(takes):
        wave = say(cue.line, locale)
        if wave is not None:
            room = round((cue.end_s - cue.start_s + 0.4) * RATE_HZ)
            pan = 0.3 * (-1) ** (zlib.crc32(cue.line.speaker.encode()) % 2) if cue.line.speaker else 0.0
            add(bus, wave[:room], cue.start_s, 0.9, pan)
    return bus


def say(line: Line, locale: str) -> Wave | None:
    """One line as a mono wave, or None when it cannot be spoken. Speakers differ in timbre and pitch."""
    key = zlib.crc32(line.speaker.encode())
    command = [
        sys.executable,
        "-I",
        str(Path(__file__).with_name("speak.py")),
        voice_for(line.line, locale) + (_TIMBRES[key % 7] if line.speaker else ""),
        str(35 + key // 7 % 41),
        "165",
    ]
    try:
        done = subprocess.run(
            command, input=line.line.encode("utf-8", "ignore"), capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0 or len(done.stdout) < 1000:
        return None
    rate_hz = struct.unpack("<i", done.stdout[:4])[0]
    samples = np.frombuffer(done.stdout[4:], "<i2").astype(np.float32) / 32768
    step = gcd(rate_hz, RATE_HZ)
    wave = resample_poly(samples, RATE_HZ // step, rate_hz // step)
    return np.asarray(wave / (np.abs(wave).max() + 1e-6) * 0.5, np.float32)


def voice_for(text: str, locale: str) -> str:
    """The voice for a text: by its script, else by the language of the request."""
    for first, last, voice in _SCRIPTS:
        if any(first <= c <= last for c in text):
            return voice
    voice = _VOICES.get(locale.split("-")[0].lower(), "en-us")
    return voice if voice in ("en-us", "de", "es", "fr", "pt-br", "id") else "en-us"
