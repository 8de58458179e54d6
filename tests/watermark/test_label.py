"""The explicit label at every aspect ratio, on every background."""

from __future__ import annotations

import math
from fractions import Fraction

import cv2
import numpy as np
import pytest

from media.clip import ASPECTS, SHORT_SIDE_PX, VideoFormat
from media.colour import black, to_i420, to_picture
from tests.watermark.conftest import music, scene
from watermark import spoken
from watermark.glyphs import draw_text, label_texts
from watermark.label import SAFE_SHARE, TEXT, Label, draw_still, tile_of, visible_in

FORMATS = [VideoFormat.of(r, a, 25) for r in SHORT_SIDE_PX for a in ASPECTS if r != "2160p"]


def test_wording_has_both_elements_in_both_scripts() -> None:
    assert "AI" in TEXT
    assert "生成" in TEXT
    assert "AI-generated" in TEXT


@pytest.mark.parametrize("size", FORMATS, ids=lambda f: f"{f.width_px}x{f.height_px}")
def test_letters_reach_five_per_cent_and_stay_inside_the_safe_area(size: VideoFormat) -> None:
    wanted = math.ceil(0.05 * size.short_side_px)
    capital = draw_text("A", wanted)
    assert (capital > 127).any(axis=1).sum() >= wanted
    for locale in ("en", *label_texts()):
        tile = tile_of(locale, size.width_px, size.height_px)
        height, width = tile.plate.shape
        assert tile.line.shape[0] >= wanted
        assert tile.left >= SAFE_SHARE * size.width_px - 2
        assert tile.top >= SAFE_SHARE * size.height_px - 2
        assert tile.left + width <= size.width_px * (1 - SAFE_SHARE) + 2
        assert tile.top + height <= size.height_px / 2


@pytest.mark.parametrize("shade", [0, 90, 128, 200, 255])
def test_contrast_is_seven_to_one_on_any_background(shade: int) -> None:
    picture = draw_still(np.full((480, 854, 3), shade, np.uint8), "en")
    tile = tile_of("en", 854, 480)
    inside = picture[tile.top : tile.top + tile.plate.shape[0], tile.left : tile.left + tile.plate.shape[1]]
    text = inside[tile.text > 0.98].mean()
    plate = inside[(tile.text < 0.01) & (tile.plate > 0.77)].mean()
    assert (_luminance(text) + 0.05) / (_luminance(plate) + 0.05) >= 7


def _luminance(value: float) -> float:
    c = value / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("locale", ["en", "zh-Hans", *label_texts()])
def test_label_is_found_on_a_busy_picture(locale: str) -> None:
    picture = scene(854, 480)
    assert not visible_in(picture)
    assert visible_in(draw_still(picture, locale))


def test_native_line_is_drawn_for_other_languages() -> None:
    plain = tile_of("en", 854, 480).plate.shape[0]
    assert tile_of("zh-Hans", 854, 480).plate.shape[0] == plain
    for locale in ("ar", "hi", "de-AT", "pt-BR", "ja"):
        assert tile_of(locale, 854, 480).plate.shape[0] > plain


def test_joined_scripts_are_joined() -> None:
    """Arabic letters in a row touch: far fewer separate shapes than letters."""
    from watermark.glyphs import draw_native

    mask = draw_native("ar", 40)
    assert mask is not None
    shapes = cv2.connectedComponents((mask > 127).astype(np.uint8))[0] - 1
    letters = len(label_texts()["ar"].replace(" ", ""))
    assert shapes < letters * 0.9


@pytest.mark.parametrize("size", [(854, 480), (480, 854), (480, 480), (1280, 548)])
def test_frames_and_pictures_look_the_same(size: tuple[int, int]) -> None:
    picture = scene(*size)
    height, width = picture.shape[:2]
    frame = Label("en", VideoFormat(width, height, Fraction(25))).draw(to_i420(picture))
    tile = tile_of("en", width, height)
    seen = to_picture(frame).astype(int) - draw_still(picture, "en")
    assert np.abs(seen[tile.top + 4 : tile.top + 20, tile.left + 8 : -80]).mean() < 12


def test_label_survives_resizing_and_mild_cropping() -> None:
    picture = draw_still(scene(1280, 720), "en")
    for side in (360, 480, 1080):
        resized = cv2.resize(picture, (side * 16 // 9, side), interpolation=cv2.INTER_AREA)
        assert visible_in(resized)
    assert visible_in(picture[36:-36, 64:-20])


def test_a_faint_label_does_not_count() -> None:
    plain, labelled = scene(854, 480).astype(float), draw_still(scene(854, 480), "en")
    assert not visible_in((plain * 0.85 + labelled * 0.15).astype(np.uint8))


def test_black_frame_carries_the_label() -> None:
    assert visible_in(to_picture(Label("en", VideoFormat(640, 360, Fraction(25))).draw(black(640, 360))))


@pytest.mark.parametrize("style", ["spoken", "rhythm"])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_audible_label_stands_at_the_start(style: str, rate_hz: int) -> None:
    sound = music(4, rate_hz)
    labelled = spoken.prefix_sound(sound, style)
    head_s = labelled.duration_s - sound.duration_s
    assert 1.4 <= head_s <= 3.0
    assert spoken.audible_in(labelled)
    assert not spoken.audible_in(sound)
    assert np.array_equal(labelled.samples[:, -sound.samples.shape[1] :], sound.samples)
    assert np.abs(labelled.samples[:, : int(head_s * rate_hz)]).max() > 0.05


def test_rhythm_is_short_long_short_short_at_one_to_three() -> None:
    sound = spoken.label_sound("rhythm")
    loud = np.abs(sound.samples[0]) > 0.02
    smooth = np.convolve(loud, np.ones(240), "same") > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], smooth.astype(int), [0]])))
    lengths = (edges[1::2] - edges[::2]) / sound.rate_hz
    assert len(lengths) == 4
    assert np.round(lengths / lengths[0]).tolist() == [1, 3, 1, 1]


def test_silence_still_gets_an_audible_label() -> None:
    from media.clip import Sound

    labelled = spoken.prefix_sound(Sound(np.zeros((1, 48_000), np.float32), 48_000), "spoken")
    assert spoken.audible_in(labelled)
