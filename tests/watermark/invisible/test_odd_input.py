"""Odd input: the smallest and the largest frames, odd sides, ten bits, fields, uneven clocks, strange sound."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from media.clip import Frame, Sound, VideoFormat
from media.probe import probe
from tests.watermark.invisible import material as m
from watermark.config import InspectConfig
from watermark.invisible import PixelEmbedder, PixelReader, embed_sound, embed_still, extract_sound, extract_still
from watermark.invisible.sound import resampled
from watermark.reading import read_content

SIZE = (854, 480)


def test_a_clip_of_one_frame_reads() -> None:
    coded = m.recode(m.mark(m.drawn(*SIZE, 1)), 23)
    assert len(coded) == 1
    assert m.read([m.luma(coded[0])]).payload == m.PAYLOAD


@pytest.mark.parametrize("size", [(16, 16), (34, 18), (16, 4096), (7680, 16), (256, 256)])
def test_frames_too_small_for_a_tile_are_marked_without_harm(size: tuple[int, int]) -> None:
    plain = m.drawn(*size, 1)[0]
    marked = m.mark([plain])[0]
    assert marked.shape == plain.shape
    assert np.abs(m.luma(marked).astype(int) - m.luma(plain)).max() < 16
    answer = m.read([m.luma(marked)])
    assert answer.payload in (None, m.PAYLOAD)
    assert (answer.state == "found") == (answer.payload is not None)


@pytest.mark.slow
def test_the_largest_frame_reads() -> None:
    size = VideoFormat(7680, 4320, Fraction(24))
    frame = m.drawn(7680, 4320, 1)[0]
    reader = PixelReader(m.KEYRING)
    reader.add(m.luma(PixelEmbedder(m.KEYRING, m.PAYLOAD, size).embed(frame, key_frame=True)), 0.0)
    assert reader.result().payload == m.PAYLOAD


@pytest.mark.parametrize("cut", [(1, 0), (0, 1), (3, 5)])
def test_copies_with_odd_sides_read(cut: tuple[int, int]) -> None:
    rows, columns = cut
    lumas = [m.luma(frame) for frame in m.mark(m.drawn(*SIZE, 4))]
    copies = [np.ascontiguousarray(plane[: SIZE[1] - rows, : SIZE[0] - columns]) for plane in lumas]
    assert m.read(copies).payload == m.PAYLOAD


@pytest.mark.parametrize("size", [(641, 481), (799, 601)])
def test_stills_with_odd_sides_read(size: tuple[int, int]) -> None:
    marked = embed_still(m.textured(*size), m.PAYLOAD, m.KEYRING)
    assert marked.shape == (size[1], size[0], 3)
    assert extract_still(marked, m.KEYRING).payload == m.PAYLOAD


def test_a_size_that_changes_within_a_clip_starts_the_reader_over() -> None:
    reader = PixelReader(m.KEYRING)
    reader.add(m.luma(m.drawn(640, 360, 1)[0]), 0.0)
    for index, frame in enumerate(m.mark(m.drawn(*SIZE, 3))):
        reader.add(m.luma(frame), 1 + index / 24)
    assert reader.result().payload == m.PAYLOAD


def _file(path: Path, frames: list[Frame], pts: list[int], pixels: str = "yuv420p", **options: str) -> Path:
    """A Matroska file with a clock of a thousandth of a second; `pts` in its ticks."""
    with av.open(str(path), "w", format="matroska") as container:
        stream: Any = container.add_stream("libx265" if "10" in pixels else "libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0] * 2 // 3, pixels
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.options = {"crf": "23", "preset": "veryfast", **options}
        for frame, tick in zip(frames, pts, strict=True):
            picture = VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="yuv420p")
            picture = picture.reformat(format=pixels)
            picture.pts, picture.time_base = tick, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def _verify(path: Path) -> Any:
    return read_content(path, probe(path), m.KEYRING, InspectConfig(), brief=False).video


def test_ten_bits_read(tmp_path: Path) -> None:
    frames = m.mark(m.drawn(*SIZE, 12))
    path = _file(
        tmp_path / "deep.mkv", frames, [42 * i for i in range(12)], "yuv420p10le", **{"x265-params": "log-level=error"}
    )
    assert _verify(path).payload == m.PAYLOAD


def test_interlaced_copies_read(tmp_path: Path) -> None:
    """Fields of one picture: what a television chain makes of a progressive clip."""
    frames = m.mark(m.drawn(*SIZE, 12))
    path = _file(tmp_path / "fields.mkv", frames, [42 * i for i in range(12)], **{"x264-params": "tff=1"})
    assert _verify(path).payload == m.PAYLOAD


def test_woven_fields_of_two_moments_read() -> None:
    frames = m.mark(m.drawn(*SIZE, 13))
    woven = []
    for one, two in pairwise(frames):
        luma = m.luma(one).copy()
        luma[1::2] = m.luma(two)[1::2]
        woven.append(luma)
    assert m.read(woven).payload == m.PAYLOAD


def test_an_uneven_clock_reads(tmp_path: Path) -> None:
    frames = m.mark(m.drawn(*SIZE, 16))
    ticks = np.cumsum([0, *np.random.default_rng(3).integers(8, 400, 15)]).tolist()
    answer = _verify(_file(tmp_path / "uneven.mkv", frames, ticks))
    assert answer.payload == m.PAYLOAD
    assert answer.segments[-1][1] <= ticks[-1] / 1000 + 0.01


@pytest.mark.parametrize("level", [0, 16, 235, 255])
def test_even_frames_at_the_ends_of_the_scale_read_or_say_nothing_false(level: int) -> None:
    """Black and white clip half of the mark away; what is left has to give the word or no word."""
    answer = m.read([m.luma(frame) for frame in m.recode(m.mark(m.flat(*SIZE, level, 6)), 23)])
    assert answer.payload in (None, m.PAYLOAD)
    assert answer.payload == m.PAYLOAD or level in (0, 255)


@pytest.mark.parametrize("channels", [1, 6])
@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000])
def test_a_voice_of_a_low_rate_reads(rate_hz: int, channels: int) -> None:
    marked = embed_sound(m.speechlike(5.0, rate_hz, channels), m.PAYLOAD, m.KEYRING)
    assert extract_sound(marked, m.KEYRING).payload == m.PAYLOAD


def test_a_voice_at_eight_kilohertz_reads_from_a_file_of_another_rate() -> None:
    marked = embed_sound(m.speechlike(5.0, 8_000), m.PAYLOAD, m.KEYRING)
    wide = Sound(resampled(marked.samples, 8_000, 48_000), 48_000)
    assert extract_sound(m.recode_sound(wide, bitrate_bps=64_000), m.KEYRING).payload == m.PAYLOAD


@pytest.mark.parametrize("channels", [1, 6])
def test_sound_at_the_highest_rate_reads(channels: int) -> None:
    marked = embed_sound(m.speechlike(5.0, 96_000, channels), m.PAYLOAD, m.KEYRING)
    assert extract_sound(marked, m.KEYRING).payload == m.PAYLOAD


def test_silence_in_all_but_one_channel_reads() -> None:
    samples = m.silence(4.0, channels=6).samples.copy()
    samples[2] = m.speechlike(4.0).samples[0]
    marked = embed_sound(Sound(samples, 48_000), m.PAYLOAD, m.KEYRING)
    assert extract_sound(marked, m.KEYRING).payload == m.PAYLOAD


def test_sound_that_is_clipped_throughout_stays_in_range_and_reads() -> None:
    loud = Sound(np.sign(m.speechlike(4.0).samples).astype(np.float32), 48_000)
    marked = embed_sound(loud, m.PAYLOAD, m.KEYRING)
    assert float(np.abs(marked.samples).max()) <= 1.0
    assert extract_sound(marked, m.KEYRING).payload == m.PAYLOAD
