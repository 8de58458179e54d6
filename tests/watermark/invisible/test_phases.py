"""Where the pattern lies: whole frames, cut-outs and panels, whose mark is too faint for the spectrum alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.watermark.invisible.material import KEYRING, PAYLOAD, drawn, luma, mark
from watermark.invisible import PixelReader, geometry, phases, trial
from watermark.invisible.carriers import EVEN_RADIUS, EVEN_TEMPLATE_RADIUS, TILE, carriers_of
from watermark.invisible.code import LIST_SIZE, encode
from watermark.invisible.demodulate import fold, locked_at
from watermark.invisible.footage import Footage
from watermark.invisible.frames import frames, whole
from watermark.invisible.leads import Site, Tally
from watermark.invisible.panels import EVERYTHING, panels
from watermark.invisible.residual import canonical
from watermark.invisible.search import Search

CARRIERS = carriers_of(KEYRING.key)
WIDTH, HEIGHT = 853, 480
FAINT = 0.1
OLDER_TEMPLATE_POWER = 0.3
"""Of the noise, which has unit power."""

Plane = NDArray[np.float32]


def _noise(width: int, height: int, seed: int = 5) -> Plane:
    return np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)


def _pattern() -> Plane:
    """What even pictures carry, over a whole frame of 16:9."""
    tile = CARRIERS.even_tile(encode(PAYLOAD))
    return np.tile(tile, (2, 4))[:HEIGHT, :WIDTH]


def _turned(degrees: float) -> Plane:
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(_pattern(), matrix, (WIDTH, HEIGHT)), np.float32)


def _resized(width: int, height: int) -> Plane:
    return np.asarray(cv2.resize(_pattern(), (width, height)), np.float32)


SHOWN = {
    "stretched to 4:3": _resized(640, 480),
    "stretched to 21:9": _resized(1120, 480),
    "mirrored": _pattern()[:, ::-1],
    "upside down": _pattern()[::-1],
    "a quarter turn": _pattern().T[::-1],
    "turned by 5 degrees": _turned(5.0),
    "turned by -2.3 degrees": _turned(-2.3),
}


def _shows(place: phases.Place, plane: Plane) -> bool:
    """Whether the template stands out where the place says, as far as it does at the right one."""
    return locked_at(fold(canonical(plane, place.matrix)), CARRIERS, place.offset).score > 4.5


@pytest.mark.parametrize("name", SHOWN)
def test_a_whole_frame_is_met_in_every_shape(name: str) -> None:
    shown = np.ascontiguousarray(SHOWN[name])
    plane = np.asarray(FAINT * shown + _noise(*shown.shape[::-1]), np.float32)
    best, *_ = phases.given(phases.Phases(plane), CARRIERS, *frames(*plane.shape[::-1]), 3)
    assert best.score > 6
    assert _shows(best, plane)


def test_frames_without_the_mark_show_no_template() -> None:
    plane = _noise(WIDTH, HEIGHT)
    places = phases.given(phases.Phases(plane), CARRIERS, *frames(WIDTH, HEIGHT), 3)
    assert all(place.score < 5 for place in places)


def test_a_faint_cut_out_is_found_with_its_place() -> None:
    scale = 1.37
    cut = cv2.resize(_pattern()[31:431, 77:777], None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    plane = np.asarray(FAINT * cut + _noise(*cut.shape[::-1]), np.float32)
    maps = geometry.upright(min(plane.shape), min(plane.shape))
    places = phases.anywhere(phases.Phases(plane), CARRIERS, maps, 3, geometry.MOVES[:1])
    best = places[0]
    assert len(places) == 3 * phases.PLACES
    assert np.allclose(best.matrix, scale * np.eye(2), rtol=0.005, atol=0.005)
    apart = (np.add(best.offset, (31, 77)) + TILE / 2) % TILE - TILE / 2
    assert np.abs(apart).max() < 2


def test_an_older_even_picture_is_found_by_the_coarse_peaks_of_its_template() -> None:
    fine = CARRIERS.peaks[np.hypot(*CARRIERS.peaks.T) > EVEN_TEMPLATE_RADIUS]
    older = CARRIERS._tile(encode(PAYLOAD), EVEN_RADIUS, CARRIERS.template(), OLDER_TEMPLATE_POWER)
    spectrum = np.fft.rfft2(older)
    spectrum[fine[:, 0] % TILE, fine[:, 1]] = 0
    shown = np.roll(np.tile(np.fft.irfft2(spectrum), (2, 4)), (-9, 5), (0, 1))[:HEIGHT, :WIDTH]
    plane = np.asarray(FAINT * shown + _noise(WIDTH, HEIGHT), np.float32)
    best, *_ = phases.anywhere(phases.Phases(plane), CARRIERS, np.eye(2)[None], 1, geometry.MOVES[:1])
    apart = (np.add(best.offset, (9, -5)) + TILE / 2) % TILE - TILE / 2
    assert np.abs(apart).max() < 2


def test_pilots_alone_show_where_the_pattern_lies() -> None:
    """A hard encode leaves two or three peaks of an even picture, and its coarse pilots."""
    bare = CARRIERS._tile(encode(PAYLOAD), EVEN_RADIUS, CARRIERS.template(), 0.0)
    shown = np.roll(np.tile(bare, (2, 4)), (-9, 5), (0, 1))[:HEIGHT, :WIDTH]
    plane = np.asarray(0.6 * FAINT * shown + _noise(WIDTH, HEIGHT), np.float32)
    best, *_ = phases.anywhere(phases.Phases(plane), CARRIERS, np.eye(2)[None], 1, geometry.MOVES[:1])
    apart = (np.add(best.offset, (9, -5)) + TILE / 2) % TILE - TILE / 2
    assert best.score > 6
    assert np.abs(apart).max() < 2


def test_a_scale_that_is_likely_beforehand_is_taken_beside_the_one_that_fits_best() -> None:
    plane = np.asarray(FAINT * _pattern() + _noise(WIDTH, HEIGHT), np.float32)
    near = 1.003 * np.eye(2)
    found = phases.anywhere(phases.Phases(plane), CARRIERS, near[None], 1, geometry.MOVES[:1], np.eye(2)[None])
    assert not np.array_equal(found[0].matrix, np.eye(2))
    assert any(np.array_equal(place.matrix, np.eye(2)) for place in found)


def test_coarse_pilots_are_enough_to_decode_what_even_pictures_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "pilot_score", lambda locked, carriers, reach: 0.0 if np.isinf(reach) else 4.0)
    tile = fold(np.asarray(FAINT * _pattern() + _noise(WIDTH, HEIGHT), np.float32))
    trials = trial.Trials(Footage(), Tally())
    trials.read(tile, locked_at(tile, CARRIERS, (0.0, 0.0)), Site(KEYRING.key, None, (0.0, 0.0)))
    assert trials.hit is not None
    assert trials.tally.attempts <= LIST_SIZE


def test_a_turned_cut_out_is_found_by_phases() -> None:
    turn = cv2.getRotationMatrix2D((0, 0), 2.0, 0.9)
    turn[:, 2] = (-60, 20)
    cut = cv2.warpAffine(_pattern(), turn, (600, 400))
    plane = np.asarray(2 * FAINT * cut + _noise(600, 400), np.float32)
    best, *_ = phases.anywhere(phases.Phases(plane), CARRIERS, geometry.turned(), 3, geometry.MOVES[:2])
    assert np.allclose(best.matrix, np.linalg.inv(turn[:, :2]), atol=0.006)
    assert _shows(best, plane)


def test_upright_maps_meet_cuts_out_of_usual_frames_exactly() -> None:
    scales = geometry.upright(508, 480)[:, 0, 0]
    assert np.any(np.abs(scales - 508 / 720) < 1e-12)


def _footage(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).uniform(30, 220, (height // 16, width // 16)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def test_a_picture_in_the_picture_is_found_by_its_borders() -> None:
    pictures = []
    for seed in range(4):
        picture = _footage(854, 480, 99)
        picture[118:358, 212:638] = _footage(426, 240, seed)
        pictures.append(picture)
    (rows, columns), *_ = panels(pictures)
    assert np.abs(np.subtract((rows.start, rows.stop, columns.start, columns.stop), (118, 358, 212, 638))).max() <= 1


def test_a_picture_between_bars_is_found_by_its_borders() -> None:
    pictures = [np.pad(_footage(640, 360, seed), ((60, 60), (107, 107)), constant_values=16) for seed in range(3)]
    (rows, columns), *_ = panels(pictures)
    assert np.abs(np.subtract((rows.start, rows.stop, columns.start, columns.stop), (60, 420, 107, 747))).max() <= 1


def test_even_pictures_have_no_panels() -> None:
    assert panels([np.full((48, 64), 90, np.uint8)]) == []
    assert panels([np.tile(np.arange(64, dtype=np.uint8), (48, 1))]) == []


def test_everything_is_the_whole_plane() -> None:
    plane = _noise(20, 10)
    assert np.shares_memory(plane[EVERYTHING], plane)
    assert plane[EVERYTHING].shape == plane.shape


def test_a_panel_is_read_though_its_place_is_missed_by_a_few_lines() -> None:
    plane = _noise(1280, 720, seed=7)
    plane[127:607, 211:1064] += 3 * FAINT * _pattern()
    search = Search(KEYRING.keys, Footage(), Tally())
    search._search_panels([(slice(119, 599), slice(211, 1064))], [plane])
    assert search.hit is not None
    assert search.hit.payload == PAYLOAD


@pytest.mark.parametrize(
    ("size", "shown"), [((424, 240), (853.3, 480)), ((240, 428), (480, 853.3)), ((640, 360), (853.3, 480))]
)
def test_a_copy_whose_sides_were_rounded_shows_the_whole_frame(
    size: tuple[int, int], shown: tuple[float, float]
) -> None:
    assert whole(*size) @ size == pytest.approx(shown, abs=0.1)


def test_a_frame_of_another_aspect_keeps_it() -> None:
    assert np.array_equal(whole(700, 480), np.eye(2))


def test_a_picture_set_on_even_ground_reads_by_itself() -> None:
    marked = luma(mark(drawn(1280, 720, 1))[0])
    ground = np.full((720, 1280), 220, np.uint8)
    ground[180:540, 320:960] = cv2.resize(marked, (640, 360), interpolation=cv2.INTER_AREA)
    reader = PixelReader(KEYRING)
    reader.add(ground, 0.0)
    assert not reader.done
    reader._search._search_panels(panels(reader._footage.album.pictures), [reader._footage.mean()])
    assert reader.done
