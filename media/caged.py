"""`media.decode` and `media.probe` for files of strangers: the same functions, but parsing happens in the cage.

Use these for everything that a visitor, a remote service or an address brought in; the plain ones are for files that
we wrote ourselves. A file that kills, stalls or fools its decoder is an `InputError` (``error.media.stopped``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import InputError, Unavailable
from media import sniff
from media.cage.client import STOPPED, Cage
from media.cage.confine import Walls
from media.cage.wire import Broken, Message
from media.clip import Frame, Picture, Sound, VideoFormat
from media.decode import TimedPicture, cover, flatten
from media.probe import LIMITS, Limits, MediaInfo

__all__ = [
    "TimedPicture", "cover", "flatten", "look", "probe", "read_frames", "read_i420", "read_picture", "read_rgba",
    "read_sound", "walls",
]  # fmt: skip
_ONE_S = 90.0
_MOST_LAYERS = 2
_cage = Cage()


def walls() -> Walls:
    """What the system grants the cage; nothing when it does not start, and then no file is opened at all."""
    try:
        return _cage.walls()
    except Unavailable:
        return Walls()


def probe(path: Path | str, limits: Limits = LIMITS) -> MediaInfo:
    """As `media.probe.probe`."""
    return _info(_cage.ask("probe", path, {"limits": asdict(limits)}, _ONE_S).header.get("info"))


def look(path: Path | str, max_side_px: int | None = None, limits: Limits = LIMITS) -> tuple[MediaInfo, list[Picture]]:
    """As `media.probe.probe`, with what `media.decode.read_layers` has of a still picture; [] of anything else. One
    process for both."""
    args = {"limits": asdict(limits), "max_side_px": max_side_px}
    with closing(_cage.stream("look", path, args, _ONE_S)) as messages:
        first = next(messages, None)
        if first is None:
            raise InputError(STOPPED)
        info = _info(first.header.get("info"))
        layers = [_picture(message, 3) for message in islice(messages, _MOST_LAYERS)]
    if bool(layers) != (info.kind == "image" and not info.animated):
        raise InputError(STOPPED)
    return info, layers


def read_rgba(path: Path | str) -> NDArray[np.uint8]:
    """As `media.decode.read_rgba`."""
    return _picture(_cage.ask("rgba", path, {}, _ONE_S), 4)


def read_picture(path: Path | str) -> Picture:
    """As `media.decode.read_picture`."""
    return _picture(_cage.ask("picture", path, {}, _ONE_S), 3)


def read_frames(
    path: Path | str, every_s: float = 0.0, max_side_px: int | None = None, start_s: float = 0.0,
    end_s: float | None = None,
) -> Iterator[TimedPicture]:  # fmt: skip
    """As `media.decode.read_frames`."""
    args = {"every_s": every_s, "max_side_px": max_side_px, "start_s": start_s, "end_s": end_s}
    with closing(_cage.stream("frames", path, args)) as messages:
        for message in messages:
            yield TimedPicture(_number(message, "time_s"), _picture(message, 3))


def read_i420(path: Path | str, format: VideoFormat | None = None) -> Iterator[Frame]:
    """As `media.decode.read_i420`."""
    wanted = None if format is None else (format.width_px, format.height_px, str(format.fps))
    with closing(_cage.stream("i420", path, {"format": wanted})) as messages:
        for message in messages:
            frame = _array(message, np.uint8, 2)
            if format is not None and frame.shape != (format.height_px * 3 // 2, format.width_px):
                raise InputError(STOPPED)
            yield frame


def read_sound(
    path: Path | str, rate_hz: int = 48_000, channels: int | None = None, limit_s: float = 900.0
) -> Sound | None:
    """As `media.decode.read_sound`."""
    args = {"rate_hz": rate_hz, "channels": channels, "limit_s": limit_s}
    message = _cage.ask("sound", path, args, _ONE_S)
    if not message.header.get("rate_hz"):
        return None
    samples = _array(message, np.float32, 2)
    if not 1 <= samples.shape[0] <= 2 or not np.isfinite(samples).all():
        raise InputError(STOPPED)
    return Sound(np.clip(samples, -1.0, 1.0), rate_hz)


def _picture(message: Message, layers: int) -> NDArray[np.uint8]:
    picture = _array(message, np.uint8, 3)
    if picture.shape[2] != layers or not picture.size:
        raise InputError(STOPPED)
    return picture


def _array(message: Message, dtype: Any, dimensions: int) -> NDArray[Any]:
    try:
        array = message.array()
    except Broken as error:
        raise InputError(STOPPED) from error
    if array.dtype != dtype or array.ndim != dimensions:
        raise InputError(STOPPED)
    return array


def _number(message: Message, name: str) -> float:
    value = message.header.get(name)
    if isinstance(value, int | float):
        return float(value)
    raise InputError(STOPPED)


def _info(facts: Any) -> MediaInfo:
    """The facts of the probe, each of the type that it has to be."""
    try:
        known = {c.name: c for c in sniff.CONTAINERS}
        fields: Mapping[str, Any] = MediaInfo.__annotations__
        if not isinstance(facts, dict) or set(facts) != set(fields) or facts["kind"] not in ("image", "video", "audio"):
            raise InputError(STOPPED)
        plain = {
            name: {"int": int, "float": float, "bool": bool, "str": str}[kind](facts[name])
            for name, kind in fields.items()
            if kind in ("int", "float", "bool", "str")
        }
        return MediaInfo(kind=facts["kind"], container=known[facts["container"]], fps=Fraction(facts["fps"]), **plain)
    except (KeyError, ValueError, TypeError, ZeroDivisionError) as error:
        raise InputError(STOPPED) from error
