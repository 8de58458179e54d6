"""From what was asked to what a model can make: sizes, frame counts and rates, snapped openly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import UsageError
from media.caged import cover
from media.clip import Frame, Sound, VideoFormat
from media.colour import to_i420
from pipeline.engines import EngineInfo
from pipeline.request import PARENTS, GenerationRequest

SOUND_RATE_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a model is asked for.

    Attributes:
        width_px, height_px: multiples of the model's grid.
        frames: a count that the model can make; never less than the clip needs.
        fps: rate at which the model makes them.
    """

    width_px: int
    height_px: int
    frames: int
    fps: Fraction


def check(request: GenerationRequest, info: EngineInfo) -> None:
    """Refuse what the engine says it cannot do, before it costs anything.

    Raises:
        UsageError: length, size, rate, kind of output or number of references is outside `info.limits`.
    """
    limits = info.limits
    shortest_s, longest_s = limits.duration_s
    if request.output not in limits.outputs:
        raise UsageError("error.engine.output", engine=info.name, output=request.output)
    if request.output == "video" and not shortest_s <= request.duration_s <= longest_s:
        raise UsageError("error.engine.duration", engine=info.name, least_s=shortest_s, most_s=longest_s)
    if request.resolution not in limits.resolutions:
        raise UsageError("error.engine.resolution", engine=info.name, most=limits.resolutions[-1])
    if request.fps not in limits.frame_rates:
        raise UsageError("error.engine.fps", engine=info.name, rates=", ".join(map(str, limits.frame_rates)))
    for kind in ("image", "video", "audio"):
        most = limits.references.get(kind, 0)
        if sum(reference.kind == kind for reference in request.references) > most:
            raise UsageError("error.engine.references", engine=info.name, kind=kind, limit=most)
    for reference in request.references:
        if reference.role in PARENTS and reference.role not in limits.parents:
            raise UsageError(
                "error.engine.role", engine=info.name, name=reference.name, role=reference.role, remedy="animatic"
            )


def canvas(
    format: VideoFormat, duration_s: float, *, multiple: int, step: int, fps: Fraction | int, short_side_px: int
) -> Canvas:
    """The canvas nearest to a format.

    Sides are rounded to `multiple` after the short side is capped; the frame count is rounded **up** to
    ``step * n + 1``, so that surplus frames are cut off rather than the clip coming out short.
    """
    scale = min(1.0, short_side_px / format.short_side_px)
    width, height = (
        max(multiple, round(side * scale / multiple) * multiple) for side in (format.width_px, format.height_px)
    )
    rate = Fraction(fps)
    needed = max(1, math.ceil(round(duration_s * rate, 6)))
    return Canvas(width, height, math.ceil((needed - 1) / step) * step + 1, rate)


def facts(format: VideoFormat, made: Canvas) -> dict[str, str]:
    """What was snapped, for the record: the model's own size, rate and frame count when they differ."""
    told = {}
    if (made.width_px, made.height_px) != (format.width_px, format.height_px):
        told["model_size"] = f"{made.width_px}x{made.height_px}"
    if made.fps != format.fps:
        told["model_fps"] = str(made.fps)
    told["model_frames"] = str(made.frames)
    return told


def frames(
    pictures: NDArray[np.uint8] | Iterable[NDArray[np.uint8]], fps: Fraction, format: VideoFormat, duration_s: float
) -> Iterator[Frame]:
    """Planar frames in `format` from RGB pictures uint8 [H, W, 3] at `fps`: scaled to fill, each shown at its time.

    A picture is repeated or left out so that time stays true; the last one is held to the end.
    """
    total = max(1, round(duration_s * format.fps))
    source = enumerate(iter(pictures))
    at, picture = next(source)
    frame, made = to_i420(cover(picture, format.width_px, format.height_px)), at
    for index in range(total):
        wanted = int(index * fps / format.fps)
        while at < wanted:
            following = next(source, None)
            if following is None:
                break
            at, picture = following
        if made != at:
            frame, made = to_i420(cover(picture, format.width_px, format.height_px)), at
        yield frame.copy()


def to_uint8(clip: Any) -> NDArray[np.uint8]:
    """Model output float [F, H, W, 3] in [0, 1] as uint8; other than numbers (a broken model) becomes black."""
    values = np.nan_to_num(np.asarray(clip, dtype=np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    return (np.clip(values, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def fit_sound(samples: NDArray[Any], rate_hz: int, duration_s: float) -> Sound:
    """Sound [channels, n] at any rate as float32 48 kHz of exactly `duration_s`: resampled, padded or cut."""
    wave = np.nan_to_num(np.atleast_2d(np.asarray(samples, dtype=np.float32)))
    if rate_hz != SOUND_RATE_HZ:
        wave = _resample(wave, rate_hz)
    length = round(duration_s * SOUND_RATE_HZ)
    wave = np.pad(wave, ((0, 0), (0, max(0, length - wave.shape[1]))))[:, :length]
    return Sound(np.clip(wave, -1.0, 1.0).astype(np.float32), SOUND_RATE_HZ)


def _resample(wave: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    import av

    layout = "mono" if wave.shape[0] == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave[:2]), format="fltp", layout=layout)
    frame.sample_rate = rate_hz
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=SOUND_RATE_HZ)
    parts = [part.to_ndarray() for chunk in (frame, None) for part in resampler.resample(chunk)]
    return np.concatenate(parts, axis=1).astype(np.float32)
