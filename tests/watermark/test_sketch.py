"""A part of a released picture is known as such, however it was cut, turned or lit; other pictures are not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.media import makers
from tests.watermark.conftest import scene
from watermark.fingerprint import Fingerprint, FrameSampler, agrees
from watermark.sketch import Sketch, Thumb, share_shown, sketch, small, thumb

Grey = np.ndarray


def _grey(seed: int) -> Grey:
    return cv2.cvtColor(scene(640, 360, seed=seed), cv2.COLOR_RGB2GRAY)


def _jpeg(picture: Grey) -> Grey:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_GRAYSCALE)


EDITS: dict[str, Callable[[Grey], Grey]] = {
    "the same, half the size": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5),
    "cut to 80 %": lambda p: p[40:328, 30:542],
    "cut to 60 %": lambda p: p[100:316, 200:584],
    "cut to 40 %": lambda p: p[150:294, 90:346],
    "upright out of wide": lambda p: p[:, 250:452],
    "mirrored and cut": lambda p: p[20:300, 20:520][:, ::-1],
    "letterbox": lambda p: cv2.copyMakeBorder(p, 80, 80, 0, 0, cv2.BORDER_CONSTANT, value=0),
    "darker": lambda p: (p * 0.5).astype(np.uint8),
    "turned by 2 degrees": lambda p: cv2.warpAffine(p, cv2.getRotationMatrix2D((320, 180), 2, 1.06), (640, 360)),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("seed", [1, 2, 5])
def test_parts_are_known(edit: Callable[[Grey], Grey], seed: int) -> None:
    known = [sketch(small(_grey(seed)))]
    assert share_shown([thumb(_jpeg(np.ascontiguousarray(edit(_grey(seed)))))], known) == 1


def test_other_pictures_are_not() -> None:
    known = [sketch(small(_grey(seed))) for seed in (1, 2, 3)]
    others = [thumb(edit(_grey(seed))) for seed in (77, 78, 79) for edit in (EDITS["cut to 40 %"], lambda p: p)]
    noise = np.random.default_rng(1).integers(0, 256, (360, 640), np.uint8)
    flat = np.full((360, 640), 90, np.uint8)
    assert share_shown([*others, thumb(noise), thumb(flat)], known) == 0


def test_smooth_pictures_are_not_taken_for_each_other() -> None:
    smooth = [cv2.cvtColor(makers.picture(640, 360, seed=seed), cv2.COLOR_RGB2GRAY) for seed in (1, 2, 3, 77)]
    for number, picture in enumerate(smooth):
        others = [sketch(small(other)) for other in smooth if other is not smooth[number]]
        assert share_shown([thumb(picture)], others) == 0


def test_one_frame_of_ours_in_something_else_does_not_make_it_agree() -> None:
    entry, query = FrameSampler(), FrameSampler(parts=False)
    entry.add(_grey(1), 0.0)
    for number in range(6):
        query.add(_grey(1)[60:276, 100:484] if number == 0 else _grey(80 + number), number / 2)
    known = Fingerprint(entry.codes, sketches=entry.sketches)
    assert agrees(Fingerprint(query.codes, thumbs=query.thumbs), known) is False
    assert agrees(Fingerprint(query.codes[:1], thumbs=query.thumbs[:1]), known) is True


def test_the_ledger_gets_sketches_and_no_pictures() -> None:
    sampler = FrameSampler()
    sampler.add(_grey(1), 0.0)
    entry = Fingerprint(sampler.codes, (), sampler.sketches, sampler.thumbs)
    stored = entry.as_dict()
    assert sampler.thumbs[0].grey not in str(stored)
    assert Fingerprint.from_dict(stored) == Fingerprint(sampler.codes, (), sampler.sketches)
    assert Fingerprint.from_dict({"frames": stored["frames"], "sound": []}).sketches == ()


@pytest.mark.parametrize(
    "damaged", [Sketch(96, 54, "AAAA"), Sketch(0, 0, ""), Sketch(96, 54, "no base64")], ids=["short", "empty", "text"]
)
def test_damaged_sketches_are_refused(damaged: Sketch) -> None:
    with pytest.raises(ValueError, match=r".+"):
        share_shown([thumb(_grey(1))], [damaged])


def test_damaged_thumbs_are_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        share_shown([Thumb(20_000, 20_000, "")], [sketch(small(_grey(1)))])
