"""Pixels: what leaves the encoder always reads back, and copies of it mostly do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from media.clip import Frame, VideoFormat
from media.decode import read_i420
from media.encode import VideoWriter
from tests.watermark.invisible import material as m
from watermark.invisible import KeyRing, Payload, PixelEmbedder, PixelReader, mask
from watermark.invisible.footage import BLOCKS
from watermark.invisible.reader import MOST_SIZES

SIZES = [(480, 270), (270, 480), (854, 480), (640, 640), (1120, 480), (1280, 720), (720, 1280)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("crf", [18, 23])
def test_a_drawn_clip_reads_back_at_every_size(size: tuple[int, int], crf: int) -> None:
    coded = m.recode(m.mark(m.drawn(*size, 10)), crf)
    assert m.read([m.luma(frame) for frame in coded]).payload == m.PAYLOAD


@pytest.mark.parametrize("level", [16, 60, 128, 235])
def test_slates_read_back(level: int) -> None:
    coded = m.recode(m.mark(m.flat(854, 480, level, 10)), 23)
    assert m.read([m.luma(frame) for frame in coded]).payload == m.PAYLOAD


@pytest.mark.parametrize("size", [(480, 270), (360, 640), (854, 480)])
def test_what_the_encoder_writes_reads_back(size: tuple[int, int], tmp_path: Path) -> None:
    width, height = size
    frames = m.flat(width, height, 16, 24) + m.drawn(width, height, 24) + m.flat(width, height, 235, 6)
    format = VideoFormat(width, height, Fraction(24))
    embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, format)
    with VideoWriter(tmp_path / "clip.mp4", format, crf=23) as writer:
        for frame in frames:
            writer.write(embedder.embed(frame, writer.next_is_key))
    assert m.read([m.luma(frame) for frame in read_i420(tmp_path / "clip.mp4")]).payload == m.PAYLOAD


def test_a_cut_without_key_frames_reads() -> None:
    coded = m.recode(m.mark(m.drawn(854, 480, 40)), 23)
    assert m.read([m.luma(frame) for frame in coded[14:38]]).payload == m.PAYLOAD


def test_dark_drawings_and_fast_zooms_read_back() -> None:
    for frames in (m.drawn(854, 480, 12, brightness=0.12), m.zoom(854, 480, 12)):
        coded = m.recode(m.mark(frames), 23)
        assert m.read([m.luma(frame) for frame in coded]).payload == m.PAYLOAD


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
def test_large_frames_read_back(size: tuple[int, int]) -> None:
    coded = m.recode(m.mark(m.drawn(*size, 4)), 23)
    assert m.read([m.luma(frame) for frame in coded]).payload == m.PAYLOAD


def _crop(plane: np.ndarray, share: float) -> np.ndarray:
    height, width = plane.shape
    top, left = int(height * (1 - share) * 0.6), int(width * (1 - share) * 0.4)
    return np.ascontiguousarray(plane[top : top + int(height * share), left : left + int(width * share)])


def _turn(plane: np.ndarray, degrees: float) -> np.ndarray:
    height, width = plane.shape
    return cv2.warpAffine(plane, cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), (width, height))


COPIES = {
    "half size": lambda y: cv2.resize(y, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "crop to 60 %": lambda y: _crop(y, 0.6),
    "mirrored": lambda y: np.ascontiguousarray(y[:, ::-1]),
    "upside down": lambda y: np.ascontiguousarray(y[::-1, ::-1]),
    "turned by 3 degrees": lambda y: _turn(y, 3),
    "stretched to 4:3": lambda y: cv2.resize(y, (960, 720), interpolation=cv2.INTER_AREA),
    "half as bright": lambda y: y // 2,
    "with bars": lambda y: np.pad(y, ((90, 90), (0, 0)), constant_values=16),
}


@pytest.fixture(scope="module")
def delivered() -> list[np.ndarray]:
    return [m.luma(frame) for frame in m.recode(m.mark(m.drawn(1280, 720, 24)), 20)]


@pytest.mark.parametrize("name", COPIES)
def test_altered_copies_read(name: str, delivered: list[np.ndarray]) -> None:
    assert m.read([COPIES[name](plane) for plane in delivered]).payload == m.PAYLOAD


def test_reading_stops_after_few_frames_and_is_certain(delivered: list[np.ndarray]) -> None:
    reader = PixelReader(m.KEYRING)
    for index, plane in enumerate(delivered[:6]):
        reader.add(plane, index / 24, key_frame=index == 0)
    assert reader.done
    answer = reader.result()
    assert answer.confidence > 1 - 1e-9
    assert answer.segments[0][0] == 0.0


def test_segments_name_the_marked_part() -> None:
    plain, marked = m.drawn(854, 480, 48), m.mark(m.drawn(854, 480, 48))
    reader = PixelReader(m.KEYRING)
    for index, frame in enumerate([*marked[:24], *plain[24:]]):
        reader.add(m.luma(frame), index / 24)
    (start, end), *rest = reader.result().segments
    assert start == 0.0
    assert end == pytest.approx(1.0, abs=0.2)
    assert not rest


def test_unmarked_frames_carry_nothing() -> None:
    for frames in (m.drawn(854, 480, 6), m.zoom(854, 480, 6), m.flat(854, 480, 128, 4)):
        answer = m.read([m.luma(frame) for frame in frames])
        assert answer.state == "absent"
        assert answer.payload is None


def test_another_key_reads_nothing(delivered: list[np.ndarray]) -> None:
    assert m.read(delivered[:6], KeyRing(b"a stranger's secret")).payload is None


def test_a_retired_key_still_reads(delivered: list[np.ndarray]) -> None:
    rotated = KeyRing(b"the new secret of the suite", (m.KEYRING.current,))
    assert m.read(delivered[:4], rotated).payload == m.PAYLOAD


def test_a_forged_word_is_reported_as_unreadable() -> None:
    forged = Payload(m.PAYLOAD.value ^ 1 << 30)
    answer = m.read([m.luma(frame) for frame in m.mark(m.drawn(854, 480, 3), payload=forged)])
    assert answer.state == "unreadable"
    assert answer.foreign


def test_the_mark_stays_within_its_quality_bounds() -> None:
    flat = m.flat(1280, 720, 128, 1)[0]
    change = m.luma(m.mark([flat])[0]).astype(np.float32) - 128
    shown = cv2.GaussianBlur(change, (0, 0), 1.0)
    assert shown.std() <= 0.35
    textured = m.zoom(1280, 720, 1)[0]
    error = m.luma(m.mark([textured])[0]).astype(np.float64) - m.luma(textured)
    assert 10 * np.log10(255**2 / np.mean(error**2)) >= 42


def test_a_quiet_key_frame_gets_more_in_texture_up_to_the_bound_and_nothing_on_even_ground() -> None:
    cells = np.full((90, 160), 110.0, np.float32)
    strength = np.full((90, 160), mask.FLAT_RMS, np.float32)
    strength[:30] += 1.0
    strength[-30:] *= 1.3
    more = mask.raised(strength, cells, mask.FLAT_RMS, 1.5, 10.0, strength)
    untouched = mask.RAISED_FROM * mask.FLAT_RMS
    assert np.allclose(more[:30], untouched + 1.5 * (mask.FLAT_RMS + 1.0 - untouched))
    assert np.array_equal(more[30:], strength[30:])
    bound = 1.2 * float(np.sqrt(np.mean(strength**2)))
    assert np.sqrt(np.mean(mask.raised(strength, cells, mask.FLAT_RMS, 3.0, bound, strength) ** 2)) <= bound
    assert np.array_equal(mask.raised(strength, cells, mask.FLAT_RMS, 1.5, 0.1, strength), strength)


def test_an_even_picture_changes_by_squares_that_stay_the_same_between_key_frames() -> None:
    change = [m.luma(frame).astype(int) - 128 for frame in m.mark(m.flat(1280, 720, 128, 2))]
    squares = change[0].reshape(90, 8, 160, 8)
    assert np.array_equal(squares, np.broadcast_to(squares[:, :1, :, :1], squares.shape))
    assert 0.1 < np.mean(change[0] != 0) < 0.2
    assert np.array_equal(*change)


def _ramp(light: float) -> Frame:
    """A smooth ramp: nothing hides a mark there, but no cell is of one brightness."""
    frame = m.flat(1280, 720, 128, 1)[0]
    m.luma(frame)[:] = (light * (80 + np.add.outer(np.arange(720) / 12, np.arange(1280) / 20))).astype(np.uint8)
    return frame


def test_a_ramp_is_written_as_an_even_picture_unless_it_fades() -> None:
    embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, VideoFormat(1280, 720, Fraction(24)))
    embedder.embed(_ramp(0.90), key_frame=True)
    assert embedder._even
    embedder.embed(_ramp(0.92), key_frame=True)
    assert not embedder._even
    embedder.embed(_ramp(0.92), key_frame=True)
    assert embedder._even


def test_chroma_is_left_alone() -> None:
    frame = m.drawn(854, 480, 1)[0]
    assert np.array_equal(m.mark([frame])[0][480:], frame[480:])


def test_memory_does_not_grow_with_length() -> None:
    reader = PixelReader(m.KEYRING)
    plain = m.luma(m.drawn(480, 270, 1)[0])
    for index in range(150):
        reader.add(plain, index / 24)
    assert len(reader._footage.blocks) <= BLOCKS


def test_a_frame_of_another_size_is_refused() -> None:
    embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, VideoFormat(640, 480, Fraction(24)))
    with pytest.raises(ValueError):
        embedder.embed(m.drawn(480, 270, 1)[0], key_frame=True)


@pytest.mark.parametrize("size", [(16, 16), (18, 34), (4096, 16)])
def test_tiny_and_thin_frames_do_not_fail(size: tuple[int, int]) -> None:
    marked = m.mark(m.drawn(*size, 1))
    assert m.read([m.luma(marked[0])]).payload in (None, m.PAYLOAD)


def test_frames_of_ever_new_sizes_get_a_limited_number_of_chances() -> None:
    forged = Payload(m.PAYLOAD.value ^ 1 << 30)
    frame = m.luma(m.mark(m.drawn(854, 480, 1), payload=forged)[0])
    reader, attempts = PixelReader(m.KEYRING), []
    for index in range(3 * MOST_SIZES):
        reader.add(frame[:, : 640 + 2 * index], index / 24)
        attempts.append(reader._tally.attempts)
    assert 0 < attempts[MOST_SIZES - 1] == attempts[-1]


def test_no_frames_mean_absent() -> None:
    assert PixelReader(m.KEYRING).result().state == "absent"


def _change(effort_bpp: float) -> float:
    """Root mean square of the mark in a frame between key frames of a picture at rest."""
    embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, VideoFormat(854, 480, Fraction(24)))
    plain = m.zoom(854, 480, 1)[0]
    embedder.embed(plain.copy(), key_frame=True)
    between = embedder.embed(plain.copy(), False, effort_bpp)
    return float((m.luma(between).astype(np.float32) - m.luma(plain)).std())


def test_frames_that_are_coded_anew_carry_more() -> None:
    assert _change(0.05) > 1.5 * _change(0.001)


def test_the_writer_tells_what_prediction_cannot_supply(tmp_path: Path) -> None:
    format = VideoFormat(480, 270, Fraction(24))
    generator = np.random.default_rng(2)
    noise = [
        np.concatenate([generator.integers(0, 256, (270, 480), np.uint8), frame[270:]])
        for frame in m.flat(480, 270, 9, 60)
    ]
    spent = []
    for frames in (m.flat(480, 270, 128, 60), noise):
        with VideoWriter(tmp_path / "clip.mp4", format) as writer:
            assert writer.inter_bits_per_px is None
            for frame in frames:
                writer.write(frame)
            spent.append(writer.inter_bits_per_px)
    assert spent[0] < 0.003 < 0.1 < spent[1]
