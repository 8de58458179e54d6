"""The soundtrack: score, ambience, effects, voices and the visitor's own sounds, mixed and mastered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media.caged import read_sound
from media.clip import Sound
from pipeline.engines.animatic.ambience import ambience, effects
from pipeline.engines.animatic.director import Take, seed_of
from pipeline.engines.animatic.mix import duck, loudness, master
from pipeline.engines.animatic.score import compose
from pipeline.engines.animatic.synth import RATE_HZ, Wave, shaped
from pipeline.engines.animatic.voice import speech
from pipeline.request import GenerationRequest, Reference


def soundtrack(request: GenerationRequest, takes: Sequence[Take], duration_s: float, voice: bool = True) -> Sound:
    """Stereo, 48 kHz, exactly `duration_s` long, -16 LUFS."""
    parts = stems(request, takes, duration_s, voice)
    return Sound(master(np.asarray(sum(parts.values()), np.float32)), RATE_HZ)


def stems(request: GenerationRequest, takes: Sequence[Take], duration_s: float, voice: bool = True) -> dict[str, Wave]:
    """The tracks before mastering, by name, float32 [2, n] each; music and ambience are already ducked."""
    own = {
        r.name: (r, _own(r, takes, duration_s))
        for r in request.references
        if r.kind in ("audio", "video") and _heard(r, takes)
    }
    said = speech(takes, request.locale, duration_s) if voice else _silence(duration_s)
    spoken = said + _sum([w for r, w in own.values() if r.role == "voice_over" or r.kind == "video"], duration_s)
    noises = effects(takes, duration_s) + _sum([w for r, w in own.values() if r.role == "sound_effect"], duration_s)
    music = [w for r, w in own.values() if r.kind == "audio" and r.role not in ("voice_over", "sound_effect")]
    score = _score(request, takes, duration_s) * np.float32(0.22 if music else 1.0)
    return {
        "music": duck(score + _sum(music, duration_s), spoken),
        "ambience": duck(ambience(takes, duration_s), spoken, 5.0),
        "effects": noises,
        "voice": spoken,
    }


def alone(request: GenerationRequest, takes: Sequence[Take], duration_s: float) -> Sound:
    """The music by itself, mastered; or the one stem that the request names, at its level in the mix."""
    if not request.part:
        return Sound(master(_score(request, takes, duration_s)), RATE_HZ)
    wave = stems(request, takes, duration_s)[request.part]
    return Sound(np.clip(wave, -1, 1).astype(np.float32), RATE_HZ)


def _score(request: GenerationRequest, takes: Sequence[Take], duration_s: float) -> Wave:
    moods = [take.mood for take in takes]
    random = np.random.default_rng(seed_of(request.seed, "score"))
    return compose(max(moods, key=moods.count), duration_s, [t.start_s for t in takes], random).bus * np.float32(0.8)


def _heard(reference: Reference, takes: Sequence[Take]) -> bool:
    """Sounds always; a video's own sound while it is shown, not when it only lends its motion."""
    if reference.kind == "audio":
        return True
    return reference.info.audio and any(t.picture == reference for t in takes)


def _own(reference: Reference, takes: Sequence[Take], duration_s: float) -> Wave:
    """A reference's sound placed in the film at -20 LUFS: from the first shot that names it, or from the start."""
    bus = _silence(duration_s)
    sound = read_sound(reference.path, RATE_HZ, 2, limit_s=duration_s + 5)
    if sound is None:
        return bus
    named = [t for t in takes if reference.name in t.shot.references or t.picture == reference]
    start_s = named[0].start_s if named else 0.0
    whole = reference.kind == "audio" and reference.role not in ("sound_effect",)
    end_s = duration_s if whole or not named else named[-1].start_s + named[-1].duration_s
    room = round((end_s - start_s) * RATE_HZ)
    samples = sound.samples
    if reference.role in ("music", "auto") and reference.kind == "audio" and 0 < samples.shape[1] < room:
        samples = np.tile(samples, (1, room // samples.shape[1] + 1))
    samples = samples[:, :room]
    level = loudness(samples) if samples.shape[1] else -np.inf
    gain = 10 ** ((-20 - level) / 20) if np.isfinite(level) else 1.0
    faded = samples * shaped(samples.shape[1], 0.02, min(0.6, samples.shape[1] / RATE_HZ / 4)).astype(np.float32)
    first = round(start_s * RATE_HZ)
    count = min(samples.shape[1], bus.shape[1] - first)
    bus[:, first : first + count] = faded[:, :count] * np.float32(min(gain, 30.0))
    return bus


def _sum(waves: Sequence[Wave], duration_s: float) -> Wave:
    return np.asarray(sum(waves, start=_silence(duration_s)), np.float32)


def _silence(duration_s: float) -> Wave:
    return np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
