"""Registered recordings are heard after recompression, cutting, noise and a voice on top; others never are."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest

from errors import UsageError
from media.decode import read_sound
from safety import policy
from safety.detectors.landmarks import RATE_HZ, landmarks
from safety.detectors.recordings import RecordingDetector
from safety.registry.__main__ import main
from safety.registry.tracks import TrackIndex
from safety.screen import Screener
from safety.verdict import Decision
from tests.media.makers import coded
from tests.safety.material import DATA, item, needs_data

MUSIC = [*sorted((DATA / "media" / "music").glob("*")), *sorted((DATA / "clips" / "audio").glob("*"))]
SOUNDS = [*MUSIC, *sorted((DATA / "media" / "speech").glob("*"))]
WALTZ = DATA / "media" / "music" / "librosa_147793__setuniman__sweet-waltz-0i-22mi.ogg"


def tune(seed: int, seconds: float = 12.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Notes of random pitch and length, each with three overtones: float32 [n]."""
    rng, parts, left = np.random.default_rng(seed), [], seconds
    while left > 0:
        length_s = float(rng.choice([0.2, 0.3, 0.4]))
        t = np.arange(int(length_s * rate_hz)) / rate_hz
        hz = 220 * 2 ** (rng.integers(0, 24) / 12)
        parts.append(sum(np.sin(2 * np.pi * hz * n * t) / n for n in (1, 2, 3)) * np.exp(-4 * t))
        left -= length_s
    return (np.concatenate(parts) * 0.3).astype(np.float32)


def written(path, samples, rate_hz=RATE_HZ):
    """Float samples [n] or [2, n] as a 16-bit WAV file."""
    channels = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes((np.clip(channels.T, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def index():
    found = TrackIndex()
    found.add("tune", tune(1), title="A tune")
    return found


def heard(index, path):
    (signal,) = RecordingDetector(index).observe(item(path, "audio"))
    return signal


EDITS = {
    "as it is": lambda x: x,
    "five seconds of it": lambda x: x[3 * RATE_HZ : 8 * RATE_HZ + 77],
    "quiet": lambda x: x * 0.03,
    "in noise": lambda x: x + np.random.default_rng(0).normal(0, x.std() / 3, x.size),
    "after silence": lambda x: np.concatenate([np.zeros(RATE_HZ * 3), x]),
    "below another": lambda x: x + tune(9)[: x.size] if x.size <= tune(9).size else x[: tune(9).size] + tune(9),
    "one channel turned over": lambda x: np.stack([x, -x]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_registered_recording_is_heard(index, tmp_path, edit):
    found = heard(index, written(tmp_path / "sound.wav", edit(tune(1))))
    assert found.fired
    assert found.evidence[0].entry == "recording:tune"


@pytest.mark.parametrize(("codec", "ending", "rate"), [("libmp3lame", "mp3", 48_000), ("aac", "m4a", 48_000)])
def test_it_is_heard_after_recompression(index, tmp_path, codec, ending, rate):
    path = coded(tmp_path / f"sound.{ending}", tune(1, rate_hz=44_100), codec, rate)
    assert heard(index, path).fired


def test_the_place_is_where_it_starts(index, tmp_path):
    path = written(tmp_path / "sound.wav", np.concatenate([tune(5, 6.0), tune(1)]))
    assert heard(index, path).evidence[0].time_s == pytest.approx(6.0, abs=1.0)


@pytest.mark.parametrize("seed", range(2, 8))
def test_other_tunes_are_not(index, tmp_path, seed):
    assert heard(index, written(tmp_path / "sound.wav", tune(seed))).score == 0.0


@pytest.mark.parametrize(
    "samples", [np.zeros(RATE_HZ), np.zeros(5), np.full(RATE_HZ, 0.2)], ids=["silence", "blip", "dc"]
)
def test_nothing_is_heard_in_nothing(index, tmp_path, samples):
    assert heard(index, written(tmp_path / "sound.wav", samples)).score == 0.0


def test_what_cannot_be_told_from_others_is_not_registered():
    with pytest.raises(UsageError, match="track_plain"):
        TrackIndex().add("hum", np.sin(np.arange(RATE_HZ * 5) * 0.3).astype(np.float32))


def test_a_steady_tone_is_no_recording(index, tmp_path):
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ * 10) / RATE_HZ)).astype(np.float32)
    index.add("with a tone", np.concatenate([tune(4), tone]))
    assert heard(index, written(tmp_path / "sound.wav", tone)).score == 0.0


def test_a_block_names_rule_and_second(index, tmp_path):
    screener = Screener([RecordingDetector(index)], policy.load("strict"))
    verdict = screener.judge([item(written(tmp_path / "a.wav", tune(1)), "audio")])
    assert verdict.decision is Decision.BLOCK
    assert verdict.policies == ("ip.recording",)


def test_the_command_adds_lists_and_removes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLOPHON_DATA", str(tmp_path / "data"))
    path = written(tmp_path / "a.wav", tune(3))
    running = TrackIndex(tmp_path / "data" / "tracks.jsonl")
    before = running.version
    assert main(["track", "add", "isrc:1", str(path), "--title", "Third"]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": "isrc:1", "title": "Third", "owner": ""}
    assert running.find(landmarks(tune(3))).entry == "isrc:1"  # a running service takes it over
    assert running.version != before
    assert main(["track", "remove", "isrc:1"]) == 0
    assert running.find(landmarks(tune(3))) is None
    assert main(["track", "remove", "isrc:1"]) == 2


def test_a_malformed_row_is_refused(tmp_path):
    (tmp_path / "tracks.jsonl").write_text('{"id": "x", "codes": "AAAA", "hops": ""}\n')
    with pytest.raises(UsageError, match="malformed"):
        TrackIndex(tmp_path / "tracks.jsonl")


@needs_data
@pytest.mark.shared
def test_no_shared_sound_is_taken_for_another():
    known = {path.stem: read_sound(path, RATE_HZ, 1).samples[0] for path in SOUNDS}
    found = TrackIndex()
    for path in MUSIC:
        if "speech" not in path.stem and known[path.stem].size > 5 * RATE_HZ:
            found.add(path.stem, known[path.stem])
    for name, samples in known.items():
        match = found.find(landmarks(samples))
        assert match is None or match.entry == name


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize(("codec", "ending", "rate"), [("libmp3lame", "mp3", 64_000), ("aac", "m4a", 48_000)])
def test_shared_music_is_heard_after_recompression_and_cutting(tmp_path, codec, ending, rate):
    found = TrackIndex()
    found.add("waltz", read_sound(WALTZ, RATE_HZ, 1).samples[0])
    part = read_sound(WALTZ, 44_100, 1).samples[0][20_000:461_000]
    assert heard(found, coded(tmp_path / f"part.{ending}", part, codec, rate)).fired
