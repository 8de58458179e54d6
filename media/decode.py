"""From files to pictures, frames and sound. Every fault of a file becomes `InputError`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import InputError
from media.clip import Frame, Picture, Sound, VideoFormat
from media.colour import to_i420
from media.sniff import Container, sniff
from media.source import Given, OpenFile, source

# What Pillow raises on damaged files, found by mutating them.
_DAMAGE = (OSError, ValueError, SyntaxError, TypeError, IndexError, KeyError)


@dataclass(frozen=True, slots=True, eq=False)
class TimedPicture:
    """An upright RGB picture uint8 [H, W, 3] and the second at which it is shown."""

    time_s: float
    picture: Picture


@contextmanager
def opened(path: Given, container: Container | None = None) -> Iterator[Any]:
    """An FFmpeg input restricted to one demuxer and to local files.

    Raises:
        InputError: ``error.media.unreadable`` when it cannot be opened or breaks while it is read.
    """
    import av

    container = container or sniff(path)
    try:
        with av.open(
            "fd:" if isinstance(path, OpenFile) else str(path),
            "r",
            format=container.demuxer.split(",")[0],
            options=_protocol(path),
            metadata_errors="replace",
        ) as source:
            yield source
    except (av.FFmpegError, ValueError, EOFError, MemoryError, IndexError) as error:
        raise InputError("error.media.unreadable") from error


def _protocol(path: Given) -> dict[str, str]:
    """Local files only; inside the cage nothing but the descriptor that is open already."""
    if not isinstance(path, OpenFile):
        return {"protocol_whitelist": "file"}
    os.lseek(path.fd, 0, os.SEEK_SET)
    return {"protocol_whitelist": "fd", "fd": str(path.fd)}


def read_rgba(path: Given) -> NDArray[np.uint8]:
    """The first picture of an image file, upright: uint8 [H, W, 4], RGBA, colour under alpha 0 set to white.

    Raises:
        InputError: unreadable.
    """
    return _rgba(next(_stills(path)))


def read_picture(path: Given) -> Picture:
    """The first picture of an image file, upright, alpha flattened on white: uint8 [H, W, 3], RGB.

    Raises:
        InputError: unreadable.
    """
    return _rgb(next(_stills(path)))


def read_layers(path: Given, max_side_px: int | None = None) -> list[Picture]:
    """What an image file shows: as `read_picture`, and its colours as if they were opaque where these differ.

    Args:
        max_side_px: longer pictures are made smaller, strips only until their short side is a quarter of it.

    Raises:
        InputError: unreadable.
    """
    image = next(_stills(path))
    if max_side_px is not None:
        max_side_px = max(max_side_px, max_side_px * max(image.size) // (4 * min(image.size)))
    if _opaque(image):
        return [_at_most(_rgb(image), max_side_px)]
    rgba = _rgba(image)
    flat, colours = flatten(rgba), np.ascontiguousarray(rgba[:, :, :3])
    layers = [flat] if np.array_equal(flat, colours) else [flat, colours]
    return [_at_most(layer, max_side_px) for layer in layers]


def flatten(rgba: NDArray[np.uint8]) -> Picture:
    """RGBA uint8 [H, W, 4] on white: uint8 [H, W, 3]."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    if alpha.min() == 255:
        return np.ascontiguousarray(rgba[:, :, :3])
    return ((rgba[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def read_frames(
    path: Given,
    every_s: float = 0.0,
    max_side_px: int | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Iterator[TimedPicture]:
    """Pictures of a video or of an animated or still image, in order of time.

    Args:
        every_s: least distance between two pictures; 0 gives all of them.
        max_side_px: longer pictures are made smaller, never larger.
        start_s, end_s: bounds in time.

    Raises:
        InputError: unreadable, or no picture at all.
    """
    source = _animation(path) if sniff(path).still else _video(path, start_s)
    due_s, seen = start_s, False
    for time_s, make in source:
        if end_s is not None and time_s > end_s:
            break
        if time_s + 1e-6 < due_s:
            continue
        seen = True
        due_s = max(due_s + every_s, time_s)
        yield TimedPicture(time_s, make(max_side_px))
    if not seen:
        raise InputError("error.media.no_frames")


def read_i420(path: Given, format: VideoFormat | None = None) -> Iterator[Frame]:
    """Planar frames of a video, BT.709 limited.

    With a `format`, frames are scaled to fill it (centre crop) and repeated or dropped to its rate.

    Raises:
        InputError: unreadable, or no frame at all.
    """
    if format is None:
        yield from _plain_i420(path)
        return
    step_s = float(1 / format.fps)
    index, last = 0, None
    for timed in read_frames(path):
        while last is not None and index * step_s < timed.time_s - step_s / 2:
            yield last.copy()
            index += 1
        last = to_i420(cover(timed.picture, format.width_px, format.height_px))
    if last is not None:
        yield last


def cover(picture: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """The centre of a picture, scaled so that it fills width x height."""
    height, width = picture.shape[:2]
    scale = max(width_px / width, height_px / height)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (max(width_px, round(width * scale)), max(height_px, round(height * scale)))
    large = cv2.resize(picture, size, interpolation=method)
    top, left = (size[1] - height_px) // 2, (size[0] - width_px) // 2
    return np.ascontiguousarray(large[top : top + height_px, left : left + width_px])


def read_sound(path: Given, rate_hz: int = 48_000, channels: int | None = None, limit_s: float = 900.0) -> Sound | None:
    """The first sound track, or None when there is none.

    Args:
        channels: 1 or 2; by default as in the file, at most 2.
        limit_s: reading stops there.

    Raises:
        InputError: the sound track cannot be decoded.
    """
    import av

    if sniff(path).still:
        return None
    with opened(path) as source:
        track = next(iter(source.streams.audio), None)
        if track is None:
            return None
        count = channels or min(2, track.channels or 1)
        resampler = av.AudioResampler(format="fltp", layout="mono" if count == 1 else "stereo", rate=rate_hz)
        parts, have = [], 0
        for frame in source.decode(track):
            frame.pts = None  # broken time stamps would make the resampler pad or drop
            fresh = [out.to_ndarray() for out in resampler.resample(frame)]
            parts += fresh
            have += sum(part.shape[1] for part in fresh)
            if have > limit_s * rate_hz:
                break
        parts += [out.to_ndarray() for out in resampler.resample(None)]
    if not parts:
        raise InputError("error.media.no_sound")
    samples = np.nan_to_num(np.concatenate(parts, axis=1), nan=0.0, posinf=0.0, neginf=0.0)
    return Sound(np.clip(samples, -1.0, 1.0).astype(np.float32), rate_hz)


def _smaller(image: Any, max_side_px: int | None = None) -> Picture:
    return _at_most(_rgb(image), max_side_px)


def _at_most(picture: Picture, max_side_px: int | None) -> Picture:
    size = _scaled(picture.shape[1], picture.shape[0], max_side_px)
    if not size:
        return picture
    return np.asarray(cv2.resize(picture, (size["width"], size["height"]), interpolation=cv2.INTER_AREA))


def _scaled(width: int, height: int, max_side_px: int | None) -> dict[str, Any]:
    """Arguments that make a picture smaller while it is converted, which is cheaper than afterwards."""
    side = max(width, height)
    if max_side_px is None or side <= max_side_px:
        return {}
    scale = max_side_px / side
    return {"width": max(1, round(width * scale)), "height": max(1, round(height * scale)), "interpolation": "AREA"}


def _video(path: Given, start_s: float) -> Iterator[tuple[float, Any]]:
    with opened(path) as source:
        stream = _leading(source)
        if start_s > 1.0 and stream.time_base:
            source.seek(int(start_s / stream.time_base), stream=stream)
        first = stream.start_time or 0
        for number, frame in enumerate(source.decode(stream)):
            shown = (
                (frame.pts - first) * frame.time_base
                if frame.pts is not None and frame.time_base
                else Fraction(number, 25)
            )
            yield max(0.0, float(shown)), partial(_upright, frame)


def _leading(source: Any) -> Any:
    stream = next((s for s in source.streams.video if not int(s.disposition) & 0x0400), None)
    if stream is None:
        raise InputError("error.media.no_frames")
    stream.thread_type = "AUTO"
    return stream


def _upright(frame: Any, max_side_px: int | None = None) -> Picture:
    picture = frame.to_ndarray(format="rgb24", **_scaled(frame.width, frame.height, max_side_px))
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def _plain_i420(path: Given) -> Iterator[Frame]:
    with opened(path) as source:
        seen = False
        for frame in source.decode(_leading(source)):
            seen = True
            if frame.format.name == "yuv420p":
                yield frame.to_ndarray()
            else:
                yield frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG").to_ndarray()
    if not seen:
        raise InputError("error.media.no_frames")


def _animation(path: Given) -> Iterator[tuple[float, Any]]:
    time_s = 0.0
    for image in _stills(path):
        yield time_s, partial(_smaller, image)
        time_s += max(0.01, float(image.info.get("duration", 100) or 100) / 1000)


def _stills(path: Given) -> Iterator[Any]:
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    if not sniff(path).still:
        raise InputError("error.media.not_an_image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with source(path).open("rb") as file, Image.open(file, formats=formats(sniff(path))) as image:
                for page in ImageSequence.Iterator(image):
                    page.load()
                    upright = ImageOps.exif_transpose(page) if image.format in ("JPEG", "PNG", "WEBP") else page.copy()
                    upright.info.setdefault("duration", page.info.get("duration", 100))
                    yield upright
    except (UnidentifiedImageError, Image.DecompressionBombError, *_DAMAGE) as error:
        raise InputError("error.media.unreadable") from error


def formats(container: Container) -> tuple[str, ...]:
    """The only Pillow formats that may open a still container."""
    return ("JPEG", "MPO") if container.name == "jpeg" else (container.name.upper(),)


def _opaque(image: Any) -> bool:
    return image.mode in ("RGB", "L") and "transparency" not in image.info


def _rgb(image: Any) -> Picture:
    """On white; without the detour where nothing can be transparent."""
    return np.array(image.convert("RGB")) if _opaque(image) else flatten(_rgba(image))


def _rgba(image: Any) -> NDArray[np.uint8]:
    if image.mode in ("I", "I;16", "I;16B", "F"):
        grey = np.asarray(image, dtype=np.float64)
        top = 65535.0 if grey.max() > 255 else 255.0
        image = _from_grey(grey * 255 / top)
    rgba = np.array(image.convert("RGBA"))
    rgba[rgba[:, :, 3] == 0] = (255, 255, 255, 0)
    return rgba


def _from_grey(grey: NDArray[np.float64]) -> Any:
    from PIL import Image

    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
