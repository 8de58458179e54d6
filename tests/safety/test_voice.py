"""Voices are heard in every channel; music, tones and nature are not voices."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from media.decode import read_sound
from tests.safety.material import DATA, item, needs_data

RATE_HZ = 16_000


def written(folder: Path, samples: np.ndarray, rate_hz: int = RATE_HZ):
    """Write float samples [C, n] as a 16-bit WAV file and describe it."""
    path = folder / "sound.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[0])
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes((np.clip(samples.T, -1, 1) * 32767).astype("<i2").tobytes())
    return item(path, "audio")


def scores(voice, media):
    return {s.name: s.score for s in voice.observe(media)}


def heard(voice, media):
    return any(s.fired for s in voice.observe(media))


def melody():
    t = np.arange(RATE_HZ // 4) / RATE_HZ
    notes = [np.sin(2 * np.pi * hz * t) * np.exp(-6 * t) for hz in (262, 330, 392, 523, 392, 330, 262, 196)]
    return np.concatenate(notes)[None] * 0.5


MADE = {
    "silence": np.zeros((1, RATE_HZ * 2)),
    "tone": np.sin(2 * np.pi * 440 * np.arange(RATE_HZ * 2) / RATE_HZ)[None] * 0.4,
    "noise": np.random.default_rng(0).normal(0, 0.2, (2, RATE_HZ * 2)),
    "melody": melody(),
    "one sample": np.zeros((1, 1)),
}


@pytest.mark.parametrize("samples", MADE.values(), ids=MADE)
def test_made_sounds_are_not_voices(voice, tmp_path, samples):
    assert not heard(voice, written(tmp_path, samples))


SPEECH = [*sorted((DATA / "media" / "speech").glob("*")), *sorted((DATA / "clips" / "audio").glob("speech*"))]
OTHER = [p for p in sorted((DATA / "clips" / "audio").glob("*")) if "speech" not in p.name]
OTHER += sorted((DATA / "media" / "music").glob("*"))


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("path", SPEECH, ids=lambda p: p.name)
def test_speech_is_heard(voice, path):
    assert scores(voice, item(path, "audio"))["voice.speech"] >= 0.5


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("path", OTHER, ids=lambda p: p.name[:30])
def test_music_and_nature_are_not_voices(voice, path):
    assert not heard(voice, item(path, "audio"))


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("hide", ["quiet", "one channel", "opposite phase", "under music"])
def test_a_hidden_voice_is_heard(voice, tmp_path, hide):
    said = read_sound(SPEECH[0], RATE_HZ, 1).samples
    said = np.pad(said, ((0, 0), (0, max(0, RATE_HZ - said.shape[1]))))
    nothing = np.zeros_like(said)
    samples = {
        "quiet": said * 0.01,
        "one channel": np.concatenate([nothing, said]),
        "opposite phase": np.concatenate([said, -said]),
        "under music": said + 0.1 * np.resize(melody(), said.shape),
    }[hide]
    assert heard(voice, written(tmp_path, samples))


@needs_data
@pytest.mark.shared
def test_a_clip_without_sound_has_no_voice(voice):
    clip = item(DATA / "media" / "video_nopeople" / "intel_bottle.mp4", "video")
    assert scores(voice, clip) == {"voice.speech": 0.0, "voice.singing": 0.0}


def test_no_request_field_can_carry_a_voice():
    """No code path leads from a face or a voice reference to voice parameters: the request has no such field."""
    import dataclasses

    from pipeline.request import GenerationRequest, Reference

    names = {f.name for kind in (GenerationRequest, Reference) for f in dataclasses.fields(kind)}
    assert not {n for n in names if any(word in n for word in ("voice", "timbre", "speaker", "embedding", "clone"))}
