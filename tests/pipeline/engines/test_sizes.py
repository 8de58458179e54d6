"""Snapping sizes, frame counts, rates and sound."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import UsageError
from media.clip import ASPECTS, SHORT_SIDE_PX, VideoFormat
from media.colour import to_picture
from pipeline.engines import EngineInfo, Limits, sizes
from pipeline.engines.minimax_h3 import snapped
from tests.pipeline.engines import build

INFO = EngineInfo("x", "local", "1", "MIT", Limits(resolutions=("480p",), frame_rates=(24,), duration_s=(2.0, 5.0),
                  references={"image": 1}))  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from(list(SHORT_SIDE_PX)), st.sampled_from(list(ASPECTS)), st.floats(2, 30),
    st.sampled_from([16, 24, 25, 30]), st.sampled_from([(32, 8), (16, 4), (64, 8)]), st.sampled_from([480, 704, 1088]),
)  # fmt: skip
def test_canvas_fits_the_grid_and_is_never_too_short(
    resolution: str, aspect: str, duration_s: float, fps: int, grid: tuple[int, int], short_px: int
) -> None:
    multiple, step = grid
    format = VideoFormat.of(resolution, aspect, 24)
    made = sizes.canvas(format, duration_s, multiple=multiple, step=step, fps=fps, short_side_px=short_px)
    assert made.width_px % multiple == made.height_px % multiple == 0
    assert made.frames % step == 1
    assert made.frames >= duration_s * fps - 1e-4
    assert made.frames < duration_s * fps + 1 + step
    assert min(made.width_px, made.height_px) <= short_px + multiple / 2


@pytest.mark.parametrize(("asked", "made"), [(24, 124), (120, 124), (124, 124), (125, 141), (336, 345)])
def test_h3_counts_are_seventeen_n_plus_five(asked: int, made: int) -> None:
    assert snapped(asked) == made
    assert made % 17 == 5


def test_what_was_snapped_is_told() -> None:
    format = VideoFormat.of("720p", "16:9", 24)
    made = sizes.canvas(format, 5.0, multiple=32, step=8, fps=16, short_side_px=480)
    assert sizes.facts(format, made) == {"model_size": "864x480", "model_fps": "16", "model_frames": "81"}


@pytest.mark.parametrize(("fps", "rate"), [(16, 24), (30, 24), (24, 24), (24, 60)])
def test_pictures_are_shown_at_their_time(fps: int, rate: int) -> None:
    pictures = np.stack([np.full((32, 32, 3), 4 * index, np.uint8) for index in range(2 * fps)])
    shown = list(sizes.frames(pictures, Fraction(fps), VideoFormat(32, 32, Fraction(rate)), 2.0))
    assert len(shown) == 2 * rate
    levels = [to_picture(frame).mean() / 4 for frame in shown]
    assert all(abs(level - index * fps / rate) < 1.5 for index, level in enumerate(levels))


def test_last_picture_is_held_when_the_model_made_too_few() -> None:
    pictures = np.zeros((3, 32, 32, 3), np.uint8)
    assert sum(1 for _ in sizes.frames(pictures, Fraction(24), VideoFormat(32, 32, Fraction(24)), 1.0)) == 24


@pytest.mark.parametrize(
    ("rate_hz", "samples"), [(24_000, 48_240), (32_000, 60_000), (44_100, 90_000), (48_000, 96_000)]
)
def test_sound_is_resampled_and_made_exactly_as_long_as_the_picture(rate_hz: int, samples: int) -> None:
    time_s = np.arange(samples) / rate_hz
    wave = np.stack([np.sin(2 * np.pi * 440 * time_s)] * 2) * 0.5
    sound = sizes.fit_sound(wave, rate_hz, 2.0)
    assert (sound.samples.shape, sound.rate_hz, sound.samples.dtype) == ((2, 96_000), 48_000, np.float32)
    spectrum = np.abs(np.fft.rfft(sound.samples[0, :48_000]))
    assert abs(int(spectrum.argmax()) - 440) <= 1


def test_numbers_of_a_broken_model_do_not_pass() -> None:
    clip = np.array([[[[np.nan, np.inf, -np.inf]]]], np.float32)
    assert sizes.to_uint8(clip).tolist() == [[[[0, 255, 0]]]]
    assert np.isfinite(sizes.fit_sound(np.array([[np.nan, 2.0]]), 48_000, 0.1).samples).all()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"duration_s": 6.0}, "duration"),
        ({"resolution": "720p"}, "resolution"),
        ({"fps": 30}, "fps"),
        ({"output": "image"}, "output"),
    ],
)
def test_what_an_engine_cannot_do_is_refused(changes: dict[str, object], key: str) -> None:
    sizes.check(build.request(), INFO)
    with pytest.raises(UsageError, match=rf"error\.engine\.{key}"):
        sizes.check(build.request(**changes), INFO)
