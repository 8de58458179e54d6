"""What is left out of a frame, what is blurred in it, and what a video reference lends to it."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from media.clip import VideoFormat
from media.colour import luma, to_i420
from media.digest import sha256_of
from media.encode import VideoWriter
from media.probe import probe
from pipeline.engines.animatic.cover import EMPTY, FULL, MIXED, Cover, windows
from pipeline.engines.animatic.director import direct
from pipeline.engines.animatic.film import build
from pipeline.engines.animatic.focus import BACKGROUND, SUBJECT, Racked, travel
from pipeline.engines.animatic.follow import followed
from pipeline.engines.animatic.sheets import still
from pipeline.engines.animatic.sound import alone
from pipeline.request import GenerationRequest, Reference

AS_IS = np.array([[1.0, 0, 0], [0, 1.0, 0]])
SHIFTED = np.array([[1.0, 0, -50], [0, 1.0, -50]])


def reel(prompt, **more):
    request = GenerationRequest(prompt, resolution="480p", duration_s=3.0, seed=1, **more)
    return build(direct(request, 72)[0], request.format)


def test_what_is_left_out_would_not_have_been_seen():
    stage = reel("A robot in the city at night in the rain").stage
    size, view = stage.format, stage.move.at(1.0)
    whole = np.empty((size.height_px * 3 // 2, size.width_px), np.uint8)
    for drawable in stage.drawables:
        drawable.draw(whole, view, 1.0)
    difference = np.abs(stage.frame(1.0).astype(int) - whole)
    assert difference.max() <= 24  # single pixels of sharp edges, resampled from another corner
    assert difference.mean() < 0.1


def test_blocks_are_empty_mixed_or_full():
    alpha = np.zeros((576, 576), np.uint8)
    alpha[288:] = 255
    states = Cover.of(alpha).states(AS_IS, (576, 576))
    assert states[:, 3].tolist() == [EMPTY, EMPTY, MIXED, MIXED, FULL, MIXED]
    assert [window[1::2] for window, _ in windows(states, (576, 576))] == [(192, 576)]


def test_a_solid_tile_hides_what_is_behind_it():
    states = Cover.of(np.zeros((400, 400), np.uint8), solid=True).states(SHIFTED, (288, 288))
    assert (states == FULL).all()
    assert list(windows(states, (288, 288))) == [((0, 0, 288, 288), True)]


def test_focus_travels_to_the_subject_or_away():
    there, away = travel("a fox, rack focus", 4.0), travel("a fox, rack focus to the background", 4.0)
    assert (there(0.0), there(4.0)) == (BACKGROUND, SUBJECT)
    assert (away(0.0), away(4.0)) == (SUBJECT, BACKGROUND)


@pytest.mark.parametrize("prompt", ["A balloon above a mountain, rack focus", "山上的热气球，焦点转移"])
def test_the_far_is_sharp_first_and_the_near_last(prompt):
    stage = reel(prompt).stage
    racked = sorted((d for d in stage.drawables if isinstance(d, Racked)), key=lambda d: d.layer.element.depth)
    far, near = racked[1], next(d for d in racked if d.layer.element.depth == SUBJECT)
    assert edges(stage, far, 0.0) > 1.5 * edges(stage, far, 3.0)
    assert edges(stage, near, 3.0) > 1.5 * edges(stage, near, 0.0)


def edges(stage, drawable, time_s):
    """How much fine detail one thing shows alone before black."""
    frame = np.zeros((stage.format.height_px * 3 // 2, stage.format.width_px), np.uint8)
    drawable.draw(frame, stage.move.at(1.5), time_s)
    return cv2.Laplacian(luma(frame), cv2.CV_64F).var()


@pytest.fixture
def panning(tmp_path):
    """A camera that pans to the right over a wall while a square goes up and to the left."""
    random = np.random.default_rng(1)
    wall = cv2.resize(random.integers(0, 255, (60, 160, 3), dtype=np.uint8), (960, 360), interpolation=cv2.INTER_CUBIC)
    path, size = tmp_path / "ref.mp4", VideoFormat(480, 270, Fraction(24))
    with VideoWriter(path, size, crf=18) as writer:
        for k in range(48):
            picture = wall[20:290, k * 4 : k * 4 + 480].copy()
            cv2.rectangle(picture, (330 - 4 * k, 190 - 2 * k), (370 - 4 * k, 230 - 2 * k), (255, 30, 30), -1)
            writer.write(to_i420(picture))
    return path


def test_camera_and_motion_are_read_from_a_video(panning):
    found = followed(panning, sha256_of(panning))
    assert (np.diff(found.x) > -0.003).all()
    assert found.x[-1] - found.x[0] > 0.2
    assert found.zoom.max() < 1.05
    assert found.subject_x[0] - found.subject_x[-1] > 0.3
    assert found.subject_y[0] > found.subject_y[-1]


@pytest.mark.parametrize("role", ["camera", "motion"])
def test_a_lent_movement_changes_the_frames_and_shows_no_picture(panning, role):
    reference = Reference("video1", "video", role, panning, sha256_of(panning), probe(panning))
    plain, lent = reel("A balloon above a valley"), reel("A balloon above a valley", references=(reference,))
    assert lent.take.picture is None
    assert not np.array_equal(plain.frame(60), lent.frame(60))
    assert lent.pure


@pytest.mark.parametrize("part", ["", "contact_sheet", "character_sheet"])
def test_stills(part):
    request = GenerationRequest(
        "Shot 1: a fox in the snow. Shot 2: the sea.", resolution="480p", duration_s=4.0, output="image", part=part
    )
    assert still(request, direct(request, 96)).std() > 10


def test_a_stem_alone():
    request = GenerationRequest("Waves of the sea", duration_s=2.0, output="audio", part="ambience")
    assert 0 < np.abs(alone(request, direct(request, 48), 2.0).samples).max() <= 1


def test_spoken_words_are_not_drawn():
    request = GenerationRequest('A fox in a forest. Ann: "A boat, at home, by the sea!"', duration_s=2.0)
    assert direct(request, 48)[0].subjects == ("fox",)
