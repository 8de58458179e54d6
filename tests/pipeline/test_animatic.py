import hashlib
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from media.clip import Sound, VideoFormat
from media.colour import luma, to_i420, to_picture
from media.encode import VideoWriter, write_picture, write_sound
from media.lettering import line_mask
from media.probe import probe
from pipeline.engines import Cancelled
from pipeline.engines.animatic import AnimaticEngine
from pipeline.engines.animatic.camera import Move, plane
from pipeline.engines.animatic.cards import LABEL_ZONE, Overlay
from pipeline.engines.animatic.director import direct
from pipeline.engines.animatic.film import build
from pipeline.engines.animatic.layers import Element, assemble
from pipeline.engines.animatic.mix import loudness, master, true_peak
from pipeline.engines.animatic.palette import palette_for
from pipeline.engines.animatic.planes import Tile, place, resample
from pipeline.engines.animatic.scenes import SETTINGS
from pipeline.engines.animatic.scenes.parts import Kit, Scene
from pipeline.engines.animatic.sound import soundtrack, stems
from pipeline.engines.animatic.staging import place as stage_subjects
from pipeline.engines.animatic.subjects import SUBJECTS
from pipeline.engines.animatic.voice import Cue, say
from pipeline.plan import Line, Shot, ShotPlan
from pipeline.quarantine import Quarantine
from pipeline.request import GenerationRequest, Reference
from pipeline.words import concepts


def request(prompt="A boat on the sea at sunset", **change):
    return GenerationRequest(prompt, **{"resolution": "480p", "aspect": "1:1", "duration_s": 2.0, **change})


def generate(tmp_path, wanted, name="job", progress=lambda done: None):
    job = SimpleNamespace(request=wanted)
    return AnimaticEngine().generate(job, Quarantine(tmp_path / "q").workspace(name), progress)


def reference(path, name, role="auto"):
    info = probe(path)
    return Reference(name, info.kind, role, path, hashlib.sha256(path.read_bytes()).hexdigest(), info)


def still(tmp_path, name="a.png", size=(300, 400), alpha=False):
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    picture = np.dstack([columns % 256, rows % 256, (rows + columns) % 256]).astype(np.uint8)
    cv2.circle(picture, (size[1] // 2, size[0] // 2), size[0] // 4, (240, 30, 30), -1)
    if alpha:
        mask = np.zeros(size, np.uint8)
        cv2.circle(mask, (size[1] // 2, size[0] // 2), size[0] // 3, 255, -1)
        picture = np.dstack([picture, mask])
    write_picture(tmp_path / name, picture)
    return tmp_path / name


def frame_of(wanted, share=0.5, shot=0):
    take = direct(wanted, round(wanted.duration_s * wanted.fps))[shot]
    return build(take, wanted.format).frame(int(take.frames * share))


def test_a_film_has_all_frames_cuts_and_sound(tmp_path):
    done = []
    draft = generate(tmp_path, request("Shot 1: the sea. Shot 2: a forest."), progress=done.append)
    assert sum(1 for _ in draft.frames()) == 48
    assert len(draft.cuts_s) == 2
    assert 0.8 < draft.cuts_s[1] < 1.2
    assert draft.previsualisation
    assert draft.sound().samples.shape == (2, 96_000)
    assert done[-1] == 1.0
    assert done == sorted(done)


def test_same_request_same_bytes(tmp_path):
    wanted = request("A dancer on a stage, petals")
    assert generate(tmp_path, wanted, "a").digest == generate(tmp_path, wanted, "b").digest
    assert generate(tmp_path, wanted.with_seed(1), "c").digest != generate(tmp_path, wanted, "d").digest


def test_cancel_leaves_no_draft(tmp_path):
    def stop(done):
        if done > 0.2:
            raise Cancelled("error.cancelled")

    with pytest.raises(Cancelled):
        generate(tmp_path, request(), progress=stop)
    assert list((tmp_path / "q" / "job").glob("draft-*")) == []


def test_still_and_score_alone(tmp_path):
    assert generate(tmp_path, request(output="image"), "a").picture().shape == (480, 480, 3)
    assert generate(tmp_path, request(output="audio"), "b").sound().duration_s == 2.0


def test_without_sound_there_is_none(tmp_path):
    assert generate(tmp_path, request(sound=False)).sound() is None


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_draws_a_picture_with_depth(name):
    take = replace(direct(request(), 48)[0], setting=name, subjects=())
    picture = to_picture(build(take, VideoFormat(180, 320, Fraction(24))).frame(20))
    assert picture.std() > 8
    assert len(np.unique(picture.reshape(-1, 3) // 8, axis=0)) > 60


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_every_subject_is_seen_and_known_by_word(name):
    bare = replace(direct(request("studio"), 48)[0], setting="studio", subjects=())
    size = VideoFormat(240, 240, Fraction(24))
    kit = Kit(palette_for("day", "neutral"), np.random.default_rng(1), size)
    made = Scene([Element(0.0, kit.box(-1), lambda c: c.fill((128, 128, 128)), solid=True)], 0.84)
    shown, focus = stage_subjects(replace(bare, subjects=(name,)), kit, made)
    stage = assemble([*made.elements, *shown], Move("static", "wide", 2.0, 1.0, focus), size, 2.0)
    picture = to_picture(stage.frame(1.0)).astype(int)
    assert (np.abs(picture - 128) > 20).any(axis=2).mean() > 0.003
    assert name in concepts("subject")


def test_there_are_enough_of_both():
    assert len(SETTINGS) >= 12
    assert len(SUBJECTS) >= 20
    assert set(SETTINGS) == set(concepts("setting"))


def test_a_picture_fills_the_frame_and_moves(tmp_path):
    wanted = request("@image1", references=(reference(still(tmp_path), "image1"),))
    one, other = frame_of(wanted, 0.1), frame_of(wanted, 0.9)
    assert luma(one).std() > 10
    assert np.abs(one.astype(int) - other).mean() > 1


def test_a_portrait_picture_in_a_wide_frame_stays_whole(tmp_path):
    path = still(tmp_path, size=(900, 300))
    wanted = request("@image1", aspect="21:9", references=(reference(path, "image1"),))
    picture = to_picture(frame_of(wanted))
    middle = picture[:, picture.shape[1] // 2 - 20 : picture.shape[1] // 2 + 20]
    assert (middle[:, :, 0] > 200).any()


def test_a_cut_out_stands_in_the_scene(tmp_path):
    plain = request("snow mountains", references=())
    path = still(tmp_path, alpha=True)
    wanted = request("snow mountains @image1", references=(reference(path, "image1", "product"),))
    red = to_picture(frame_of(wanted))
    assert ((red[:, :, 0] > 200) & (red[:, :, 1] < 70)).mean() > 0.01
    assert not ((to_picture(frame_of(plain))[:, :, 0] > 225) & (to_picture(frame_of(plain))[:, :, 1] < 50)).any()


def test_a_video_plays_inside_the_shot(tmp_path):
    path, size = tmp_path / "v.mp4", VideoFormat(160, 120, Fraction(12))
    with VideoWriter(path, size) as writer:
        for k in range(12):
            writer.write(to_i420(np.full((120, 160, 3), 20 * k, np.uint8)))
    wanted = request("@video1", references=(reference(path, "video1"),), duration_s=2.0)
    take = direct(wanted, 48)[0]
    reel = build(take, wanted.format)
    levels = [float(luma(reel.frame(k)).mean()) for k in range(0, 48, 4)]
    assert levels[4] > levels[0] + 40
    assert min(levels[6:]) < max(levels[:6])


def test_music_is_heard_and_voice_over_ducks_it(tmp_path):
    time = np.arange(96_000) / 48_000
    tone = np.stack([0.3 * np.sin(2 * np.pi * 997 * time)] * 2).astype(np.float32)
    write_sound(tmp_path / "a.wav", Sound(tone, 48_000))

    def level(role):
        wanted = request(references=(reference(tmp_path / "a.wav", "audio1", role),))
        spectrum = np.abs(np.fft.rfft(soundtrack(wanted, direct(wanted, 48), 2.0, voice=False).samples.mean(axis=0)))
        return spectrum[1994 - 4 : 1994 + 4].max() / np.median(spectrum)

    silent = request()
    base = stems(silent, direct(silent, 48), 2.0, voice=False)["music"]
    spoken = request(references=(reference(tmp_path / "a.wav", "audio1", "voice_over"),))
    ducked = stems(spoken, direct(spoken, 48), 2.0, voice=False)["music"]
    assert level("music") > 50
    assert np.abs(ducked).mean() < 0.5 * np.abs(base).mean()


@pytest.mark.parametrize("mood", [*concepts("mood"), "neutral"])
def test_loudness_and_true_peak(mood):
    wanted = request(f"storm on the sea, {mood}", duration_s=3.0)
    track = soundtrack(wanted, direct(wanted, 72), 3.0).samples
    assert abs(loudness(track) + 16) <= 1
    assert 20 * np.log10(true_peak(track)) < -1


def test_silence_stays_silence():
    assert not master(np.zeros((2, 48_000), np.float32)).any()


@pytest.mark.parametrize(
    "text", ["Hello, über", "你好世界", "こんにちは", "안녕하세요", "Привет", "مرحبا بالعالم", "क्षत्रिय नमस्ते"]
)
def test_every_script_is_drawn(text):
    mask = line_mask(text, 40)
    assert mask.shape[1] > 40
    assert 0.03 < (mask > 128).mean() < 0.6


def test_shaping_is_not_letter_by_letter():
    joined = line_mask("مرحبا", 60)
    apart = sum(line_mask(letter, 60).shape[1] for letter in "مرحبا")
    assert joined.shape[1] < 0.9 * apart


def test_cards_stay_out_of_the_label_zone():
    size = VideoFormat.of("480p", "9:16", 24)
    blank = np.full((size.height_px * 3 // 2, size.width_px), 128, np.uint8)
    overlay = Overlay(size, [Cue(Line("Anna", "word " * 60), 0.0, 5.0)], "A very long title " * 9, timecode=True)
    frame = blank.copy()
    overlay.draw(frame, 30)
    changed = np.flatnonzero((luma(frame) != 128).any(axis=1))
    assert changed.size
    assert changed[0] >= LABEL_ZONE * size.height_px
    assert changed[-1] < size.height_px - 4


def test_speech_comes_from_a_program_of_its_own():
    pytest.importorskip("espeakng_loader", reason="espeakng-loader is not installed")
    one, other, same = (say(Line(who, "Hello there"), "en") for who in ("Anna", "Bo", "Anna"))
    assert one is not None
    assert 0.3 < len(one) / 48_000 < 3
    assert not np.array_equal(one, other)
    assert np.array_equal(one, same)


@pytest.mark.parametrize(
    "camera", ["static", "pan_left", "tilt_up", "push_in", "pull_out", "handheld", "aerial", "dolly_zoom"]
)
def test_near_planes_move_more_than_far_ones(camera):
    move = Move(camera, "wide", 4.0, 1.78, (0.9, 0.5))

    def travel(depth):
        places = np.array([plane(move.at(t), depth, 1.78) for t in np.linspace(0, 4, 30)])
        return np.abs(np.diff(places, axis=0)).sum()

    assert travel(1.2) > travel(0.1) or camera == "dolly_zoom"
    steps = np.array([plane(move.at(t), 1.0, 1.78) for t in np.linspace(0, 4, 97)])
    assert np.abs(np.diff(steps, axis=0)).max() < 0.02


def test_an_orbit_turns_about_the_subject():
    move = Move("orbit", "wide", 4.0, 1.78, (0.89, 0.5))

    def swing(depth):
        return plane(move.at(4.0), depth, 1.78)[0] - plane(move.at(0.0), depth, 1.78)[0]

    assert abs(swing(1.0)) < 1e-9
    assert swing(1.3) * swing(0.2) < 0
    assert abs(swing(0.2)) > abs(swing(0.7))
    steps = np.array([plane(move.at(t), 0.1, 1.78) for t in np.linspace(0, 4, 97)])
    assert np.abs(np.diff(steps, axis=0)).max() < 0.02


def test_the_fast_resampler_agrees_with_the_general_one():
    source = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (200, 260), dtype=np.uint8), (0, 0), 3)
    matrix = np.array([[1.1, 0.0, -13.3], [0.0, 1.1, -7.7]])
    tilted = matrix + np.array([[0, 1.1e-6, 0], [0, 0, 0]])
    fast, slow = resample(source, matrix, (4, 6), (180, 120)), resample(source, tilted, (4, 6), (180, 120))
    assert np.abs(fast.astype(int) - slow).max() <= 4


def test_half_opacity_is_half_way():
    frame = np.full((96, 64), 100, np.uint8)
    tile = Tile.of_picture(np.full((64, 64, 3), 255, np.uint8))
    place(frame, tile, np.array([[1.0, 0, 0], [0, 1.0, 0]]), 0.5)
    assert abs(int(luma(frame)[30, 30]) - 168) <= 1


@pytest.mark.parametrize("kind", ["cut", "dissolve", "fade", "whip", "match"])
def test_every_transition_keeps_the_length(tmp_path, kind):
    plan = ShotPlan((Shot(1.0, "the sea"), Shot(1.0, "a forest", transition=kind)))
    draft = generate(tmp_path, request("x", plan=plan, sound=False))
    assert sum(1 for _ in draft.frames()) == 48
    assert draft.cuts_s == (0.0, 1.0)
