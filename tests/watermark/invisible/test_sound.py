"""Sound: what leaves the encoder always reads back, silence included."""

from __future__ import annotations

import numpy as np
import pytest

from media.clip import Sound
from tests.watermark.invisible import material as m
from watermark.invisible import KeyRing, Payload, embed_sound, extract_sound
from watermark.invisible.mdct import BANDS, imdct, mdct


def _noise(duration_s: float, level_db: float) -> Sound:
    samples = np.random.default_rng(1).normal(0, 10 ** (level_db / 20), (2, int(duration_s * 48_000)))
    return Sound(samples.astype(np.float32), 48_000)


SOUNDS = {
    "speech": m.speechlike(2.0),
    "silence": m.silence(2.0),
    "quiet ambience": _noise(2.0, -60.0),
    "loud noise": _noise(2.0, -12.0),
    "clipped": Sound(np.clip(m.speechlike(2.0).samples * 20, -1, 1), 48_000),
}


@pytest.mark.parametrize("bitrate_bps", [128_000, 192_000])
@pytest.mark.parametrize("name", SOUNDS)
def test_two_seconds_read_back_after_aac(name: str, bitrate_bps: int) -> None:
    marked = embed_sound(SOUNDS[name], m.PAYLOAD, m.KEYRING)
    answer = extract_sound(m.recode_sound(marked, "aac", bitrate_bps), m.KEYRING)
    assert answer.payload == m.PAYLOAD
    assert answer.segments


@pytest.mark.parametrize(("codec", "bitrate_bps"), [("aac", 64_000), ("libmp3lame", 64_000), ("libopus", 48_000)])
def test_five_seconds_read_back_after_low_bitrates(codec: str, bitrate_bps: int) -> None:
    marked = embed_sound(m.speechlike(5.0), m.PAYLOAD, m.KEYRING)
    assert extract_sound(m.recode_sound(marked, codec, bitrate_bps), m.KEYRING).payload == m.PAYLOAD


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_and_channel_count(rate_hz: int, channels: int) -> None:
    marked = embed_sound(m.speechlike(4.0, rate_hz, channels), m.PAYLOAD, m.KEYRING)
    assert marked.samples.shape == (channels, 4 * rate_hz)
    assert extract_sound(marked, m.KEYRING).payload == m.PAYLOAD


def test_a_cut_from_the_middle_reads() -> None:
    marked = embed_sound(m.speechlike(6.0), m.PAYLOAD, m.KEYRING)
    assert extract_sound(Sound(marked.samples[:, 70_003:190_003], 48_000), m.KEYRING).payload == m.PAYLOAD


def test_the_noise_floor_of_silence_is_near_minus_66_dbfs() -> None:
    marked = embed_sound(m.silence(3.0), m.PAYLOAD, m.KEYRING)
    level_db = 20 * np.log10(marked.samples.std())
    assert -72 < level_db < -63


def test_segments_name_the_marked_part() -> None:
    plain = m.speechlike(8.0)
    marked = embed_sound(plain, m.PAYLOAD, m.KEYRING).samples.copy()
    marked[:, 4 * 48_000 :] = plain.samples[:, 4 * 48_000 :]
    (start, end), *rest = extract_sound(Sound(marked, 48_000), m.KEYRING).segments
    assert start == pytest.approx(0.0, abs=0.1)
    assert end == pytest.approx(4.0, abs=1.1)
    assert not rest


def test_unmarked_sound_carries_nothing() -> None:
    for sound in (m.speechlike(5.0), m.silence(3.0), _noise(5.0, -20.0)):
        assert extract_sound(sound, m.KEYRING).state == "absent"


def test_another_key_reads_nothing() -> None:
    marked = embed_sound(m.speechlike(4.0), m.PAYLOAD, m.KEYRING)
    assert extract_sound(marked, KeyRing(b"a stranger's secret")).payload is None


def test_a_forged_word_is_reported_as_unreadable() -> None:
    marked = embed_sound(m.speechlike(4.0), Payload(m.PAYLOAD.value ^ 1 << 30), m.KEYRING)
    answer = extract_sound(marked, m.KEYRING)
    assert (answer.state, answer.foreign) == ("unreadable", True)


@pytest.mark.parametrize("length", [0, 1, 1000, 30_000])
def test_very_short_sound_does_not_fail(length: int) -> None:
    sound = Sound(np.zeros((1, length), np.float32), 48_000)
    marked = embed_sound(sound, m.PAYLOAD, m.KEYRING)
    assert marked.samples.shape == (1, length)
    assert extract_sound(marked, m.KEYRING).payload in (None, m.PAYLOAD)


def test_the_transform_reconstructs() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 12 * BANDS).astype(np.float32)
    back = imdct(mdct(samples))
    assert np.abs(back - samples)[BANDS:-BANDS].max() < 1e-5
