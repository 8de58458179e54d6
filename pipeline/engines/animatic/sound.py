"""The soundtrack of the film: score, ambience, effects, voices and the visitor's own sounds, mixed and mastered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media.clip import Sound
from pipeline.engines.animatic.director import Take, seed_of
from pipeline.engines.animatic.mix import master
from pipeline.engines.animatic.score import compose
from pipeline.engines.animatic.synth import RATE_HZ, Wave
from pipeline.request import GenerationRequest


def soundtrack(request: GenerationRequest, takes: Sequence[Take], duration_s: float) -> Sound:
    """Stereo, 48 kHz, exactly `duration_s` long, -16 LUFS."""
    return Sound(master(sum(buses(request, takes, duration_s).values(), start=_silence(duration_s))), RATE_HZ)


def buses(request: GenerationRequest, takes: Sequence[Take], duration_s: float) -> dict[str, Wave]:
    """The unmastered stems by name, float32 [2, n] each."""
    mood = max((t.mood for t in takes), key=[t.mood for t in takes].count)
    random = np.random.default_rng(seed_of(request.seed, "score"))
    return {"music": compose(mood, duration_s, [t.start_s for t in takes], random).bus}


def _silence(duration_s: float) -> Wave:
    return np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
