"""The picture index: edits are recognised, other pictures are not, changes work at once."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from errors import UsageError
from safety.detectors.pdq import query_hashes
from safety.detectors.pictures import PictureDetector
from safety.detectors.weights import sha256_of
from safety.registry.pictures import PictureIndex
from safety.signals import MediaItem, SignalState


def drawing(seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    picture = np.full((320, 320, 3), rng.integers(120, 255, 3), np.uint8)
    for _ in range(14):
        centre, colour = rng.integers(0, 320, 2), rng.integers(0, 255, 3)
        cv2.circle(picture, (int(centre[0]), int(centre[1])), int(rng.integers(15, 70)), [int(c) for c in colour], -1)
    return picture


@pytest.fixture
def index(tmp_path: Path) -> PictureIndex:
    made = PictureIndex(tmp_path / "pictures.jsonl")
    made.add("own-1", drawing(1))
    return made


def found(index: PictureIndex, picture: NDArray[np.uint8]) -> bool:
    return index.nearest(query_hashes(np.ascontiguousarray(picture))) is not None


@pytest.mark.parametrize(
    "edit",
    ["same", "half", "mirror", "border", "crop", "corner", "hue", "upside down", "quarter turn", "captioned", "tilted"],
)
def test_edited_picture_is_found(index: PictureIndex, edit: str) -> None:
    picture = drawing(1)
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 60) % 180
    bar = np.full((50, 320, 3), 250, np.uint8)
    cv2.putText(bar, "when it is monday", (8, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2)
    turn = cv2.getRotationMatrix2D((160, 160), 5, 1)
    edited = {
        "upside down": picture[::-1],
        "quarter turn": np.rot90(picture),
        "captioned": np.concatenate((bar, picture)),
        "tilted": cv2.warpAffine(picture, turn, (320, 320), borderValue=(255, 255, 255)),
        "corner": picture[:272, :272],
        "hue": cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB),
        "same": picture,
        "half": cv2.resize(picture, (160, 160), interpolation=cv2.INTER_AREA),
        "mirror": picture[:, ::-1],
        "border": cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(20, 20, 20)),
        "crop": picture[16:304, 16:304],
    }[edit]
    assert found(index, np.ascontiguousarray(edited))


def test_other_pictures_do_not_match(index: PictureIndex) -> None:
    assert not any(found(index, drawing(seed)) for seed in range(2, 12))


def test_changes_work_at_once_and_survive_a_restart(index: PictureIndex, tmp_path: Path) -> None:
    index.add("own-2", drawing(2))
    assert found(PictureIndex(tmp_path / "pictures.jsonl"), drawing(2))
    index.remove("own-2")
    assert not found(index, drawing(2))


def test_a_replaced_picture_is_found_no_more(index: PictureIndex) -> None:
    before = index.version
    index.add("own-1", drawing(3))
    assert (found(index, drawing(1)), found(index, drawing(3)), len(index)) == (False, True, 1)
    assert index.version != before


def test_of_many_additions_and_removals_the_last_word_counts(tmp_path: Path) -> None:
    made = PictureIndex(tmp_path / "pictures.jsonl")
    for seed in range(40, 52):
        made.add(f"p{seed}", drawing(seed))
    for seed in range(40, 52, 3):
        made.remove(f"p{seed}")
    for known in (made, PictureIndex(tmp_path / "pictures.jsonl")):
        matches = [known.nearest(query_hashes(drawing(seed))) for seed in range(40, 52)]
        named = [match.entry if match else None for match in matches]
        assert named == [None if (seed - 40) % 3 == 0 else f"p{seed}" for seed in range(40, 52)]
    assert made.version == PictureIndex(tmp_path / "pictures.jsonl").version


def test_plain_picture_is_refused(index: PictureIndex) -> None:
    with pytest.raises(UsageError):
        index.add("plain", np.full((64, 64, 3), 200, np.uint8))


def test_malformed_index_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "x"}\n')
    with pytest.raises(UsageError) as caught:
        PictureIndex(path)
    assert caught.value.params["line"] == 1


def test_unreadable_file_never_allows(index: PictureIndex, tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"not a picture")
    signal = PictureDetector(index).observe(MediaItem("image1", "image", str(path), sha256_of(path)))[0]
    assert signal.state is SignalState.ERROR


@pytest.mark.parametrize("side", [140, 200])
def test_picture_laid_over_another_is_found(index: PictureIndex, side: int) -> None:
    scene = drawing(30)
    small = cv2.resize(drawing(1), (side, side), interpolation=cv2.INTER_AREA)
    scene[40 : 40 + side, 70 : 70 + side] = small
    assert found(index, scene)


@pytest.mark.parametrize("place", [(0.025, 0.175), (0.075, 0.125), (0.1, 0.03), (0.175, 0.075)])
def test_a_fifth_cut_off_between_the_crops_that_are_kept_is_found(
    index: PictureIndex, place: tuple[float, float]
) -> None:
    top, left = (round(320 * share) for share in place)
    assert found(index, drawing(1)[top : top + 256, left : left + 256])


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 1)])
def test_a_picture_in_the_corner_of_another_is_found(index: PictureIndex, corner: tuple[int, int]) -> None:
    scene = drawing(30)
    top, left = (180 * place for place in corner)
    scene[top : top + 140, left : left + 140] = cv2.resize(drawing(1), (140, 140), interpolation=cv2.INTER_AREA)
    assert found(index, scene)
