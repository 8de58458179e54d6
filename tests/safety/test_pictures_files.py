"""Protected pictures in clips, animations and outputs, and files of every odd kind."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from errors import UsageError
from media.clip import VideoFormat
from media.colour import to_i420
from media.encode import VideoWriter
from safety import policy
from safety.detectors.pictures import PictureDetector, looked_at
from safety.detectors.samples import Sample
from safety.detectors.weights import sha256_of
from safety.registry.pictures import PictureIndex, row_of
from safety.screen import Screener
from safety.signals import MediaItem, Signal, SignalState
from safety.verdict import Decision
from tests.safety.test_pictures import drawing

Rgb = NDArray[np.uint8]


@pytest.fixture(scope="module")
def detector() -> PictureDetector:
    index = PictureIndex()
    index.add("own-1", drawing(1))
    return PictureDetector(index)


def item(path: Path, kind: str = "image") -> MediaItem:
    return MediaItem("output", kind, str(path), sha256_of(path))


def clip(path: Path, at: Callable[[float], Rgb], seconds: float = 3.0) -> MediaItem:
    """A clip of 320 x 240 at 12 pictures a second; `at` gives the picture of a time."""
    with VideoWriter(path, VideoFormat(320, 240, Fraction(12))) as writer:
        for number in range(round(12 * seconds)):
            writer.write(to_i420(np.ascontiguousarray(cv2.resize(at(number / 12), (320, 240)))))
    return item(path, "video")


def planted(start_s: float, end_s: float, share: float) -> Callable[[float], Rgb]:
    """A moving scene that shows the protected picture in a part of it, for a part of the time."""
    scene = cv2.resize(drawing(30), (640, 480))
    small = cv2.resize(drawing(1), (round(480 * share), round(480 * share)), interpolation=cv2.INTER_AREA)

    def at(time_s: float) -> Rgb:
        shown = np.roll(scene, round(20 * time_s), axis=1)
        if start_s <= time_s < end_s:
            shown[: len(small), 640 - len(small) :] = small
            if share == 1:
                shown = small
        return shown

    return at


@pytest.mark.parametrize(
    ("start_s", "end_s", "share"),
    [(0.0, 3.0, 1.0), (1.1, 1.5, 1.0), (1.0, 2.0, 0.5), (2.5, 3.0, 0.5), (0.6, 1.1, 0.4)],
    ids=["throughout", "for 0.4 s", "inside, for a second", "inside, at the end", "40 %, for half a second"],
)  # fmt: skip
def test_a_protected_picture_in_an_output_is_stopped(detector, tmp_path, start_s, end_s, share) -> None:
    asked = clip(tmp_path / "a.mp4", planted(start_s, end_s, share))
    verdict = Screener([detector], policy.load("strict")).screen_output("0" * 64, [asked])
    assert verdict.decision is Decision.BLOCK
    (place,) = [evidence for signal in verdict.signals for evidence in signal.evidence]
    assert place.entry == "picture:own-1"
    assert place.time_s is not None
    assert start_s - 0.05 <= place.time_s <= end_s


def test_what_a_clip_shows_for_half_a_second_is_looked_at_whatever_flashes_elsewhere() -> None:
    rng = np.random.default_rng(3)
    flashes = [Sample(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8), 0.05 * n) for n in range(40)]
    calm = [Sample(np.full((48, 64, 3), n, np.uint8), 2.0 + 0.125 * n) for n in range(33)]
    times = np.array([sample.time_s for sample in looked_at(MediaItem("output", "video", "", ""), flashes + calm)])
    assert np.diff(times[times >= 2.0]).max() <= 0.5
    assert len(times) <= 30


def test_a_clip_without_it_passes(detector, tmp_path) -> None:
    asked = clip(tmp_path / "a.mp4", planted(9.0, 9.0, 0.5))
    assert Screener([detector], policy.load("strict")).screen_output("0" * 64, [asked]).decision is Decision.ALLOW


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
def test_a_later_picture_of_an_animation_is_looked_at(detector, tmp_path, ending) -> None:
    path = tmp_path / f"a.{ending}"
    frames = [Image.fromarray(drawing(seed)) for seed in (30, 31, 1, 32)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=200)
    (signal,) = detector.observe(item(path))
    assert [place.entry for place in signal.evidence] == ["picture:own-1"]


def _hidden(path: Path) -> None:
    """The protected picture as colours of pixels that are nearly transparent."""
    alpha = np.full((320, 320, 1), 8, np.uint8)
    Image.fromarray(np.concatenate((drawing(1), alpha), axis=2)).save(path)


def _deep(path: Path) -> None:
    cv2.imwrite(str(path), drawing(1)[:, :, ::-1].astype(np.uint16) * 257)


SHOWN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "colours under transparency": ("png", _hidden),
    "16 bits": ("png", _deep),
    "CMYK": ("jpg", lambda path: Image.fromarray(drawing(1)).convert("CMYK").save(path, quality=90)),
    "palette": ("png", lambda path: Image.fromarray(drawing(1)).quantize(16).save(path)),
    "one channel": ("png", lambda path: Image.fromarray(drawing(1)).convert("L").save(path)),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_the_picture_is_found_in_every_kind_of_file(detector, tmp_path, kind) -> None:
    ending, write = SHOWN[kind]
    write(tmp_path / f"a.{ending}")
    (signal,) = detector.observe(item(tmp_path / f"a.{ending}"))
    assert [place.entry for place in signal.evidence] == ["picture:own-1"]


ODD: dict[str, Rgb] = {
    "one pixel": np.full((1, 1, 3), 7, np.uint8),
    "long": np.random.default_rng(1).integers(0, 255, (20, 16_000, 3), dtype=np.uint8),
    "high": np.random.default_rng(1).integers(0, 255, (16_000, 3, 3), dtype=np.uint8),
    "black": np.zeros((300, 300, 3), np.uint8),
    "transparent": np.zeros((300, 300, 4), np.uint8),
    "noise": np.random.default_rng(1).integers(0, 255, (700, 700, 3), dtype=np.uint8),
    "stripes of a pixel": np.tile(np.array([0, 255], np.uint8)[:, None, None], (400, 800, 3)),
}


def observed(detector: PictureDetector, path: Path, picture: Rgb) -> Signal:
    Image.fromarray(picture).save(path)
    (signal,) = detector.observe(item(path))
    return signal


@pytest.mark.parametrize("kind", ODD)
def test_odd_pictures_are_looked_at_and_match_nothing(detector, tmp_path, kind) -> None:
    signal = observed(detector, tmp_path / "a.png", ODD[kind])
    assert (signal.state, signal.fired) == (SignalState.OK, False)


def test_a_picture_beyond_all_bounds_is_not_allowed(detector, tmp_path) -> None:
    signal = observed(detector, tmp_path / "a.png", np.zeros((20, 20_000, 3), np.uint8))
    assert signal.state is SignalState.ERROR


@pytest.mark.parametrize("kind", sorted(set(ODD) - {"noise", "transparent", "long", "high"}))
def test_odd_pictures_cannot_be_registered(kind) -> None:
    with pytest.raises(UsageError):
        row_of("odd", ODD[kind])


def _ramp() -> Rgb:
    return np.repeat(np.tile(np.linspace(20, 230, 300), (300, 1))[..., None], 3, 2).astype(np.uint8)


def _disc() -> Rgb:
    return np.asarray(cv2.circle(np.full((300, 300, 3), 245, np.uint8), (150, 140), 80, (200, 20, 30), -1))


def _bars() -> Rgb:
    return np.repeat((np.arange(300) // 25 % 2 * 200 + 20).astype(np.uint8)[None, :, None], 300, 0).repeat(3, 2)


def _box() -> Rgb:
    return np.asarray(cv2.rectangle(np.full((300, 300, 3), 40, np.uint8), (60, 90), (200, 260), (250, 250, 90), -1))


@pytest.mark.parametrize("draw", [_ramp, _disc, _bars, _box])
def test_what_any_other_may_look_like_cannot_be_registered(draw) -> None:
    with pytest.raises(UsageError) as caught:
        row_of("plain", draw())
    assert caught.value.key == "error.registry.picture_plain"


def test_fewer_bits_may_differ_from_a_simple_picture_unless_the_host_says_so() -> None:
    sign = np.full((256, 256, 3), 245, np.uint8)
    cv2.putText(sign, "MINT", (20, 150), cv2.FONT_HERSHEY_DUPLEX, 2.6, (30, 30, 30), 7)
    assert 10 < row_of("simple", sign).threshold < row_of("rich", drawing(1)).threshold
    assert row_of("simple", sign, threshold=12).threshold == 12


def test_a_soft_picture_can_be_registered_and_is_found_again() -> None:
    index = PictureIndex()
    index.add("soft", cv2.GaussianBlur(drawing(5), (0, 0), 12))
    assert len(index) == 1
