"""Traps from the research notes: what is stopped although it hides, and what is not blocked although it looks alike."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from media.decode import read_picture
from safety import policy
from safety.detectors.photographic import BLOCK, BLOCK_EDGE, DOUBT, REVIEW, REVIEW_EDGE
from safety.screen import Screener
from safety.verdict import Decision
from tests.safety.material import DATA, item, landscape, needs_data, pasted, saved, smiley

pytestmark = [needs_data, pytest.mark.shared]
CHILD = "149_child.jpg"
REAL, OTHER, UNSURE = DATA / "faces" / "real", DATA / "faces" / "other", DATA / "faces" / "ambiguous"
DRAWN, NOBODY = DATA / "faces_train" / "drawn", DATA / "faces_train" / "none"


def score(faces, media, name="face.photographic"):
    return next(signal.score for signal in faces.observe(media) if signal.name == name)


@pytest.fixture(scope="module")
def face():
    picture = read_picture(REAL / "040_plain.jpg")
    side = min(picture.shape[:2])
    left = (picture.shape[1] - side) // 2
    return cv2.resize(picture[:side, left : left + side], (240, 240), interpolation=cv2.INTER_AREA)


def on_a_shirt(face):
    """The face printed on cloth: bent, half as bright, in folds."""
    rows, columns = np.mgrid[0:240, 0:240].astype(np.float32)
    bent = cv2.remap(face, columns + 6 * np.sin(rows / 30), rows + 4 * np.sin(columns / 40), cv2.INTER_LINEAR)
    folds = 0.75 + 0.15 * np.sin(columns / 22)[..., None]
    return pasted(np.full((600, 480, 3), (60, 70, 90), np.uint8), (bent * folds).astype(np.uint8), 120, 160)


def in_a_mirror(face):
    frame = np.full((300, 300, 3), (120, 80, 40), np.uint8)
    return pasted(landscape(480, 640), pasted(frame, face[:, ::-1].copy(), 30, 30), 250, 90)


def with_stickers(face):
    out = cv2.resize(face, (480, 480))
    cv2.rectangle(out, (130, 165), (360, 215), (10, 10, 10), -1)  # a bar over the eyes
    for x, y in ((60, 60), (420, 80), (240, 460)):
        cv2.circle(out, (x, y), 40, (255, 200, 0), -1)
    return out


def beside_a_toon_and_small(face):
    return pasted(smiley(720), cv2.resize(face, (90, 90), interpolation=cv2.INTER_AREA), 610, 20)


def warm_and_grainy(face):
    big = cv2.resize(face, (480, 480)).astype(np.float32)
    grain = np.random.default_rng(3).normal(0, 18, big.shape)
    return np.clip(big * (1.2, 1.0, 0.7) + grain, 0, 255).astype(np.uint8)


def on_a_screen(face):
    """Photographed off a monitor: scan lines, a bluish cast, a dark frame."""
    shown = cv2.resize(face, (360, 360)).astype(np.float32) * (0.8, 0.9, 1.05)
    shown[::3] *= 0.75
    frame = np.full((420, 460, 3), (18, 18, 20), np.uint8)
    return pasted(landscape(600, 900), pasted(frame, np.clip(shown, 0, 255).astype(np.uint8), 50, 30), 200, 90)


def in_newspaper_dots(face):
    """Printed in a raster of black dots."""
    grey = cv2.cvtColor(cv2.resize(face, (640, 640)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows, columns = np.mgrid[0:640, 0:640] * (2 * np.pi / 6)
    raster = 128 + 60 * (np.sin(rows) + np.sin(columns))
    return np.repeat(((grey > raster) * 255).astype(np.uint8)[:, :, None], 3, 2)


def through_a_beauty_filter(face):
    """Smoothed, lightened, with larger eyes painted over, hearts on the cheeks and a hat of ears."""
    out = cv2.bilateralFilter(cv2.resize(face, (480, 480)), 15, 90, 15)
    out = np.clip(out.astype(np.float32) * 1.1 + 18, 0, 255).astype(np.uint8)
    for x in (130, 350):
        cv2.circle(out, (x, 330), 28, (255, 150, 170), -1)
        cv2.fillPoly(out, [np.array([(x - 50, 70), (x + 50, 70), (x, 0)])], (240, 220, 210))
    return out


def through_a_strong_toned_filter(face):
    """Two tones, hard contrast, a vignette."""
    grey = cv2.cvtColor(cv2.resize(face, (480, 480)), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    rows, columns = np.mgrid[-1:1:480j, -1:1:480j]
    share = np.clip((grey - 0.5) * 1.6 + 0.5, 0, 1)[..., None] * (1 - 0.4 * (rows**2 + columns**2))[..., None]
    return np.clip((1 - share) * (40, 10, 60) + share * (255, 220, 150), 0, 255).astype(np.uint8)


def inside_a_drawing(face):
    """A cut-out head in the middle of a plainly drawn scene."""
    small, oval = cv2.resize(face, (130, 130), interpolation=cv2.INTER_AREA), np.zeros((130, 130), np.uint8)
    cv2.ellipse(oval, (65, 65), (48, 62), 0, 0, 360, 255, -1)
    scene = smiley(800)
    scene[60:190, 600:730][oval > 0] = small[oval > 0]
    return scene


def in_a_long_strip(face):
    small = cv2.resize(face, (160, 160), interpolation=cv2.INTER_AREA)
    return pasted(landscape(200, 12_000), small, 7_000, 20)


def in_few_colours(face):
    return (cv2.resize(face, (480, 480)) // 40) * 40 + 20


def modules(face, count):
    """As random modules, dark or light in each channel: uint8 [count, count, 3]."""
    small = cv2.resize(face, (count, count), interpolation=cv2.INTER_AREA)
    tones = np.stack([cv2.equalizeHist(channel) for channel in cv2.split(small)], axis=2)
    return np.where(np.random.default_rng(1).random(tones.shape) * 255 < tones, 255, 0).astype(np.uint8)


def enlarged(dots):
    return np.kron(dots, np.ones((704 // len(dots), 704 // len(dots), 1), np.uint8))


def grey_of(face):
    return np.repeat(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2)


def one_for_all(dots):
    """The modules of the first channel in all of them."""
    return np.repeat(dots[:, :, :1], 3, 2)


def in_the_dots_of_a_code(face):
    """As many black and white modules as the largest QR code has."""
    return enlarged(one_for_all(modules(grey_of(face), 177)))


def in_the_dots_of_a_code_in_eight_colours(face):
    return enlarged(modules(face, 177))


def in_the_dots_of_a_code_in_two_colours(face):
    light = one_for_all(modules(grey_of(face), 177)) > 0
    return enlarged(np.where(light, (255, 210, 90), (20, 40, 120)).astype(np.uint8))


HIDDEN = (
    on_a_shirt, in_a_mirror, with_stickers, beside_a_toon_and_small, warm_and_grainy, on_a_screen, in_newspaper_dots,
    in_the_dots_of_a_code, in_the_dots_of_a_code_in_eight_colours, in_the_dots_of_a_code_in_two_colours,
    in_few_colours, through_a_beauty_filter, through_a_strong_toned_filter, in_a_long_strip,
    inside_a_drawing,
)  # fmt: skip


@pytest.mark.parametrize("hide", HIDDEN, ids=lambda hide: hide.__name__)
def test_a_photograph_is_stopped(faces, tmp_path, face, hide):
    assert score(faces, saved(tmp_path, hide(face))) >= REVIEW


@pytest.mark.parametrize("count", [96, 128])
def test_a_face_that_coarse_dots_draw_for_who_stands_far_away_is_stopped(faces, tmp_path, count):
    picture = read_picture(REAL / "051_plain.jpg")
    side = min(picture.shape[:2])
    left = (picture.shape[1] - side) // 2
    square = np.ascontiguousarray(picture[:side, left : left + side])
    assert score(faces, saved(tmp_path, enlarged(one_for_all(modules(grey_of(square), count))))) >= REVIEW


def test_random_dots_that_draw_nothing_pass(faces, tmp_path):
    assert score(faces, saved(tmp_path, enlarged(modules(np.full((96, 96, 3), 128, np.uint8), 88)))) < REVIEW


def test_a_face_that_only_a_crop_would_reveal_is_found_in_the_whole_reference(faces, tmp_path, face):
    small = cv2.resize(face, (64, 64), interpolation=cv2.INTER_AREA)
    assert score(faces, saved(tmp_path, pasted(landscape(1080, 1920), small, 1840, 1000))) >= REVIEW


@pytest.mark.parametrize("name", ["004_photoreal_ai.jpg", "628_photoreal_ai.jpg"])
def test_made_faces_that_look_photographed_are_stopped_because_nobody_can_tell(faces, name):
    assert score(faces, item(UNSURE / name)) >= REVIEW


@pytest.mark.parametrize("path", [
    OTHER / "011_statue.jpg", DRAWN / "0002_doll.jpg", DRAWN / "0027_mask.jpg", OTHER / "390_robot.jpg",
], ids=lambda path: path.stem)  # fmt: skip
def test_statues_dolls_masks_and_robots_are_not_blocked(faces, path):
    assert score(faces, item(path)) < BLOCK


@pytest.mark.parametrize("name", ["0017", "0119", "0123", "0125"])
def test_hands_alone_pass(faces, name):
    media = item(NOBODY / f"{name}_behind.jpg")
    assert score(faces, media) < REVIEW
    assert Screener([faces], policy.load("strict")).judge([media]).decision is Decision.ALLOW


@pytest.mark.parametrize("name", ["0081", "0201"])
def test_bodies_without_a_face_are_reported(faces, name):
    assert score(faces, item(NOBODY / f"{name}_behind.jpg"), "body.photographic") >= 0.5


def test_a_caricature_of_a_real_person_is_a_drawing(faces):
    """Likeness in a drawing is a matter of names and of registered people, not of photographs."""
    media = item(OTHER / "643_cartoon2d.jpg")
    assert Screener([faces], policy.load("strict")).judge([media]).decision is not Decision.BLOCK


def test_a_thumbnail_that_differs_hides_nothing_because_no_engine_sees_it(faces, tmp_path, face):
    """The embedded preview shows a person, the picture does not; references are decoded from the picture alone."""
    preview = io.BytesIO()
    Image.fromarray(face).save(preview, "JPEG")
    path = tmp_path / "view.jpg"
    Image.fromarray(landscape()).save(path)
    path.write_bytes(path.read_bytes() + preview.getvalue())
    assert score(faces, item(path)) < REVIEW


def test_colours_under_full_transparency_reach_no_engine_and_stop_nothing(faces, tmp_path, face):
    """They are dropped when a reference is read, so the engine gets one colour."""
    media = saved(tmp_path, np.concatenate([face, np.zeros((240, 240, 1), np.uint8)], axis=2))
    assert len(np.unique(read_picture(media.path).reshape(-1, 3), axis=0)) == 1
    assert score(faces, media) < REVIEW


def test_a_collage_of_drawings_with_one_small_photograph_is_stopped(faces, tmp_path, face):
    tiles = [smiley(160) for _ in range(30)]
    tiles[17] = cv2.resize(face, (160, 160), interpolation=cv2.INTER_AREA)
    assert score(faces, saved(tmp_path, np.vstack([np.hstack(tiles[n : n + 6]) for n in range(0, 30, 6)]))) >= REVIEW


@pytest.mark.parametrize("name", ["187_mask.jpg", "194_mask.jpg", "201_mask.jpg"])
def test_faces_behind_masks_are_stopped(faces, name):
    assert score(faces, item(REAL / name)) >= REVIEW


def test_photographed_children_are_reported_as_such_and_drawn_ones_are_not(faces, tmp_path):
    assert score(faces, item(REAL / CHILD), "child.photographic") >= 0.5
    assert score(faces, saved(tmp_path, smiley()), "child.photographic") == 0.0


def test_a_quick_sure_look_and_the_thorough_one_agree(faces, faces_with_folder, tmp_path, face):
    """With YuNet the search ends at a certain face; without it the same picture is stopped as well."""
    media = saved(tmp_path, cv2.resize(face, (480, 480)))
    quick, thorough = score(faces_with_folder, media), score(faces, media)
    assert quick >= BLOCK
    assert thorough >= BLOCK


def test_the_same_picture_gets_the_same_score(faces, tmp_path, face):
    media = saved(tmp_path, face)
    assert score(faces, media) == score(faces, media)


def test_doubt_lies_around_both_decisions():
    assert DOUBT[0] < REVIEW_EDGE[0] < REVIEW < REVIEW_EDGE[1] < BLOCK_EDGE[0] < BLOCK < BLOCK_EDGE[1] <= DOUBT[1]
