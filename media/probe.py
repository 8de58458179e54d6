"""What a file holds, and whether it is within the limits. Reads headers, decodes at most one picture."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from errors import InputError
from media.decode import formats, opened
from media.sniff import Container, sniff
from media.source import Given, source

Kind = Literal["image", "video", "audio"]
_EXIF_ORIENTATION = 274
_EXIF_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what strangers may upload. Sizes in bytes, pixels and seconds."""

    file_bytes: int = 200 * 2**20
    image_pixels: int = 64_000_000
    image_side_px: int = 16_384
    image_frames: int = 600
    video_pixels: int = 4096 * 2304
    video_s: float = 120.0
    video_frames: int = 15_000
    audio_s: float = 900.0
    streams: int = 16


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Facts about a file, for pictures as they are shown (upright).

    Attributes:
        kind: ``image``, ``video`` or ``audio``.
        container: what the bytes are, whatever the name says.
        codec: name of the codec of the leading stream.
        width_px, height_px: upright size; 0 for sound.
        fps: average rate; 0 when unknown or not moving.
        frame_count: exact for animated images, an estimate for videos; 1 for a still.
        duration_s: 0 for a still.
        rotation_deg: rotation that was applied to get the upright size (0, 90, 180, 270).
        audio: a sound track is there.
        alpha: the picture has an alpha channel.
    """

    kind: Kind
    container: Container
    codec: str
    width_px: int = 0
    height_px: int = 0
    fps: Fraction = Fraction(0)
    frame_count: int = 1
    duration_s: float = 0.0
    rotation_deg: int = 0
    audio: bool = False
    audio_rate_hz: int = 0
    channels: int = 0
    bits: int = 8
    alpha: bool = False

    @property
    def animated(self) -> bool:
        return self.kind == "image" and self.frame_count > 1


def probe(path: Given, limits: Limits = LIMITS) -> MediaInfo:
    """Facts about a file.

    Raises:
        InputError: unreadable, unsupported, or over a limit; the key says which.
    """
    container = sniff(path)
    if source(path).stat().st_size > limits.file_bytes:
        raise InputError("error.media.too_large", limit_mb=limits.file_bytes // 2**20)
    return _probe_still(path, container, limits) if container.still else _probe_stream(path, container, limits)


def _probe_still(path: Given, container: Container, limits: Limits) -> MediaInfo:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with source(path).open("rb") as file, Image.open(file, formats=formats(container)) as image:
                _check_size(*image.size, limits.image_pixels, limits.image_side_px)
                return _still_info(image, container, limits)
    except Image.DecompressionBombError as error:
        raise InputError("error.media.dimensions", width=0, height=0) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError) as error:
        raise InputError("error.media.unreadable") from error


def _still_info(image: Any, container: Container, limits: Limits) -> MediaInfo:
    frames = int(getattr(image, "n_frames", 1))
    if frames > limits.image_frames:
        raise InputError("error.media.frames", limit=limits.image_frames)
    turn = _EXIF_TURNS.get(int(image.getexif().get(_EXIF_ORIENTATION, 1) or 1), 0)
    width, height = image.size if turn in (0, 180) else image.size[::-1]
    duration_s = frames * float(image.info.get("duration") or 100) / 1000 if frames > 1 else 0.0
    return MediaInfo(
        kind="image",
        container=container,
        codec=str(image.format).lower(),
        width_px=width,
        height_px=height,
        fps=Fraction(frames / duration_s).limit_denominator(1000) if duration_s else Fraction(0),
        frame_count=frames,
        duration_s=duration_s,
        rotation_deg=turn,
        alpha="A" in image.getbands() or "transparency" in image.info,
    )


def _check_size(width: int, height: int, pixels: int, side_px: int) -> None:
    if max(width, height) > side_px or width * height > pixels:
        raise InputError("error.media.dimensions", width=width, height=height)


def _probe_stream(path: Given, container: Container, limits: Limits) -> MediaInfo:
    with opened(path, container) as source:
        if len(source.streams) > limits.streams:
            raise InputError("error.media.streams", limit=limits.streams)
        video = next((s for s in source.streams.video if not _cover(s)), None)
        audio = next(iter(source.streams.audio), None)
        duration_s = _duration_s(source, video, audio)
        if video is not None:
            return _video_info(source, container, (video, audio), duration_s, limits)
        if audio is None:
            raise InputError("error.media.no_streams")
        return _audio_info(container, audio, duration_s, limits)


def _audio_info(container: Container, audio: Any, duration_s: float, limits: Limits) -> MediaInfo:
    if duration_s > limits.audio_s:
        raise InputError("error.media.too_long", limit_s=limits.audio_s)
    if audio.codec_context is None:
        raise InputError("error.media.unreadable")
    return MediaInfo(
        kind="audio",
        container=container,
        codec=audio.codec_context.name,
        frame_count=0,
        duration_s=duration_s,
        audio=True,
        audio_rate_hz=audio.rate or 0,
        channels=audio.channels or 0,
    )


def _video_info(
    source: Any, container: Container, tracks: tuple[Any, Any], duration_s: float, limits: Limits
) -> MediaInfo:
    video, audio = tracks
    context = video.codec_context
    if context is None or not context.width or not context.height:
        raise InputError("error.media.unreadable")
    _check_size(context.width, context.height, limits.video_pixels, limits.image_side_px)
    if duration_s > limits.video_s:
        raise InputError("error.media.too_long", limit_s=limits.video_s)
    rate = Fraction(video.average_rate or video.guessed_rate or 0)
    count = video.frames or round(duration_s * rate)
    if count > limits.video_frames:
        raise InputError("error.media.frames", limit=limits.video_frames)
    turn = _first_rotation(source, video)
    width, height = (context.width, context.height) if turn in (0, 180) else (context.height, context.width)
    return MediaInfo(
        kind="video",
        container=container,
        codec=context.name,
        width_px=width,
        height_px=height,
        fps=rate,
        frame_count=max(1, count),
        duration_s=duration_s,
        rotation_deg=turn,
        audio=audio is not None,
        audio_rate_hz=(audio.rate or 0) if audio else 0,
        channels=(audio.channels or 0) if audio else 0,
        bits=context.format.components[0].bits if context.format else 8,
    )


def _cover(stream: Any) -> bool:
    return bool(int(stream.disposition) & 0x0400)  # AV_DISPOSITION_ATTACHED_PIC


def _duration_s(source: Any, video: Any, audio: Any) -> float:
    if source.duration:
        return float(source.duration) / 1_000_000
    for stream in (video, audio):
        if stream is not None and stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
    return 0.0


def _first_rotation(source: Any, video: Any) -> int:
    import av

    try:
        for frame in source.decode(video):
            return int(-frame.rotation) % 360
    except av.FFmpegError as error:
        raise InputError("error.media.unreadable") from error
    raise InputError("error.media.no_frames")
