"""The camera: its moves are found, and the pattern goes along with them so that an encoder predicts it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from media.clip import Frame, VideoFormat
from media.encode import VideoWriter
from tests.watermark.invisible import material as m
from watermark.invisible import PixelEmbedder
from watermark.invisible.motion import PATIENCE, Camera, Pose

WIDTH, HEIGHT = 854, 480


def _texture(seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    total = np.full((HEIGHT, WIDTH + 400), 120, np.float32)
    for step in (2, 4, 8, 16, 32):
        noise = generator.normal(0, 8, (HEIGHT // step + 1, (WIDTH + 400) // step + 1)).astype(np.float32)
        total += cv2.resize(noise, (WIDTH + 400, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0, 255).astype(np.uint8)


def _frame(luma: np.ndarray) -> Frame:
    return np.concatenate([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])


def _pan(count: int, step_px: int = 3) -> list[Frame]:
    texture = _texture()
    return [_frame(texture[:, step_px * i : step_px * i + WIDTH]) for i in range(count)]


def _half(luma: np.ndarray) -> np.ndarray:
    return cv2.resize(luma[:HEIGHT], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(
    "move", [Pose(1.0, (3.0, 0.0)), Pose(1.0, (-1.3, 2.2)), Pose(1.004, (0.0, 0.0)), Pose(0.99, (9.0, -4.0))]
)
def test_a_move_is_found(move: Pose) -> None:
    still = _texture()[:, :WIDTH]
    centre = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    shift = [c * (1 - move.zoom) + s for c, s in zip(centre, move.shift_px, strict=True)]
    matrix = np.array([[move.zoom, 0, shift[0]], [0, move.zoom, shift[1]]])
    moved = cv2.warpAffine(still, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    camera = Camera(WIDTH, HEIGHT)
    camera.follow(_half(still))
    seen = camera.follow(_half(moved))
    assert seen is not None
    assert seen.zoom == pytest.approx(move.zoom, abs=4e-4)
    assert seen.shift_px == pytest.approx(move.shift_px, abs=0.25)


def test_rest_is_no_move_and_a_cut_is_none() -> None:
    camera = Camera(WIDTH, HEIGHT)
    camera.follow(_half(_texture()[:, :WIDTH]))
    assert camera.follow(_half(_texture()[:, :WIDTH])) == Pose()
    assert camera.follow(_half(_texture(seed=2)[:, :WIDTH])) is None


def test_following_is_given_up_until_it_is_asked_for_again() -> None:
    camera = Camera(WIDTH, HEIGHT)
    for seed in range(PATIENCE + 1):
        assert camera.follow(_half(_texture(seed)[:, :WIDTH])) in (None, Pose())
    pan = _pan(4)
    assert camera.follow(_half(pan[0])) is None
    assert camera.follow(_half(pan[1])) is None
    camera.restart()
    assert camera.follow(_half(pan[2])) is not None


def test_moves_add_up() -> None:
    twice = Pose(2.0, (1.0, 0.0)).then(Pose(0.5, (4.0, -2.0)))
    assert twice == Pose(1.0, (4.5, -2.0))


@pytest.mark.parametrize("size", [(16, 16), (18, 34), (4096, 16)])
def test_any_size_is_followed(size: tuple[int, int]) -> None:
    camera = Camera(*size)
    for level in (0, 90):
        camera.follow(np.full((size[1] // 2, size[0] // 2), level, np.uint8))


def test_the_pattern_goes_along_with_a_pan() -> None:
    embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, VideoFormat(WIDTH, HEIGHT, Fraction(24)))
    marks = []
    for index, frame in enumerate(_pan(11)):
        marked = embedder.embed(frame.copy(), index == 0)
        marks.append(m.luma(marked).astype(np.float32) - m.luma(frame))
    first, last = (cv2.GaussianBlur(marks[index], (0, 0), 1.5) for index in (0, 10))
    along = np.corrcoef(first[:, 30:].ravel(), last[:, :-30].ravel())[0, 1]
    still = np.corrcoef(first.ravel(), last.ravel())[0, 1]
    assert along > 0.8
    assert abs(still) < 0.2


def test_a_pan_costs_little(tmp_path: Path) -> None:
    format = VideoFormat(WIDTH, HEIGHT, Fraction(24))

    def size(marked: bool) -> int:
        embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, format)
        with VideoWriter(tmp_path / "clip.mp4", format, crf=23) as writer:
            for frame in _pan(48):
                writer.write(embedder.embed(frame, writer.next_is_key) if marked else frame)
        return (tmp_path / "clip.mp4").stat().st_size

    assert size(marked=True) < 1.06 * size(marked=False)


def test_a_second_cut_from_a_pan_reads_from_one_frame(tmp_path: Path) -> None:
    format = VideoFormat(WIDTH, HEIGHT, Fraction(24))
    embedder = PixelEmbedder(m.KEYRING, m.PAYLOAD, format)
    marked = [embedder.embed(frame, index == 0) for index, frame in enumerate(_pan(30))]
    assert m.read([m.luma(m.recode(marked, 23)[29])]).payload == m.PAYLOAD
