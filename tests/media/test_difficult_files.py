"""Difficult files are handled well or refused with a key of their own; none is believed by its name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from errors import InputError
from media.clip import VideoFormat
from media.decode import read_frames, read_i420, read_picture, read_rgba, read_sound
from media.encode import write_picture, write_sound
from media.probe import Limits, probe
from tests.media import makers


def _refused(path: Path, key: str, limits: Limits | None = None) -> None:
    with pytest.raises(InputError) as caught:
        probe(path, limits) if limits else probe(path)
    assert caught.value.key == key
    assert caught.value.exit_status == 5


def test_a_missing_file(tmp_path: Path) -> None:
    _refused(tmp_path / "none.png", "error.media.missing")


def test_a_zero_byte_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    _refused(tmp_path / "a.mp4", "error.media.empty")


def test_text_renamed_to_mp4(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("#EXTM3U\nfile:///etc/passwd\n")
    _refused(tmp_path / "a.mp4", "error.media.unsupported")


def test_a_png_renamed_to_mp4_is_a_picture(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", makers.picture())
    renamed = (tmp_path / "a.png").rename(tmp_path / "a.mp4")
    assert probe(renamed).kind == "image"


@pytest.mark.parametrize(
    ("keep", "key"),
    [(40, "error.media.no_streams"), (400, "error.media.unreadable"), (3000, "error.media.unreadable")],
)
def test_a_truncated_video(tmp_path: Path, keep: int, key: str) -> None:
    path = makers.video(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:keep])
    _refused(path, key)


def test_a_truncated_picture(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", makers.picture(400, 300))
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:2000])
    with pytest.raises(InputError):
        read_picture(tmp_path / "a.png")


def test_enormous_dimensions_are_refused_from_the_header(tmp_path: Path) -> None:
    _refused(makers.png_header(tmp_path / "a.png", 20_000, 20_000), "error.media.dimensions")


def test_a_strip_of_20000_pixels(tmp_path: Path) -> None:
    _refused(makers.png_header(tmp_path / "a.png", 20_000, 20), "error.media.dimensions")


def test_a_one_frame_video(tmp_path: Path) -> None:
    info = probe(makers.video(tmp_path / "a.mp4", seconds=1 / 24, sound=False))
    assert (info.kind, info.frame_count) == ("video", 1)


def test_a_variable_frame_rate_video_keeps_its_time(tmp_path: Path) -> None:
    path = makers.raw_video(tmp_path / "a.mp4", "libx264", "yuv420p", [0, 1, 2, 20, 21, 40])
    times = [round(timed.time_s * 24) for timed in read_frames(path)]
    assert times == [0, 1, 2, 20, 21, 40]
    assert len(list(read_i420(path, VideoFormat(160, 90, Fraction(24))))) == 41


def test_a_ten_bit_video_is_read(tmp_path: Path) -> None:
    path = makers.raw_video(
        tmp_path / "a.mp4", "libx265", "yuv420p10le", [0, 1, 2], **{"x265-params": "log-level=none"}
    )
    assert probe(path).bits == 10
    assert next(read_frames(path)).picture.dtype == np.uint8
    assert next(iter(read_i420(path))).dtype == np.uint8


def test_a_video_without_sound(tmp_path: Path) -> None:
    path = makers.video(tmp_path / "a.mp4", sound=False)
    assert probe(path).audio is False
    assert read_sound(path) is None


def test_sound_without_picture(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.m4a", makers.tone())
    assert probe(tmp_path / "a.m4a").kind == "audio"
    with pytest.raises(InputError):
        list(read_frames(tmp_path / "a.m4a"))


def test_a_three_hour_video_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = makers.raw_video(tmp_path / "a.mp4", "libx264", "yuv420p", [0, 3600, 10_800], rate=1, preset="ultrafast")
    _refused(path, "error.media.too_long")


def test_too_large_a_file(tmp_path: Path) -> None:
    _refused(makers.video(tmp_path / "a.mp4"), "error.media.too_large", Limits(file_bytes=1000))


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_all_frames_of_an_animation_are_seen(tmp_path: Path, ending: str) -> None:
    pages = [Image.fromarray(makers.picture(seed=n)) for n in range(5)]
    pages[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=pages[1:], duration=120)
    info = probe(tmp_path / f"a.{ending}")
    assert info.animated
    frames = list(read_frames(tmp_path / f"a.{ending}"))
    assert len(frames) == 5
    assert frames[4].time_s == pytest.approx(0.48)


def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    Image.fromarray(makers.picture()).convert("CMYK").save(tmp_path / "a.jpg")
    assert np.abs(read_picture(tmp_path / "a.jpg").astype(int) - makers.picture()).mean() < 12


def test_colour_hidden_under_alpha_is_gone(tmp_path: Path) -> None:
    hidden = np.dstack([makers.picture(), np.zeros((90, 160), np.uint8)])
    Image.fromarray(hidden).save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png") == 255).all()
    assert (read_rgba(tmp_path / "a.png")[:, :, :3] == 255).all()


def test_a_heic_file_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    _refused(tmp_path / "a.heic", "error.media.heif")


def test_a_sixteen_bit_grey_png(tmp_path: Path) -> None:
    Image.fromarray(makers.picture()[:, :, 0].astype(np.uint16) * 257).save(tmp_path / "a.png")
    assert np.abs(read_picture(tmp_path / "a.png")[:, :, 0].astype(int) - makers.picture()[:, :, 0]).max() <= 1


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(makers.picture()).save(tmp_path / "a.jpg", exif=exif, quality=95)
    info = probe(tmp_path / "a.jpg")
    assert (info.width_px, info.height_px, info.rotation_deg) == (90, 160, 90)
    assert read_picture(tmp_path / "a.jpg").shape == (160, 90, 3)


def test_metadata_does_not_survive_writing(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "planted-secret"
    Image.fromarray(makers.picture()).save(tmp_path / "a.jpg", exif=exif)
    for ending in (".png", ".jpg", ".webp"):
        write_picture(tmp_path / f"b{ending}", read_picture(tmp_path / "a.jpg"))
        assert b"planted-secret" not in (tmp_path / f"b{ending}").read_bytes()


def test_not_a_number_in_sound_is_silence(tmp_path: Path) -> None:
    samples = np.full((1, 4800), np.nan, np.float32)
    with av.open(str(tmp_path / "a.wav"), "w") as file:
        stream = file.add_stream("pcm_f32le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = 48_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    sound = read_sound(tmp_path / "a.wav")
    assert sound is not None
    assert np.isfinite(sound.samples).all()
