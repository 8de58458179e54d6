"""Human voices in sound. Any voice counts as a real person's: a generated one cannot be told apart reliably.

Silero VAD (MIT, read as data from the ``silero-vad`` package) gives a speech probability for each 32 ms; it is
asked about every channel and about their difference, so that a voice in one channel, or in opposite phase, counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from media.caged import read_sound
from safety.config import SafetyConfig
from safety.detectors.graphs import open_session
from safety.detectors.weights import package_file
from safety.signals import Evidence, MediaItem, Signal, TextItem

RATE_HZ = 16_000
_STEP, _CONTEXT = 512, 64
STEP_S = _STEP / RATE_HZ
SPOKEN_RUN_S, SPOKEN_S = 0.4, 0.8  # one run, or all runs together, that count as speech
LEAST_RUN_S = 0.25  # shorter runs are clicks, string attacks, bird calls
SUNG_LEAST, SUNG_S = 0.25, 1.0  # singing over music stays below the level of speech, but for longer


class VoiceDetector:
    """Reports `voice.speech` and `voice.singing` with the seconds in which they were heard."""

    name = "voice"
    version = "silero-6+3"
    kinds = frozenset({"audio", "video"})

    def __init__(self, weights: Path, threads: int = 1) -> None:
        self._session: Any = open_session(weights, threads)

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        return cls(package_file("silero_vad", "data/silero_vad_16k_sequence.onnx"), config.threads)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        sound = read_sound(item.path, RATE_HZ)
        if sound is None:
            return [self._signal("voice.speech", 0.0, (), "no sound"), self._signal("voice.singing", 0.0, ())]
        tracks = _tracks(sound.samples)
        heard = [self.probabilities(track) for track in tracks]
        runs = max((_runs(each) for each in heard), key=_total_s)
        sung = max((_runs(each, SUNG_LEAST) for each in heard), key=_total_s)
        return [
            self._signal("voice.speech", _score(runs), _places(item.where, runs)),
            self._signal("voice.singing", _sung_score(sung), _places(item.where, sung)),
        ]

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Speech probability of each 32 ms of mono samples float32 [n] at 16 kHz."""
        count = max(1, -(-samples.size // _STEP))
        padded = np.zeros(_CONTEXT + count * _STEP, np.float32)
        padded[_CONTEXT : _CONTEXT + samples.size] = samples
        windows = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + _STEP)[::_STEP]
        state = np.zeros((1, 1, 128), np.float32)
        feed = {"input": np.ascontiguousarray(windows), "h": state, "c": state}
        return np.asarray(self._session.run(None, feed)[0], np.float32).reshape(-1)

    def _signal(self, name: str, score: float, places: tuple[Evidence, ...], detail: str = "") -> Signal:
        return Signal(name, self.version, score, 0.5, evidence=places, detail=detail)


def _tracks(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The channels, and what a mono mix would lose; each at full level, so that a whisper counts like a shout."""
    tracks = list(samples)
    if len(tracks) == 2:
        middle, side = (samples[0] + samples[1]) / 2, (samples[0] - samples[1]) / 2
        alike = float(np.abs(side).max(initial=0.0)) < 1e-3
        tracks = [middle] if alike else [samples[0], samples[1], side]
    return [_levelled(track) for track in tracks]


def _levelled(track: NDArray[np.float32]) -> NDArray[np.float32]:
    loud = float(np.quantile(np.abs(track), 0.999)) if track.size else 0.0
    return np.clip(track * (0.5 / loud), -1, 1).astype(np.float32) if loud > 1e-4 else track


def _runs(probabilities: NDArray[np.float32], least: float = 0.5) -> list[tuple[float, float]]:
    """Start and end of each run of speech, seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], probabilities >= least, [0]]).astype(int)))
    spans = [(float(a) * STEP_S, float(b) * STEP_S) for a, b in edges.reshape(-1, 2)]
    return [(a, b) for a, b in spans if b - a >= LEAST_RUN_S - 1e-6]


def _total_s(runs: Sequence[tuple[float, float]]) -> float:
    return sum(end - start for start, end in runs)


def _score(runs: Sequence[tuple[float, float]]) -> float:
    """0.5 at one run of 0.4 s, or at 0.8 s of shorter ones; string attacks and bird calls stay below."""
    longest = max((end - start for start, end in runs), default=0.0)
    return round(min(0.99, 0.5 * max(longest / SPOKEN_RUN_S, _total_s(runs) / SPOKEN_S)), 4)


def _sung_score(runs: Sequence[tuple[float, float]]) -> float:
    """0.5 at one second of voice-like sound, towards 1."""
    return round(min(0.95, 0.5 * _total_s(runs) / SUNG_S), 4)


def _places(where: str, runs: Sequence[tuple[float, float]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(where, time_s=round(start, 2)) for start, _ in runs[:8])
