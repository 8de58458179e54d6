"""Finds registered recordings in audio references, in the sound of video references and in outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.caged import read_sound
from safety.config import SafetyConfig
from safety.detectors.landmarks import ASKED_PARTNERS, RATE_HZ, landmarks
from safety.registry.tracks import TrackIndex
from safety.signals import Evidence, MediaItem, Signal, TextItem

SIGNAL: Final = "ip.recording"
THRESHOLD: Final = 0.5
_ALIKE: Final = 1e-3


class RecordingDetector:
    """Compares what is heard with the index of protected recordings."""

    name = "recordings"
    kinds = frozenset({"audio", "video"})

    def __init__(self, index: TrackIndex | None = None) -> None:
        self.index = index if index is not None else TrackIndex()

    @property
    def version(self) -> str:
        """Changes with every registered recording, so that no remembered observation outlives it."""
        return f"landmarks-1+{self.index.version}"

    @classmethod
    def from_config(cls, config: SafetyConfig) -> RecordingDetector:
        return cls(TrackIndex(config.track_index))

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        if not len(self.index):
            return [Signal(SIGNAL, self.version, 0.0, THRESHOLD, detail="none registered")]
        sound = read_sound(item.path, RATE_HZ)
        if sound is None:
            return [Signal(SIGNAL, self.version, 0.0, THRESHOLD, detail="no sound")]
        found = [self.index.find(landmarks(track, ASKED_PARTNERS)) for track in _tracks(sound.samples)]
        best = max((match for match in found if match is not None), key=lambda match: match.pairs, default=None)
        if best is None:
            return [Signal(SIGNAL, self.version, 0.0, THRESHOLD)]
        place = Evidence(item.where, time_s=best.starts_s, entry=f"recording:{best.entry}")
        return [Signal(SIGNAL, self.version, best.score, THRESHOLD, evidence=(place,), detail=f"pairs:{best.pairs}")]


def _tracks(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The middle of both channels, and what it would lose where they differ."""
    if len(samples) == 1:
        return [samples[0]]
    middle, side = (samples[0] + samples[1]) / 2, (samples[0] - samples[1]) / 2
    return [middle] if float(np.abs(side).max(initial=0.0)) < _ALIKE else [middle, side]
